import { type Abi, encodeAbiParameters, encodeFunctionData, type Hex, keccak256, parseAbiParameters } from 'viem';
import { type Address, type Digest, fromHex, toHex } from '../../core/codec/hex.ts';
import { receiptDigest } from '../../core/codec/receipt.ts';
import { PHASES } from '../../core/dispute/game.ts';
import { type Court, type CourtNotice, type CourtView, OUTCOMES, type SuppliedLeaf } from '../../ports/Court.ts';
import { arenaAbi, assayTokenAbi, courtAbi, jobCourtAbi, jobMarketAbi, parametersAbi } from '../generated/contracts.ts';
import { ChainReverted } from '../revert.ts';
import type { Reading, Writing } from './context.ts';
import { accusationCall, defenceCall, locatorOf, nameOf } from './courtCalls.ts';
import { historyFrom, logsAbout } from './courtEvents.ts';

/** `type(uint256).max`, and anything near: no window. */
const NEVER = 2n ** 64n;
const ZERO = /^0x0*$/;
/** `IParameters.Parameter.GasRefundWei`. */
const GAS_REFUND = 10;
const ID = parseAbiParameters('bytes32, bytes32');
const GAME = parseAbiParameters('bytes32, address');

const idOf = (encoded: Hex): Digest => keccak256(encoded) as Digest;

/** The part of {@link Court} that needs no account. */
export function readCourt({ client, addresses, chainId }: Reading): CourtView {
  const arena = { address: addresses.arena, abi: arenaAbi } as const;
  const court = { address: addresses.court, abi: courtAbi } as const;
  const domain = { chainId, verifyingContract: addresses.market };
  const about = (claimId: Digest, since: bigint, abi: Abi, from: readonly Address[]) =>
    logsAbout(client, { addresses: from, abi, ids: [claimId], since });
  return {
    chainTime: async () => (await client.getBlock({ includeTransactions: false })).timestamp,
    head: () => client.getBlockNumber({ cacheTime: 0 }),
    notices: async (fromBlock, toBlock) => {
      const range = { fromBlock, toBlock, strict: true } as const;
      const [filed, games, demands] = await Promise.all([
        client.getContractEvents({ ...court, ...range, eventName: 'ClaimFiled' }),
        client.getContractEvents({ ...arena, ...range, eventName: 'GameOpened' }),
        client.getContractEvents({ ...arena, ...range, eventName: 'InputDemanded' }),
      ]);
      return [
        ...filed.map(
          ({ args: { claimId, worker }, blockNumber: block }): CourtNotice => ({
            kind: 'filed',
            claimId,
            worker,
            block,
          }),
        ),
        ...games.map(
          ({ args: { claimId, gameId }, blockNumber: block }): CourtNotice => ({
            kind: 'game',
            claimId,
            gameId,
            block,
          }),
        ),
        ...demands.map(
          ({ args: { claimId, leaf }, blockNumber: block }): CourtNotice => ({ kind: 'demand', claimId, leaf, block }),
        ),
      ];
    },
    claimIdOf: (receipt) => idOf(encodeAbiParameters(ID, [receipt.jobId, toHex(receiptDigest(receipt, domain))])),
    claimOf: (jobId, digest) => idOf(encodeAbiParameters(ID, [jobId, digest])),
    gameIdOf: (claimId, challenger) => idOf(encodeAbiParameters(GAME, [claimId, challenger])),
    claim: async (claimId) => {
      if (!(await client.readContract({ ...court, functionName: 'isFiled', args: [claimId] }))) return undefined;
      const [claim, endable] = await Promise.all([
        client.readContract({ ...court, functionName: 'getClaim', args: [claimId] }),
        client.readContract({ ...court, functionName: 'isEndable', args: [claimId] }),
      ]);
      const { worker, windowEndsAt, open, revealed, lockWei, slashedWei } = claim;
      const [verdict, outcome] = [OUTCOMES[claim.verdict]!, OUTCOMES[claim.outcome]!];
      return { claimId, worker, windowEndsAt, open, revealed, lockWei, slashedWei, verdict, outcome, endable };
    },
    game: async (gameId) => {
      const game = await client.readContract({ ...arena, functionName: 'getGame', args: [gameId] });
      if (game.phase === 0) return undefined;
      const { claimId, challenger, deadline, bondWei, step, level, index, leaves, element } = game;
      const some = (value: Digest): Digest | undefined => (ZERO.test(value) ? undefined : value);
      const board = { phase: PHASES[game.phase]!, step, level, index, leaves, element };
      return {
        gameId,
        claimId,
        challenger,
        deadline,
        bondWei,
        ...board,
        node: some(game.node),
      };
    },
    history: async (gameId, since) => {
      const { claimId } = await client.readContract({ ...arena, functionName: 'getGame', args: [gameId] });
      const query = { addresses: [addresses.arena], abi: arenaAbi, ids: [gameId, claimId], since };
      return historyFrom(gameId, await logsAbout(client, query));
    },
    receiptOf: async (claimId, since) => {
      const logs = await about(claimId, since, jobCourtAbi, [addresses.jobCourt, addresses.receiptCourt]);
      const found = logs.find(({ name }) => name === 'ReceiptRevealed');
      return found?.args['receipt'] as Awaited<ReturnType<CourtView['receiptOf']>>;
    },
    jobOf: async (claimId) => {
      const job = await client.readContract({
        address: addresses.jobCourt,
        abi: jobCourtAbi,
        functionName: 'jobOf',
        args: [claimId],
      });
      return job === 0n ? undefined : (`0x${job.toString(16).padStart(64, '0')}` as Digest);
    },
    windowEndOf: async (jobId) => {
      const args = [BigInt(jobId), addresses.jobCourt] as const;
      const endsAt = await client.readContract({
        address: addresses.market,
        abi: jobMarketAbi,
        functionName: 'windowEndOf',
        args,
      });
      return endsAt >= NEVER ? undefined : endsAt;
    },
    demand: async (claimId, leaf) => {
      const demand = await client.readContract({ ...arena, functionName: 'demandOf', args: [claimId, leaf] });
      return ZERO.test(demand.requester) ? undefined : { deadline: demand.deadline, priceWei: demand.priceWei };
    },
    supplied: async (claimId, since) => {
      const logs = await about(claimId, since, arenaAbi, [addresses.arena]);
      return logs
        .filter(({ name }) => name === 'InputSupplied')
        .map(({ args }): SuppliedLeaf => {
          const [header, data] = [fromHex(args['header'] as Hex), fromHex(args['data'] as Hex)];
          return { leaf: args['leaf'] as number, header, data };
        });
    },
    creditOf: (account) => client.readContract({ ...court, functionName: 'creditOf', args: [account] }),
    bondWei: async () => {
      const rules = { address: addresses.parameters, abi: parametersAbi, functionName: 'gameRules' } as const;
      return (await client.readContract(rules)).bondWei;
    },
  };
}

