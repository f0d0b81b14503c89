/**
 * Characters that make a reader see something else than what is written: control characters (terminal commands among
 * them, also the one-byte CSI U+009B), invisible and direction-changing ones (RFC 8264's hazards: bidi overrides,
 * zero-width joiners, byte order marks), line and paragraph separators, lone halves of surrogate pairs.
 */
const HAZARDS = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const HAZARDS_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const REPLACEMENT = '\ufffd';

/** A stranger's text for people, on one line: what could deceive them is shown as U+FFFD, line breaks as spaces. */
export const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').replace(HAZARDS, REPLACEMENT);

/** The same for texts of several lines. */
export const plainText = (text: string): string =>
  text.replaceAll('\t', '  ').replace(HAZARDS_BUT_NEWLINE, REPLACEMENT);

/** JSON text that shows a terminal nothing but ASCII and letters: the same value, hazards as `\u` escapes. */
export const harmlessJson = (json: string): string =>
  json.replace(HAZARDS_BUT_NEWLINE, (hazard) =>
    Array.from({ length: hazard.length }, (_, i) => `\\u${hazard.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
