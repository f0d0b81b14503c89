import { Bytes } from '@graphprotocol/graph-ts';

const MAX_TEXT = 2000;
const MAX_DESCRIPTION = 100000;
const MAX_TITLE = 200;
const HASH = 0x23;
/** Of opened data: enough for a picture; the whole is on the chain. */
const MAX_DATA = 4096;

/** Strangers write these texts; PostgreSQL has no U+0000. */
function clamp(text: string, length: i32): string {
  // Half a character (a lone surrogate) is no string to graph-node: it would stop the index.
  const half = text.length > length && (text.charCodeAt(length - 1) & 0xfc00) == 0xd800;
  return text.substr(0, half ? length - 1 : length).replaceAll('\0', '');
}

export function clamped(text: string): string {
  return clamp(text, MAX_TEXT);
}

export function description(text: string): string {
  return clamp(text, MAX_DESCRIPTION);
}

/** First line with anything in it, without the signs of a Markdown heading. */
export function titleOf(text: string): string {
  const lines = clamp(text, MAX_DESCRIPTION).split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = withoutSigns(lines[i].trim());
    if (line.length > 0) return clamp(line, MAX_TITLE);
  }
  return '';
}

/** Cut once: memory that a handler takes is not freed, and 90,000 signs cut one by one take all there is. */
function withoutSigns(line: string): string {
  let signs = 0;
  while (signs < line.length && line.charCodeAt(signs) == HASH) signs++;
  return line.substr(signs).trim();
}

export function beginning(data: Bytes): Bytes {
  return data.length <= MAX_DATA ? data : Bytes.fromUint8Array(data.slice(0, MAX_DATA));
}
