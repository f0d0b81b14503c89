import type { ReactNode } from 'react';
import type { WalletOption } from '../../lib/wallet/stack.ts';

/** Picture that a wallet announced, or its first letter. An `<img>` runs no scripts, also not those of an SVG. */
export function WalletIcon({ option }: { readonly option: WalletOption }): ReactNode {
  if (option.icon !== undefined)
    return (
      // biome-ignore lint/performance/noImgElement: a data URI of a wallet, nothing to optimise
      <img src={option.icon} alt="" width={28} height={28} className="size-7 shrink-0 rounded-md object-contain" />
    );
  return (
    <span aria-hidden className="grid size-7 shrink-0 place-items-center rounded-md bg-sunken text-sm font-semibold">
      {option.isBurner ? '⚡︎' : [...option.name][0]}
    </span>
  );
}
