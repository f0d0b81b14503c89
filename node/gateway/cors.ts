import { HEADER_LENGTH } from './oip/encodeResponse.ts';
import { PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE } from './payment.ts';

/**
 * The public routes are for every web page: they know no cookie and no session, so an open origin gives nothing
 * away. Operators' routes do not carry these headers.
 */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': `${HEADER_LENGTH}, ${PAYMENT_REQUIRED}, ${PAYMENT_RESPONSE}, retry-after, etag, x-ipfs-path, x-ipfs-roots`,
};

/** The answer to a preflight request (Fetch standard, "CORS-preflight request"). */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  ...CORS_HEADERS,
  'access-control-allow-methods': 'GET, HEAD, POST, PUT',
  // A web page may be an agent, too: Streamable HTTP of the Model Context Protocol.
  'access-control-allow-headers': `content-type, ${HEADER_LENGTH}, ${PAYMENT_SIGNATURE}, accept, mcp-protocol-version, mcp-method, mcp-name`,
  'access-control-max-age': '86400',
};
