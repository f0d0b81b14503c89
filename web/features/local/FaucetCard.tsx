'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { isAddress } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatAssayExact, parseAssay, shortHex } from '../../lib/format.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { useWallet } from '../../lib/wallet.tsx';

const ETHER_WEI = 10n * 10n ** 18n;
/** Meets the threshold to propose and, alone, the quorum of the local network. */
const TOKENS = '50000000';

/** Ether and ASSAY for any account of the local chain. */
export function FaucetCard({ site }: { readonly site: SiteConfig }): ReactNode {
  const { address: own, connect } = useWallet();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string>();
  const [amount, setAmount] = useState(TOKENS);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [said, setSaid] = useState('');
  const to = (typed ?? own ?? '').trim();
  const wei = parseAssay(amount);
  const canFill = isAddress(to) && wei !== undefined;

  async function fill(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!isAddress(to) || wei === undefined) return;
    setBusy(true);
    setProblem(undefined);
    setSaid('');
    try {
      const { giveEther, giveTokens } = await import('./chainControl.ts');
      await giveEther(site, to, ETHER_WEI);
      if (wei > 0n) await giveTokens(site, to, wei);
      setSaid(`${shortHex(to)} received 10 ETH and ${formatAssay(wei)}.`);
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Card title="Faucet">
      <form onSubmit={(event) => void fill(event)} className="space-y-4">
        <TextInput
          label="Account"
          placeholder="0x…"
          value={typed ?? own ?? ''}
          onChange={setTyped}
          {...(to !== '' && !isAddress(to) ? { error: 'This is not an address: 0x and 40 digits.' } : {})}
          hint={
            own === undefined
              ? 'Any address, or connect a wallet to fill your own.'
              : 'Your connected account; any other address works too.'
          }
        />
        <NumberInput
          label="ASSAY"
          unit="ASSAY"
          value={amount}
          onChange={setAmount}
          {...(wei === undefined
            ? { error: 'Type an amount with at most 18 decimals.' }
            : {
                hint: `${formatAssayExact(wei)} ASSAY from the treasury of this local network, and 10 ETH for fees. 50,000,000 are enough to carry a vote alone.`,
              })}
        />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" busy={isBusy} disabled={!canFill}>
            Fill the account
          </Button>
          {own === undefined && (
            <Button variant="quiet" onClick={connect}>
              Connect a wallet or burner account
            </Button>
          )}
        </div>
        <p role="status" className="text-sm text-positive empty:hidden">
          {said}
        </p>
        {said !== '' && own !== undefined && (
          <div className="flex flex-wrap gap-2">
            <LinkButton size="small" href="/try/">
              Pay for an answer
            </LinkButton>
            <LinkButton size="small" href="/staking/">
              Stake
            </LinkButton>
            <LinkButton size="small" href="/governance/">
              Vote
            </LinkButton>
          </div>
        )}
        {problem !== undefined && <ErrorState problem={problem} />}
      </form>
    </Card>
  );
}
