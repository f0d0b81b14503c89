import { type Complaint, ProtocolError } from '../core/errors.ts';

/** HTTP 400: bytes that are not the request they claim to be. */
export class RequestMalformed extends ProtocolError {
  override readonly code = 'REQUEST_MALFORMED';
  constructor(why: string, fix: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({ what: 'The request cannot be read', why, fix, meta });
  }
}

/** HTTP 408: the body drips. */
export class RequestTimedOut extends ProtocolError {
  override readonly code = 'REQUEST_TIMED_OUT';
  constructor(limitMs: number) {
    super({
      what: 'The request did not arrive in time',
      why: `its body was not complete ${limitMs} ms after its headers`,
      fix: 'Send fewer rows per request, or over a faster line.',
      meta: { limitMs },
    });
  }
}

/** HTTP 413. */
export class BodyTooLarge extends ProtocolError {
  override readonly code = 'BODY_TOO_LARGE';
  constructor(bytes: number | undefined, limit: number) {
    super({
      what: 'The request body is too large',
      why: `it ${bytes === undefined ? 'exceeds' : `has ${bytes} bytes, which exceeds`} the limit of ${limit} bytes`,
      fix: 'Send fewer rows per request.',
      meta: { bytes, limit },
    });
  }
}

/** HTTP 413: only the JSON part is too large; the same tensors in binary form would fit. */
export class JsonTooLarge extends ProtocolError {
  override readonly code = 'JSON_TOO_LARGE';
  constructor(bytes: number, limit: number) {
    super({
      what: 'The JSON part of the request is too large',
      why: `it has ${bytes} bytes, which exceeds the limit of ${limit} bytes`,
      fix: 'Send the tensors with the binary tensor data extension (binary_data_size), or fewer rows per request.',
      meta: { bytes, limit },
    });
  }
}

/** HTTP 415: a compressed body could grow without bound, so none is accepted. */
export class ContentEncodingRefused extends ProtocolError {
  override readonly code = 'CONTENT_ENCODING_REFUSED';
  constructor(encoding: string) {
    super({
      what: 'The request body is compressed',
      why: `Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))} and only identity is accepted`,
      fix: 'Send the body uncompressed.',
    });
  }
}

/** HTTP 404. */
export class RouteUnknown extends ProtocolError {
  override readonly code = 'ROUTE_UNKNOWN';
  constructor(path: string) {
    super({
      what: 'There is nothing at this address',
      why: `no route matches ${JSON.stringify(path.slice(0, 120))}`,
      fix: 'GET / lists what this node answers.',
    });
  }
}

/** HTTP 405. */
export class MethodRefused extends ProtocolError {
  override readonly code = 'METHOD_REFUSED';
  readonly allow: string;
  constructor(method: string, allow: string) {
    super({
      what: 'This address does not take that method',
      why: `the method is ${JSON.stringify(method.slice(0, 20))} and the address takes ${allow}`,
      fix: `Use ${allow}.`,
    });
    this.allow = allow;
  }
}

/** HTTP 403: an operator's route, asked by a stranger or under a name that is not this machine's (DNS rebinding). */
export class OperatorOnly extends ProtocolError {
  override readonly code = 'OPERATOR_ONLY';
  constructor(why: string) {
    super({
      what: 'This address is for the operator of the node',
      why,
      fix: 'Ask from the same machine as http://127.0.0.1, or with the bearer token of the configuration.',
    });
  }
}

/** The port is taken by another process. */
export class GatewayPortInUse extends ProtocolError {
  override readonly code = 'GATEWAY_PORT_IN_USE';
  constructor(host: string, port: number, cause: unknown) {
    super({
      what: `The gateway cannot listen on ${host}:${port}`,
      why: `port ${port} is already in use by another process`,
      fix: `Stop the other process (\`ss -ltnp 'sport = :${port}'\` names it) or choose another port; 0 takes any free one.`,
      meta: { host, port },
      cause,
    });
  }
}

/** The address cannot be bound: no such interface, or a port below 1024 without the right. */
export class GatewayAddressRefused extends ProtocolError {
  override readonly code = 'GATEWAY_ADDRESS_REFUSED';
  constructor(host: string, port: number, cause: unknown) {
    super({
      what: `The gateway cannot listen on ${host}:${port}`,
      why: cause instanceof Error ? cause.message : 'the operating system refused the address',
      fix: 'Choose 127.0.0.1, 0.0.0.0 or an address of this machine, and a port of 1024 or above.',
      meta: { host, port },
      cause,
    });
  }
}
