import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeReceipt } from '../../node/core/codec/decodeReceipt.ts';
import type { Address, Digest } from '../../node/core/codec/hex.ts';
import { jobIdOf } from '../../node/core/codec/job.ts';
import { type EscrowPayment, parsePayment } from '../../node/core/codec/payment.ts';
import { type Receipt, type ReceiptDomain, receiptDigest } from '../../node/core/codec/receipt.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { type Program, programRoot } from '../../node/core/exact/program.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { DTYPES, type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import type { Signer } from '../../node/ports/Signer.ts';

/** What a worker says about one request, before it is written as HTTP. */
export interface Said {
  output: Tensor;
  receipt: Receipt;
  signer: Signer;
}

export interface FakeWorkerOptions {
  readonly program: Program;
  readonly versionId: bigint;
  readonly worker: Address;
  readonly hot: Signer;
  readonly market: Address;
  /** Changes the honest answer before it is signed: a liar. */
  readonly lie?: (said: Said) => void;
  /** Answers in the place of everything else. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface FakeWorker {
  readonly endpoint: string;
  /** Payments that arrived. */
  readonly paid: EscrowPayment[];
  close(): void;
}

/** A server that answers like a worker, honestly or as the test tells it to lie. Takes no money. */
export async function fakeWorker(options: FakeWorkerOptions): Promise<FakeWorker> {
  const paid: EscrowPayment[] = [];
  const domain: ReceiptDomain = { chainId: 31337n, verifyingContract: options.market };
  const handle: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const header = request.headers['payment-signature'] as string | undefined;
      let jobId = `0x${'00'.repeat(32)}` as Digest;
      if (header !== undefined) {
        const payment = parsePayment(JSON.parse(Buffer.from(header, 'base64').toString()), 31337n) as EscrowPayment;
        paid.push(payment);
        jobId = jobIdOf(payment.terms, 31337n, options.market);
      }
      if (options.instead !== undefined) return options.instead(request, response);
      const { inputs } = JSON.parse(Buffer.concat(chunks).toString()) as {
        inputs: [{ shape: number[]; data: number[] }];
      };
      const { program } = options;
      const [{ shape, data }] = inputs;
      const input =
        program.input.dtype === 'uint8'
          ? tensor('uint8', shape, Uint8Array.from(data))
          : tensor('int8', shape, Int8Array.from(data));
      const { output } = runProgram(program, input);
      const said: Said = {
        output,
        signer: options.hot,
        receipt: {
          jobId,
          versionId: options.versionId,
          programRoot: programRoot(program, sha256),
          inputRoot: tensorCommitment(input, { sha256 }),
          outputRoot: tensorCommitment(output, { sha256 }),
          worker: options.worker,
          issuedAt: BigInt(Math.floor(Date.now() / 1000)),
        },
      };
      options.lie?.(said);
      const signature = said.signer.signDigest(receiptDigest(said.receipt, domain));
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          outputs: [
            {
              name: program.output.name,
              datatype: DTYPES[said.output.dtype].oip,
              shape: said.output.dims,
              data: [...said.output.data].map(Number),
            },
          ],
          parameters: { receipt: encodeReceipt({ receipt: said.receipt, domain, signature }) },
        }),
      );
      return undefined;
    });
  };
  const server: Server = createServer(handle);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paid,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
