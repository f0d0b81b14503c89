const MAX_NAME = 32;
const MAX_ICON_CHARS = 128 * 1024;

/**
 * What an announced wallet calls itself, made safe to show: one line, no control or direction-changing characters, at
 * most 32 characters. Any page script or extension can announce itself (EIP-6963), also under somebody else's name.
 */
export function walletLabel(name: unknown): string {
  const text = typeof name === 'string' ? name : '';
  const plain = text
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain === '' ? 'Unnamed wallet' : [...plain].slice(0, MAX_NAME).join('');
}

/**
 * An announced icon, only if it is an image inside the announcement itself (EIP-6963 asks for a data URI): a remote
 * address would tell its owner who visits the site. SVG is shown through `<img>`, where its scripts do not run.
 */
export function walletIcon(icon: unknown): string | undefined {
  if (typeof icon !== 'string' || icon.length > MAX_ICON_CHARS) return undefined;
  const trimmed = icon.trim();
  return /^data:image\/(png|jpeg|gif|webp|svg\+xml|avif)[;,]/i.test(trimmed) ? trimmed : undefined;
}
