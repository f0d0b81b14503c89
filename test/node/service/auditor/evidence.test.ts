import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tensorJson } from '../../../../node/core/codec/answerFile.ts';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import type { JobTerms } from '../../../../node/core/codec/job.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import type { Http } from '../../../../node/ports/Http.ts';
import { fetchInput, InputUnavailable, TermsUnknown } from '../../../../node/service/auditor/evidence.ts';

const JOB = `0x${'0a'.repeat(32)}` as Digest;
const WORKER = `0x${'0b'.repeat(20)}` as Address;
const input = tensor('uint8', [1, 3], Uint8Array.of(1, 2, 3));
const terms = { worker: WORKER, inputRoot: tensorCommitment(input, { sha256 }) } as JobTerms;
const directory = { workers: async () => [{ worker: WORKER, endpoint: 'http://worker.example' }] as never };

const answering =
  (status: number, ...parts: readonly (string | Uint8Array)[]): Http =>
  async (url) => {
    assert.equal(url, `http://worker.example/v1/jobs/${JOB}/input`);
    const chunks = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part));
    return {
      status,
      headers: { get: () => null },
      body: (async function* () {
        yield* chunks;
      })(),
    };
  };
const good = JSON.stringify(tensorJson(input));

describe('fetchInput', () => {
  it('gives the input that the terms commit to, also in pieces', async () => {
    const http = answering(200, good.slice(0, 5), good.slice(5));
    assert.deepEqual(await fetchInput(JOB, terms, { directory, http, sha256 }), input);
  });

  it('error: InputUnavailable for every worker that does not give it', async () => {
    const other = JSON.stringify(tensorJson(tensor('uint8', [1, 3], Uint8Array.of(1, 2, 4))));
    const gateways: readonly (readonly [string, Http, RegExp])[] = [
      ['another input', answering(200, other), /the job is about/],
      ['status 404', answering(404, good), /status 404/],
      ['no JSON', answering(200, 'oops'), /JSON/],
      ['no tensor', answering(200, '{}'), /no known type/],
      ['too much', answering(200, ...Array(91).fill(new Uint8Array(1 << 20))), /more than/],
      ['no answer', async () => Promise.reject(new Error('connection refused')), /refused/],
    ];
    for (const [what, http, why] of gateways)
      await assert.rejects(
        fetchInput(JOB, terms, { directory, http, sha256 }),
        (error) => error instanceof InputUnavailable && why.test(error.why),
        what,
      );
    const nobody = { workers: async () => [] };
    await assert.rejects(
      fetchInput(JOB, terms, { directory: nobody, http: answering(200, good), sha256 }),
      InputUnavailable,
    );
  });

  it('error: TermsUnknown when no endpoint keeps the events', async () => {
    await assert.rejects(fetchInput(JOB, undefined, { directory, http: answering(200, good), sha256 }), TermsUnknown);
  });
});
