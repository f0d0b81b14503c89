/**
 * Text that a stranger wrote, made fit to read: control characters and those that turn the direction of writing or take
 * no room are shown by their names, and what is too long is cut. React makes text nodes of it, so it never becomes markup.
 */
const HIDDEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const nameOf = (character: string): string =>
  `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** The text with every hidden character named, at most `maxLength` characters long. */
export function safeText(text: string, maxLength = 280): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return cut.replace(HIDDEN, nameOf);
}
