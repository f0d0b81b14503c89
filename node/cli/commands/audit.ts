import type { Command } from 'commander';
import { decodeAnswer } from '../../core/codec/answerFile.ts';
import { type Address, type Digest, sameAddress } from '../../core/codec/hex.ts';
import { oneLine } from '../../core/codec/plainText.ts';
import { ProtocolError } from '../../core/errors.ts';
import { listen } from '../../gateway/server.ts';
import { readText } from '../files.ts';
import { unknownModel } from '../modelUnknown.ts';
import { address, integer, tokens } from '../parse.ts';
import { formatTokens } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { transactional } from '../transactions.ts';

/** Neither a seat to give up nor a bond that is free. */
export class NothingToLeave extends ProtocolError {
  override readonly code = 'NOTHING_TO_LEAVE';
}

/** Not the id of a job. */
export class JobIdInvalid extends ProtocolError {
  override readonly code = 'JOB_ID_INVALID';
}

const TICK_MS = 1000;
const NO_TIME = 0n;

const time = (seconds: bigint): string => new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');

/** Ticks until the command is told to end, or until `isDone`. */
async function loop({ signal, assay }: Shell, tick: () => Promise<void>, isDone = () => false): Promise<void> {
  while (!signal.aborted && !isDone()) {
    try {
      await tick();
    } catch (error) {
      assay.log.warn('a round failed, will retry', { error });
    }
    if (isDone()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, TICK_MS);
      function end(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

async function leave({ assay, print }: Shell): Promise<number> {
  const { audits, address: account } = await assay.account();
  const record = await audits.auditor(account);
  if (record.seated) {
    await audits.leave();
    const { thawEndsAt } = await audits.auditor(account);
    print.result(
      { auditor: account, left: true, thawEndsAt },
      () => `${account} is drawn no more; the bond is free from ${time(thawEndsAt)}, run this command again then`,
    );
    return 0;
  }
  const isFree = record.bondWei > 0n && (await audits.chainTime()) >= record.thawEndsAt;
  if (!isFree || record.open > 0 || record.frozenWei > 0n) throw nothingToLeave(account, record);
  await audits.withdrawBond();
  print.result(
    { auditor: account, paidWei: record.bondWei },
    () => `${formatTokens(record.bondWei)} ASSAY paid to ${account}`,
  );
  return 0;
}

function nothingToLeave(
  account: Address,
  { bondWei, thawEndsAt, open, frozenWei }: { bondWei: bigint; thawEndsAt: bigint; open: number; frozenWei: bigint },
): NothingToLeave {
  const why =
    bondWei === 0n
      ? `${account} has no seat and no bond`
      : `its bond is free from ${time(thawEndsAt)}; ${open} audits are open and ${formatTokens(frozenWei)} ASSAY wait for canaries`;
  return new NothingToLeave({
    what: 'There is nothing to leave yet',
    why,
    fix: 'See `assay auditor status`; open audits end by themselves.',
    meta: { bondWei, thawEndsAt, open, frozenWei },
  });
}

async function status({ assay, print }: Shell): Promise<number> {
  const { auditsView } = await assay.chain();
  const account = await assay.keys.addressOf(assay.config.account);
  const [pool, record, now] = await Promise.all([
    auditsView.pool(),
    auditsView.auditor(account),
    auditsView.chainTime(),
  ]);
  const { terms } = pool;
  print.result({ pool, auditor: account, ...record }, () =>
    [
      `${pool.auditors} auditors; round ${pool.round}; ${formatTokens(pool.fundsWei)} ASSAY for fees, ${formatTokens(pool.reservedWei)} promised`,
      `  rules     ${terms.auditBps / 100} % of jobs, ${terms.seats} auditors each; bond ${formatTokens(terms.bondWei)}, fee ${formatTokens(terms.baseFeeWei)}`,
      `            silence costs ${formatTokens(terms.missWei)}, a missed canary ${formatTokens(terms.canaryWei)}`,
      `${account} ${record.seated ? 'is an auditor' : 'is no auditor'}`,
      `  bond      ${formatTokens(record.bondWei)} ASSAY, ${formatTokens(record.frozenWei)} of it frozen by canaries`,
      `  audits    ${record.open} open; ${formatTokens(record.creditWei)} ASSAY earned and not withdrawn`,
      ...(record.thawEndsAt > NO_TIME
        ? [`  leaving   ${now >= record.thawEndsAt ? 'the bond is free' : `free from ${time(record.thawEndsAt)}`}`]
        : []),
    ].join('\n'),
  );
  return 0;
}

async function show({ assay, print }: Shell, text: string): Promise<number> {
  const jobId = jobIdOf(text);
  const { auditsView } = await assay.chain();
  const audit = await auditsView.audit(jobId);
  const job = await auditsView.job(jobId);
  print.result({ jobId, job, audit }, () =>
    audit === undefined
      ? `job ${jobId} (${job.state}) has no audit`
      : [
          `job ${jobId}: ${audit.outcome}${audit.triggered ? ', a game should be opened' : ''}`,
          `  commits until ${time(audit.commitEndsAt)}, reveals until ${time(audit.revealEndsAt)}`,
          `  claimed   ${audit.receiptRoot ?? 'receipt not shown'}`,
          `  canary    ${audit.canary}`,
        ].join('\n'),
  );
  return 0;
}

function jobIdOf(text: string): Digest {
  if (/^0x[0-9a-f]{64}$/.test(text)) return text as Digest;
  throw new JobIdInvalid({
    what: 'This is not the id of a job',
    why: `${JSON.stringify(oneLine(text).slice(0, 80))} is not 0x and 64 lower-case hexadecimal digits`,
    fix: 'Receipts and events of the market name job ids.',
  });
}

async function plant(shell: Shell, options: { model: string; hotKey: string; like?: string }): Promise<number> {
  const { assay, print, signal } = shell;
  const { directory } = await assay.chain();
  const models = await directory.models();
  const model = models.find(({ slug }) => slug === options.model);
  if (model === undefined || model.liveVersionId === 0n) throw unknownModel(options.model, models);
  const { planter, defender, gateway, plan } = await assay.planter(options.hotKey);
  const { host, port } = assay.config.worker;
  const server = await listen(gateway, { host, port });
  try {
    const wanted = await plan(model.liveVersionId);
    const like =
      options.like === undefined
        ? undefined
        : decodeAnswer(await readText(options.like, 'Give a file that `assay infer --save FILE` wrote.')).input;
    const jobId = await planter.plant(like === undefined ? wanted : { ...wanted, input: like });
    print.step(`canary ${jobId}; its input is at ${server.url}; stop with Ctrl-C, the next start goes on`);
    let open = 1;
    await loop(
      shell,
      async () => {
        open = await planter.tick();
        await defender.tick();
      },
      () => open === 0,
    );
    const state = planter.rows().find(([id]) => id === jobId)?.[1].state;
    print.result({ jobId, state, open }, () =>
      state === 'concluded'
        ? `canary ${jobId} is concluded: see \`assay audit show ${jobId}\``
        : state === 'spared'
          ? `canary ${jobId} was not drawn, or its audit never started`
          : `canary ${jobId} goes on with the next \`assay audit plant\`${signal.aborted ? '' : '.'}`,
    );
    return 0;
  } finally {
    await server.drain(1000);
  }
}

export function registerAudit(program: Command): void {
  const auditor = program
    .command('auditor')
    .description('recompute drawn jobs for a fee, with a bond at stake')
    .addHelpText('after', '\nExample:\n  assay auditor run --help');

  transactional(
    auditor
      .command('join')
      .description('put up the bond and take a seat; the seat counts from the next round on')
      .option('--operator <address>', 'may commit for the account, never touches the bond (default: itself)', address)
      .addHelpText('after', '\nExample:\n  assay auditor join --account owner --operator 0x...'),
  ).action(async (options: { operator?: Address }, command: Command) =>
    run(command, async ({ print, assay }) => {
      const { audits, address: account } = await assay.account();
      await audits.join(options.operator ?? account);
      const record = await audits.auditor(account);
      print.result(
        { auditor: account, ...record },
        () =>
          `${account} is an auditor with ${formatTokens(record.bondWei)} ASSAY at stake\n  next     assay auditor run${sameAddress(record.operator, account) ? '' : ` --auditor ${account}`}`,
      );
      return 0;
    }),
  );

  auditor
    .command('run')
    .description('follow draws, recompute, commit, reveal, collect; until SIGTERM')
    .option('--auditor <address>', 'whose seat, when the account is his operator', address)
    .option('--challenge', 'dispute what the own audits call for; the account puts up the bonds')
    .addHelpText('after', '\nExample:\n  assay auditor run --account operator --auditor 0x...')
    .action(async (options: { auditor?: Address; challenge?: boolean }, command: Command) =>
      run(
        command,
        async (shell) => {
          const { assay } = shell;
          const challenger = options.challenge === true ? await assay.challenger({ sample: () => false }) : undefined;
          // What accuses the auditor himself is filed already; it takes his eyes, and `assay dispute show`.
          const player = await assay.auditor(options.auditor, {
            onAlarm: async ({ why, jobId }) => (why === 'accused' ? undefined : challenger?.look(jobId)),
          });
          shell.print.step('the auditor follows submitted jobs; stop with Ctrl-C');
          await loop(shell, async () => {
            await player.tick();
            await challenger?.tick();
          });
          const open = player.rows().filter(([, { state }]) => state !== 'seen' && state !== 'settled').length;
          shell.print.result({ stopped: true, openAudits: open }, () =>
            open === 0 ? 'stopped; no audit is open' : `stopped; ${open} audits wait in the journal for the next start`,
          );
          return 0;
        },
        { quietLog: false },
      ),
    );

  transactional(
    auditor
      .command('leave')
      .description('give up the seat; after the thaw, the same command pays out the bond')
      .addHelpText('after', '\nExample:\n  assay auditor leave --account owner'),
  ).action(async (_, command: Command) => run(command, leave));

  auditor
    .command('status')
    .description('the pool, its rules, and what the account has at stake')
    .addHelpText('after', '\nExample:\n  assay auditor status --account owner')
    .action(async (_, command: Command) => run(command, status));

  const audit = program
    .command('audit')
    .description('pay for audits, look at one, plant canaries')
    .addHelpText('after', '\nExample:\n  assay audit plant --help');

  transactional(
    audit
      .command('fund')
      .description('pay in for fees of audits; what is paid in stays for fees')
      .argument('<tokens>', 'amount in ASSAY', tokens)
      .addHelpText('after', '\nExample:\n  assay audit fund 100'),
  ).action(async (amountWei: bigint, _, command: Command) =>
    run(command, async ({ print, assay }) => {
      const { audits } = await assay.account();
      await audits.fund(amountWei);
      const { fundsWei } = await audits.pool();
      print.result({ amountWei, fundsWei }, () => `paid; ${formatTokens(fundsWei)} ASSAY are free for fees`);
      return 0;
    }),
  );

  audit
    .command('show')
    .description('how the audit of a job stands')
    .argument('<jobId>', 'id of the job')
    .addHelpText('after', `\nExample:\n  assay audit show 0x${'0a'.repeat(32)}`)
    .action(async (jobId: string, _, command: Command) => run(command, (shell) => show(shell, jobId)));

  audit
    .command('plant')
    .description('plant a canary: a job whose true output is sealed and whose worker, your own, lies on purpose')
    .requiredOption('--model <name>', 'name of the model')
    .option('--hot-key <name>', 'keystore of the hot key of a registered worker of your own', 'hot')
    .option('--like <file>', 'take the input of a saved answer; random inputs are easier to recognise')
    .option('--port <n>', 'port of the worker’s gateway, which must show the input', integer(0, 65_535))
    .addHelpText(
      'after',
      '\nExample:\n  assay audit plant --model digits --like answer.json --account planter --hot-key planter-hot\n\nThe lie is a claim like any other: when it is challenged, your worker loses the stake behind it.',
    )
    .action(async (options: { model: string; hotKey: string; like?: string; port?: number }, command: Command) =>
      run(command, (shell) => plant(shell, options), {
        quietLog: false,
        ...(options.port === undefined ? {} : { worker: { port: options.port } }),
      }),
    );
}
