'use client';

import { type ReactNode, useState } from 'react';
import { type Address, isAddress, sameAddress } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { delegatePlan } from './plans.ts';
import { useVotingPower, type VotingPower } from './useVotingPower.ts';

/** The reader's votes now, through whom they go, and buttons that change it. */
export function PowerCard({ suggested }: { readonly suggested?: Address }): ReactNode {
  const { address, connect } = useWallet();
  const power = useVotingPower(address);
  const { send } = useTransactions();
  const [isChoosing, setIsChoosing] = useState(false);
  if (address === undefined)
    return (
      <Card title="Your votes">
        <p className="mb-4 text-sm">Connect a wallet to see how many votes you have, and to vote.</p>
        <Button variant="primary" onClick={connect}>
          Connect wallet
        </Button>
      </Card>
    );
  const delegate = async (to: Address): Promise<void> => {
    setIsChoosing(false);
    if (power.balanceWei === undefined) return;
    const { tokenDelegate, balanceWei, stakeDelegate, stakeWei } = power;
    if (stakeWei !== undefined && stakeWei > 0n && !same(stakeDelegate, to)) {
      const sent = await send(delegatePlan('stake', to, address, stakeDelegate, stakeWei));
      if (sent === undefined) return;
    }
    if (!same(tokenDelegate, to)) await send(delegatePlan('tokens', to, address, tokenDelegate, balanceWei));
  };
  const isSelf = same(power.tokenDelegate, address) && (!power.stakeWei || same(power.stakeDelegate, address));
  return (
    <Card title="Your votes">
      <p data-figures className="text-xl font-semibold tracking-tight" data-testid="votes-now">
        {power.votesWei === undefined ? <Skeleton className="h-7 w-40" /> : <TokenAmount wei={power.votesWei} />}
      </p>
      <dl className="mt-3 space-y-2 text-sm">
        {power.balanceWei === undefined ? (
          <Skeleton className="h-5 w-full" />
        ) : (
          <Through label="Your tokens" amountWei={power.balanceWei} to={power.tokenDelegate} self={address} />
        )}
        {power.stakeWei !== undefined && power.stakeWei > 0n && (
          <Through label="Your stake" amountWei={power.stakeWei} to={power.stakeDelegate} self={address} />
        )}
      </dl>
      <PowerHint power={power} />
      <div className="mt-4 flex flex-wrap gap-2">
        {!isSelf && (
          <Button
            variant="primary"
            disabled={power.balanceWei === undefined || (power.balanceWei === 0n && !power.stakeWei)}
            onClick={() => void delegate(address)}
          >
            Delegate to yourself
          </Button>
        )}
        <Button onClick={() => setIsChoosing(true)}>Delegate to somebody else</Button>
      </div>
      <DelegateDialog
        open={isChoosing}
        onClose={() => setIsChoosing(false)}
        onChoose={(to) => void delegate(to)}
        {...(suggested === undefined ? {} : { suggested })}
      />
    </Card>
  );
}

const same = (a: string | undefined, b: string): boolean => a !== undefined && sameAddress(a as Address, b as Address);

function PowerHint({ power }: { readonly power: VotingPower }): ReactNode {
  const { balanceWei, stakeWei, tokenDelegate } = power;
  const site = useConfig();
  if (balanceWei === undefined) return null;
  const holds = balanceWei + (stakeWei ?? 0n);
  if (holds === 0n)
    return (
      <div className="mt-3 space-y-3 text-sm text-muted">
        <p>This account holds no ASSAY, so it has no votes.</p>
        {site?.local === true && (
          <LinkButton size="small" href="/local/">
            Open the faucet
          </LinkButton>
        )}
      </div>
    );
  if (tokenDelegate === undefined && balanceWei > 0n)
    return (
      <p className="mt-3 text-sm text-caution">
        Your tokens do not vote: they were never delegated. Delegate them, to yourself if you want to vote. They stay
        yours, and it counts for votes that begin afterwards.
      </p>
    );
  return null;
}

function Through({
  label,
  amountWei,
  to,
  self,
}: {
  readonly label: string;
  readonly amountWei: bigint;
  readonly to: string | undefined;
  readonly self: Address;
}): ReactNode {
  return (
    <div className="flex flex-wrap justify-between gap-x-4 gap-y-1">
      <dt className="text-muted">
        {label} <TokenAmount wei={amountWei} />
      </dt>
      <dd>
        {to === undefined ? (
          'vote through nobody'
        ) : same(to, self) ? (
          'vote through you'
        ) : (
          <>
            vote through <AddressTag address={to} copy={false} />
          </>
        )}
      </dd>
    </div>
  );
}

function DelegateDialog({
  open,
  onClose,
  onChoose,
  suggested,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onChoose: (to: Address) => void;
  readonly suggested?: Address;
}): ReactNode {
  const [text, setText] = useState<string>(suggested ?? '');
  const to = text.trim();
  const isFine = isAddress(to) && !/^0x0{40}$/.test(to);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Delegate your votes"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!isFine} onClick={() => isFine && onChoose(to as Address)}>
            Look at the change
          </Button>
        </>
      }
    >
      <p className="mb-4 text-sm">
        The delegate votes with the weight of your tokens and your stake. They cannot move either, and you can change
        this at any time. Votes that have begun already are not affected.
      </p>
      <TextInput
        label="Address of the delegate"
        value={text}
        onChange={setText}
        placeholder="0x…"
        {...(to !== '' && !isFine ? { error: 'An address is 0x and 40 hexadecimal digits' } : {})}
      />
    </Dialog>
  );
}
