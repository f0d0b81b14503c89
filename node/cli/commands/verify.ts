import type { Command } from 'commander';
import { decodeAnswer } from '../../core/codec/answerFile.ts';
import { oneLine } from '../../core/codec/plainText.ts';
import { type ClaimVerdict, verifyClaim } from '../../core/dispute/verifyClaim.ts';
import { ProtocolError } from '../../core/errors.ts';
import { describeArtifact } from '../../service/describe.ts';
import { divergenceText } from '../divergence.ts';
import { readModelFile, readText } from '../files.ts';
import { EXIT, type Printer } from '../print.ts';
import { run, type Shell } from '../shell.ts';

export class NothingToVerify extends ProtocolError {
  override readonly code = 'NOTHING_TO_VERIFY';
}

const LOCAL = { maxBytes: 64 << 20 };

/** The artifact from a file, or from the blocks this machine already has: verification dials nobody. */
async function artifactBytes({ assay }: Shell, cid: string, file: string | undefined): Promise<Uint8Array> {
  if (file === undefined) return (await assay.store()).read(cid, LOCAL);
  const bytes = await readModelFile(file);
  const { cid: actual } = await assay.identify(bytes);
  if (actual === cid) return bytes;
  throw new NothingToVerify({
    what: `${file} is not the artifact of this answer`,
    why: `its CID is ${actual}, the answer names ${cid}`,
    fix: `Fetch ${cid} from any worker, or leave out --model to use the local blocks.`,
  });
}

async function verifyAnswer(shell: Shell, file: string, model: string | undefined): Promise<number> {
  const answer = decodeAnswer(await readText(file, 'Give a file that `assay infer --save FILE` wrote.'));
  const { receipt } = answer.receipt;
  const artifact = await artifactBytes(shell, answer.cid, model);
  const verdict = verifyClaim({ ...answer, artifact, signer: answer.hotKey }, {}, shell.assay.sha256);
  const { equal, divergence, refused } = verdict;
  const { programRoot, worker, jobId, versionId } = receipt;
  shell.print.result(
    {
      kind: 'answer',
      equal,
      divergence,
      refused: refused?.why,
      signer: answer.hotKey,
      worker,
      programRoot,
      inputRoot: receipt.inputRoot,
      outputRoot: receipt.outputRoot,
      computedRoot: verdict.computedRoot,
      jobId,
      versionId,
    },
    () =>
      equal
        ? `true: re-execution gives the same bits\n  signed by ${answer.hotKey} for worker ${worker}\n  program   ${programRoot}`
        : `FALSE: ${describe(verdict)}\n  signed by ${answer.hotKey} for worker ${worker}: keep the file, it is slashable evidence`,
  );
  return equal ? EXIT.ok : EXIT.differs;
}

function describe({ divergence, refused }: ClaimVerdict): string {
  if (refused !== undefined) return `the program does not take this input: ${refused.why}`;
  if (divergence === undefined) return 'the program gives another output';
  return divergenceText(divergence);
}

async function verifyCid({ assay, print }: Shell, cid: string, file: string): Promise<number> {
  const { cid: actual } = await assay.identify(await readModelFile(file));
  print.result({ kind: 'cid', equal: actual === cid, cid, actual, profile: 'unixfs-v1-2025' }, () =>
    actual === cid
      ? `true: ${file} is ${cid} (profile unixfs-v1-2025)`
      : `FALSE: ${file} is ${actual} under profile unixfs-v1-2025`,
  );
  return actual === cid ? EXIT.ok : EXIT.differs;
}

async function verifyModel(print: Printer, assay: Shell['assay'], file: string): Promise<number> {
  const bytes = await readModelFile(file);
  const facts = describeArtifact(bytes, assay.sha256);
  const { cid } = await assay.identify(bytes);
  print.result({ kind: 'model', file, cid, ...facts }, () =>
    [
      `${file}: every proof holds`,
      `  cid          ${cid}`,
      ...Object.entries(facts).map(([key, value]) => `  ${key.padEnd(12)} ${oneLine(value)}`),
    ].join('\n'),
  );
  return EXIT.ok;
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('check a saved answer, a file against its CID, or an exact model: offline, by recomputing')
    .argument('<what>', 'a saved answer (.json), an ONNX file, or a CID followed by a file')
    .argument('[file]', 'the file that the CID shall name')
    .option('--model <file>', 'the artifact, when its blocks are not in the local store')
    .addHelpText(
      'after',
      '\nExamples:\n  assay verify answer.json\n  assay verify answer.json --model digits.exact.onnx\n  assay verify bafk... digits.exact.onnx\n  assay verify digits.exact.onnx\n\nExit code 5 says: recomputed, and different.',
    )
    .action(async (what: string, file: string | undefined, options, command: Command) =>
      run(command, async (shell) => {
        if (file !== undefined) return verifyCid(shell, what, file);
        if (what.endsWith('.onnx')) return verifyModel(shell.print, shell.assay, what);
        if (what.endsWith('.json')) return verifyAnswer(shell, what, options.model);
        throw new NothingToVerify({
          what: `${JSON.stringify(what)} cannot be verified`,
          why: 'it is neither a .json answer nor an .onnx model, and no file follows it',
          fix: 'See `assay verify --help`.',
        });
      }),
    );
}
