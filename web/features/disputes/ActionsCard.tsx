'use client';

import { type ReactNode, useState } from 'react';
import { sameAddress } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatAssay } from '../../lib/format.ts';
import { useRead } from '../../lib/read.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { allowCourtPlan, demandPlan, finalizePlan } from './plans.ts';
import type { ClaimDetail } from './query.ts';
import { useChallenge } from './useChallenge.ts';

/** `IParameters.Parameter.GasRefundWei`. */
const GAS_REFUND = 10;

/** What a reader with a wallet can do about a claim now. */
export function ActionsCard({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const now = useNow(1000);
  const { address } = useWallet();
  const { send } = useTransactions();
  const { rules, isBusy, start } = useChallenge();
  const id = claim.id as `0x${string}`;
  const { data: isEndable } = useRead({
    contract: 'court',
    functionName: 'isEndable',
    args: [id],
    refetchMs: 5000,
    enabled: claim.outcome === 'PENDING',
  });
  if (claim.outcome !== 'PENDING') return null;
  const isOpen = claim.verdict === 'PENDING' && now !== undefined && now < Number(claim.windowEndsAt);
  const hasGame = address !== undefined && claim.games.some(({ challenger }) => sameAddress(challenger.id, address));
  return (
    <Card title="What you can do">
      <div className="space-y-4 text-sm">
        {isOpen && (
          <div>
            <p className="mb-2">
              Challenges count for another{' '}
              <b className="font-medium">
                <Countdown until={claim.windowEndsAt} />
              </b>
              . You put up {rules === undefined ? 'a bond' : formatAssay(rules.bondWei)}; you get it back with a reward
              if you are right and lose it if you are wrong. A challenger has to move in time, so run a checker node
              that plays for you, or be there.
            </p>
            <Button variant="danger" busy={isBusy} disabled={hasGame} onClick={() => start({ claimId: id })}>
              {hasGame ? 'You are playing already' : 'Challenge this claim'}
            </Button>
          </div>
        )}
        {isOpen && <Demand claim={claim} />}
        {isEndable === true && (
          <div>
            <p className="mb-2">
              The window and all games are over. Anybody can end the claim; whoever is owed gets credit.
            </p>
            <Button variant="primary" onClick={() => void send(finalizePlan(id))}>
              End the claim
            </Button>
          </div>
        )}
        {!isOpen && isEndable !== true && (
          <p className="text-muted">
            {claim.openGames > 0
              ? 'Nothing now: the games go on. When a side runs out of time, a button appears at its game.'
              : 'Nothing now.'}
          </p>
        )}
      </div>
    </Card>
  );
}

/** Who does not hold the input can make the worker publish it, piece by piece. */
function Demand({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const site = useConfig();
  const { address, connect } = useWallet();
  const { send } = useTransactions();
  const [leaf, setLeaf] = useState('0');
  const { data: priceWei } = useRead({
    contract: 'parameters',
    functionName: 'get',
    args: [GAS_REFUND],
  });
  const { data: allowedWei } = useRead({
    contract: 'token',
    functionName: 'allowance',
    args: [address!, site?.contracts.court ?? '0x'],
    enabled: address !== undefined && site !== undefined,
  });
  const number = Number(leaf);
  const isFine = /^\d{1,9}$/.test(leaf);
  const isTaken = claim.demands.some((demand) => demand.leaf === String(number));
  const ask = (): void => {
    if (address === undefined) connect();
    else if (site === undefined || priceWei === undefined) return;
    else if ((allowedWei ?? 0n) < priceWei) void send(allowCourtPlan(site, priceWei));
    else void send(demandPlan(site, claim.id as `0x${string}`, number, priceWei));
  };
  const needsAllowance = address !== undefined && priceWei !== undefined && (allowedWei ?? 0n) < priceWei;
  return (
    <details>
      <summary className="cursor-pointer font-medium">You do not hold the input?</summary>
      <div className="mt-3 space-y-3">
        <p>
          Demand that a piece of 1,024 bytes is published. You put up{' '}
          {priceWei === undefined ? 'its price' : formatAssay(priceWei)} for whoever publishes it. If nobody does within
          the worker's clock, the claim falls.
        </p>
        <NumberInput
          label="Piece, counted from 0"
          value={leaf}
          onChange={setLeaf}
          {...(isFine ? {} : { error: 'A whole number' })}
        />
        <Button disabled={!isFine || isTaken} onClick={ask}>
          {isTaken ? 'Demanded already' : needsAllowance ? 'Allow the price first' : 'Demand this piece'}
        </Button>
      </div>
    </details>
  );
}
