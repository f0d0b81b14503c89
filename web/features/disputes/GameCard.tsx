'use client';

import type { ReactNode } from 'react';
import { sameAddress } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatDuration, formatNumber, formatTime } from '../../lib/format.ts';
import { useRead } from '../../lib/read.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { GamePicture } from './GamePicture.tsx';
import { LeafBytes } from './LeafBytes.tsx';
import { pictureOf } from './picture.ts';
import { leavePlan, timeoutPlan } from './plans.ts';
import type { ClaimDetail, GameDetail } from './query.ts';
import { useVerdict } from './useVerdict.ts';
import type { Verdict } from './verdict.ts';
import { moveText, resultOf } from './words.ts';

/** Phases in which the worker has to move are odd (contracts/interfaces/IArena.sol). */
const ENDED = 10;

/** One challenger's game: the picture of how far it has come, the clocks, and every move. */
export function GameCard({ claim, game }: { readonly claim: ClaimDetail; readonly game: GameDetail }): ReactNode {
  const verdict = useVerdict(game.id, game.endedTx) ?? undefined;
  const picture = pictureOf(game.moves, claim.traceCount);
  const [label, tone] = resultOf(game.result);
  const title = (
    <span className="flex flex-wrap items-center gap-2">
      Game of <AddressTag address={game.challenger.id} copy={false} /> <Badge tone={tone}>{label}</Badge>
    </span>
  );
  return (
    <Card title={title}>
      <div className="space-y-5">
        {!game.ended && <Clocks claim={claim} game={game} />}
        <GamePicture picture={picture} verdict={verdict} />
        <LeafBytes picture={picture} element={verdict?.element ?? picture.element} />
        {verdict !== undefined && <p className="text-sm">{verdictText(verdict, game)}</p>}
        <Moves game={game} />
      </div>
    </Card>
  );
}

function verdictText({ call, step, element, evidenceBytes }: Verdict, game: GameDetail): string {
  const proof = evidenceBytes === undefined ? '' : ` from ${formatNumber(evidenceBytes)} bytes of evidence`;
  if (call === 'prove')
    return `The chain recomputed element ${formatNumber(element ?? 0)} of step ${formatNumber(step ?? 0)}${proof} and got another number than the worker.`;
  if (call === 'proveHeader')
    return `The chain compared the shape of the output of step ${formatNumber(step ?? 0)}${proof} with the program: it is not what the program makes.`;
  if (call === 'proveInput') return `The chain checked the input${proof}: the program does not take it.`;
  if (call === 'proveChunk' || call === 'provePartials')
    return `The chain recomputed a part of a long sum${proof} and got another number than the worker.`;
  if (call === 'leave') return 'The claim was decided in another game; the challenger left with his bond.';
  return game.result === 'CHALLENGER_WON' ? 'The worker ran out of time.' : 'The challenger ran out of time.';
}

function Clocks({ claim, game }: { readonly claim: ClaimDetail; readonly game: GameDetail }): ReactNode {
  const now = useNow(1000);
  const { address } = useWallet();
  const { send } = useTransactions();
  const { data } = useRead({
    contract: 'arena',
    functionName: 'getGame',
    args: [game.id],
    refetchMs: 5000,
  });
  const isWorkers = data === undefined ? game.turn !== 'CHALLENGER' : data.phase % 2 === 1;
  const deadline = data === undefined ? Number(game.deadline) : Number(data.deadline);
  const spent = now === undefined || data === undefined ? 0 : Math.max(0, now - Number(data.turnStartedAt));
  const isOver = now !== undefined && now >= deadline && data?.phase !== ENDED;
  const left = (seconds: number | undefined, runs: boolean): string =>
    seconds === undefined ? '–' : formatDuration(Math.max(0, seconds - (runs ? spent : 0)));
  return (
    <div className="space-y-3">
      <dl className="grid gap-3 text-sm sm:grid-cols-3">
        <Clock name="Worker" turn={isWorkers}>
          {left(data?.workerLeftSeconds, isWorkers)} left
        </Clock>
        <Clock name="Challenger" turn={!isWorkers}>
          {left(data?.challengerLeftSeconds, !isWorkers)} left
        </Clock>
        <div className="rounded-md border border-line px-3 py-2">
          <dt className="text-xs text-muted">{isWorkers ? 'The worker' : 'The challenger'} must move within</dt>
          <dd data-figures>
            <Countdown until={deadline} done="Time is over" />
          </dd>
        </div>
      </dl>
      <div className="flex flex-wrap gap-2">
        {isOver && (
          <Button
            variant="primary"
            onClick={() => void send(timeoutPlan(game.id, isWorkers ? 'worker' : 'challenger'))}
          >
            Call time
          </Button>
        )}
        {claim.verdict !== 'PENDING' &&
          (claim.verdict === 'VOID' || (address !== undefined && sameAddress(address, game.challenger.id))) && (
            <Button onClick={() => void send(leavePlan(game.id, game.bondWei))}>Leave with the bond</Button>
          )}
      </div>
    </div>
  );
}

function Clock({
  name,
  turn,
  children,
}: {
  readonly name: string;
  readonly turn: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={`rounded-md border px-3 py-2 ${turn ? 'border-accent bg-accent-soft' : 'border-line'}`}>
      <dt className="text-xs text-muted">
        {name}
        {turn && ', to move'}
      </dt>
      <dd data-figures>{children}</dd>
    </div>
  );
}

function Moves({ game }: { readonly game: GameDetail }): ReactNode {
  return (
    <details>
      <summary className="cursor-pointer text-sm font-medium">
        {formatNumber(game.moves.length)} moves, bond <TokenAmount wei={game.bondWei} />
      </summary>
      <ol className="mt-3 space-y-2 text-sm">
        {game.moves.map((move, at) => (
          <li key={move.id} className="flex flex-wrap gap-x-3 gap-y-1 border-l-2 border-line pl-3">
            <span data-figures className="w-6 text-muted">
              {formatNumber(at + 1)}
            </span>
            <span className="min-w-0 grow">
              <b className="font-medium">{move.by === 'WORKER' ? 'Worker' : 'Challenger'}</b> {moveText(move.kind)}
              {move.kind === 'ELEMENT_PICKED' &&
                `: element ${formatNumber(move.element ?? '0')} of step ${formatNumber(move.step ?? 0)}`}
              {move.children !== null &&
                move.children.length > 0 &&
                ` (${formatNumber(move.children.length)} children)`}
            </span>
            <span className="text-muted">{formatTime(move.at)}</span>
            <ChainLink kind="tx" value={move.tx} />
          </li>
        ))}
      </ol>
    </details>
  );
}
