import { ProtocolError } from '../../core/errors.ts';

/** One endpoint did not give a usable answer; another attempt may. Never reaches callers of Rpc. */
export class RpcAttemptFailed extends ProtocolError {
  override readonly code = 'RPC_ATTEMPT_FAILED';
  override readonly retryable = true;
  /** What the server asked us to wait (Retry-After), ms. */
  readonly waitMs: number | undefined;
  /** True when the connection broke or was refused: the server may have been replaced. */
  readonly disconnected: boolean;
  /** True when our own limit ended the wait. */
  readonly timedOut: boolean;
  constructor(
    host: string,
    why: string,
    options: {
      waitMs?: number | undefined;
      disconnected?: boolean;
      timedOut?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super({
      what: `The chain endpoint ${host} gave no answer`,
      why,
      fix: 'The call is repeated there or at another endpoint by itself.',
      meta: { host },
      cause: options.cause,
    });
    this.waitMs = options.waitMs;
    this.disconnected = options.disconnected ?? false;
    this.timedOut = options.timedOut ?? false;
  }
}

/** The endpoint answered with a JSON-RPC error object: the call itself was refused. */
export class RpcRefused extends ProtocolError {
  override readonly code = 'RPC_REFUSED';
  readonly method: string;
  /** JSON-RPC error code; 3 is "execution reverted". */
  readonly rpcCode: number;
  readonly rpcMessage: string;
  /** Revert data, where the endpoint gives it. viem looks for a property of this name. */
  readonly data: unknown;
  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super({
      what: `The chain refused ${method}`,
      why: `${error.message.slice(0, 500)} (code ${error.code})`,
      fix: 'Look at the reason; repeating the same call gives the same answer until the chain changes.',
      meta: { method, rpcCode: error.code },
    });
    this.method = method;
    this.rpcCode = error.code;
    this.rpcMessage = error.message;
    this.data = error.data;
  }
}

/** An answer above the size limit. Asking for less (fewer blocks of logs) helps. */
export class RpcAnswerTooLarge extends ProtocolError {
  override readonly code = 'RPC_ANSWER_TOO_LARGE';
  constructor(host: string, method: string, maxBytes: number) {
    super({
      what: `The chain endpoint ${host} sent too much`,
      why: `the answer to ${method} has more than ${maxBytes} bytes`,
      fix: 'Ask for a smaller range.',
      meta: { host, method, maxBytes },
    });
  }
}

export class ChainUnreachable extends ProtocolError {
  override readonly code = 'CHAIN_UNREACHABLE';
  override readonly retryable = true;
  constructor(method: string, waitedMs: number, last: readonly string[], cause?: unknown) {
    super({
      what: 'The chain cannot be reached',
      why: `${method} got no answer for ${Math.round(waitedMs)} ms; ${last.join('; ')}`,
      fix: 'Start the chain (`assay dev` for the local one) or give another --rpc URL.',
      meta: { method, endpoints: last },
      cause,
    });
  }
}

export class ChainIdMismatch extends ProtocolError {
  override readonly code = 'CHAIN_ID_MISMATCH';
  constructor(host: string, expected: number, actual: number) {
    super({
      what: 'This is another chain',
      why: `${host} serves chain ${actual}, this node is set up for chain ${expected}`,
      fix: `Give the URL of an endpoint of chain ${expected}, or the deployment file of chain ${actual}.`,
      meta: { host, expected, actual },
    });
  }
}

export class GenesisMismatch extends ProtocolError {
  override readonly code = 'GENESIS_MISMATCH';
  constructor(host: string, expected: string, actual: string) {
    super({
      what: 'This is another chain of the same number',
      why: `block 0 of ${host} is ${actual}, the deployment was made on the chain with block 0 ${expected}`,
      fix: 'Was the local chain reset? Deploy again, or give the endpoint or the deployment file that belong together.',
      meta: { host, expected, actual },
    });
  }
}