/** Refusals that say: somebody, perhaps an earlier life of ours, has done it already (threats D11). */
const OVERTAKEN: ReadonlySet<string> = new Set([
  'ArenaPhaseUnexpected',
  'ArenaNodeUnexpected',
  'ArenaElementUnexpected',
  'ArenaTraceKnown',
  'ArenaGameExists',
  'ArenaDemandExists',
  'ArenaDemandUnknown',
  'CourtClaimAlreadyFiled',
  'CourtClaimNotEndable',
  'CourtNothingToWithdraw',
]);

/** Claims and games as one account plays them. Ids are stable where an act can be done once only: a restart joins its earlier self. */
export function createCourt(writing: Writing): Court {
  const { client, addresses, account, send, fresh } = writing;
  const view = readCourt(writing);
  const act = async (id: string, to: Address, describe: string, data: Hex): Promise<void> => {
    try {
      await send({ id, to, data, describe });
    } catch (error) {
      if (error instanceof ChainReverted && OVERTAKEN.has(error.error)) return;
      throw error;
    }
  };
  const { arena, court, jobCourt, receiptCourt, token } = addresses;
  const play = (id: string, describe: string, data: Hex): Promise<void> => act(`court ${id}`, arena, describe, data);
  /** Lets the Court take what a bond or a demand costs. */
  const allow = async (amountWei: bigint): Promise<void> => {
    const held = { address: token, abi: assayTokenAbi, functionName: 'allowance', args: [account, court] } as const;
    if ((await client.readContract(held)) >= amountWei) return;
    const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'approve', args: [court, amountWei] });
    await act(`court allow ${fresh()}`, token, 'let the Court take a bond', data);
  };
  const hexes = (list: readonly Uint8Array[]): Hex[] => list.map(toHex);
  return {
    ...view,
    account,
    file: async (filing) => {
      const isJob = filing.kind === 'job';
      const subject = isJob ? jobCourt : receiptCourt;
      const claim = isJob ? filing.jobId : view.claimIdOf(filing.signed.receipt);
      const data = encodeFunctionData({ abi: courtAbi, functionName: 'file', args: [subject, locatorOf(filing)] });
      await act(`court file ${claim} ${account}`, court, 'file a claim', data);
    },
    reveal: async (jobId, receipt, terms) => {
      const args = [BigInt(jobId), receipt, terms] as const;
      const data = encodeFunctionData({ abi: jobCourtAbi, functionName: 'reveal', args });
      await act(`court reveal ${jobId} ${account}`, jobCourt, 'reveal a receipt', data);
    },
    challenge: async (claimId) => {
      await allow(await view.bondWei());
      const data = encodeFunctionData({ abi: arenaAbi, functionName: 'challenge', args: [claimId] });
      await play(`challenge ${claimId} ${account}`, 'challenge a claim', data);
    },
    answer: async (claimId, receipt, { outputPath, ...rest }) => {
      const given = { ...rest, outputPath: hexes(outputPath) };
      const data = encodeFunctionData({ abi: arenaAbi, functionName: 'answer', args: [claimId, receipt, given] });
      await play(`answer ${claimId} ${account}`, 'stand by a trace', data);
    },
    defend: ({ gameId }, move) =>
      play(`${nameOf(move)} ${gameId} ${account}`, `play ${move.kind}`, defenceCall(gameId, move)),
    accuse: (gameId, receipt, move) => {
      const id = move.kind === 'pick' ? `pick ${move.node}` : move.kind;
      return play(`${id} ${gameId} ${account}`, `play ${move.kind}`, accusationCall(gameId, receipt, move));
    },
    timeout: (gameId) =>
      play(
        `timeout ${gameId} ${account}`,
        'call time',
        encodeFunctionData({ abi: arenaAbi, functionName: 'timeout', args: [gameId] }),
      ),
    leave: (gameId) =>
      play(
        `leave ${gameId} ${account}`,
        'leave a game',
        encodeFunctionData({ abi: arenaAbi, functionName: 'leave', args: [gameId] }),
      ),
    demandInput: async (claimId, leaf) => {
      const rules = {
        address: addresses.parameters,
        abi: parametersAbi,
        functionName: 'get',
        args: [GAS_REFUND],
      } as const;
      await allow(await client.readContract(rules));
      const data = encodeFunctionData({ abi: arenaAbi, functionName: 'demandInput', args: [claimId, leaf] });
      await play(`demand ${claimId} ${leaf}`, 'demand an input', data);
    },
    supplyInput: async (claimId, receipt, { leaf, header, data, path }) => {
      const args = [claimId, receipt, leaf, toHex(header), toHex(data), hexes(path)] as const;
      await play(
        `supply ${claimId} ${leaf} ${account}`,
        'supply an input',
        encodeFunctionData({ abi: arenaAbi, functionName: 'supplyInput', args }),
      );
    },
    expireDemand: (claimId, leaf) =>
      play(
        `expire ${claimId} ${leaf} ${account}`,
        'end a demand',
        encodeFunctionData({ abi: arenaAbi, functionName: 'expireDemand', args: [claimId, leaf] }),
      ),
    finalize: (claimId) =>
      act(
        `court finalize ${claimId} ${account}`,
        court,
        'end a claim',
        encodeFunctionData({ abi: courtAbi, functionName: 'finalize', args: [claimId] }),
      ),
    withdraw: async (owner) => {
      const amountWei = await view.creditOf(owner);
      if (amountWei === 0n) return 0n;
      const data = encodeFunctionData({ abi: courtAbi, functionName: 'withdrawFor', args: [owner] });
      await act(`court withdraw ${fresh()}`, court, 'withdraw a credit of the Court', data);
      return amountWei;
    },
  };
}
