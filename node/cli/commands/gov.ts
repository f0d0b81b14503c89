import { Argument, type Command } from 'commander';
import type { Address } from '../../core/codec/hex.ts';
import { oneLine, plainText } from '../../core/codec/plainText.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { Governance, Proposal, Support } from '../../ports/Governance.ts';
import { unknownModel } from '../modelUnknown.ts';
import { address, bigId } from '../parse.ts';
import { formatTokens, type Printer } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { describeSeconds, describeTime as time } from '../times.ts';
import { transactional } from '../transactions.ts';

/** A proposal that could never be executed. */
export class VersionOfOtherModel extends ProtocolError {
  override readonly code = 'VERSION_OF_OTHER_MODEL';
}

function describe(print: Printer, proposal: Proposal): string {
  const {
    id,
    state,
    description,
    readable,
    forWei,
    againstWei,
    abstainWei,
    quorumWei,
    snapshot,
    deadline,
    eta,
    proposer,
  } = proposal;
  return [
    `proposal ${id}`,
    `  ${print.paint('bold', state)}: ${oneLine(description.split('\n', 1)[0] ?? '')}`,
    ...readable.map((action) => `  does    ${oneLine(action)}`),
    `  by      ${proposer}`,
    `  votes   for ${formatTokens(forWei)}, against ${formatTokens(againstWei)}, abstain ${formatTokens(abstainWei)}; quorum ${formatTokens(quorumWei)}`,
    `  voting  ${time(snapshot)} to ${time(deadline)}${eta === 0n ? '' : `; executable from ${time(eta)}`}`,
  ].join('\n');
}

async function governance({ assay }: Shell): Promise<Governance> {
  return (await assay.account()).governance;
}

async function show({ assay, print }: Shell, id: bigint): Promise<number> {
  const { governance: dao, settlement } = await assay.chain();
  const [proposal, now] = await Promise.all([dao.proposal(id), settlement.chainTime()]);
  const quorumReached = proposal.forWei + proposal.abstainWei >= proposal.quorumWei;
  const next = nextStep(proposal, now);
  print.result({ proposal, quorumReached, chainTime: now, next }, () =>
    [
      describe(print, proposal),
      `  quorum  ${proposal.state === 'pending' ? 'known when voting starts' : quorumReached ? 'reached' : 'not reached'}`,
      ...proposal.actions.map(({ target, calldata }, i) => `  call ${i + 1}  to ${target} with ${calldata}`),
      ...(next === undefined ? [] : [`  next    ${next}`]),
      '',
      // A stranger wrote this; what it does is above.
      plainText(proposal.description),
    ].join('\n'),
  );
  return 0;
}

/** What can be done with a proposal, and when. */
function nextStep({ state, id, snapshot, deadline, eta }: Proposal, now: bigint): string | undefined {
  if (state === 'pending') return `voting starts in ${describeSeconds(snapshot - now)}`;
  if (state === 'active') return `assay gov vote ${id} for (${describeSeconds(deadline - now)} left)`;
  if (state === 'succeeded') return `assay gov queue ${id}`;
  if (state !== 'queued') return undefined;
  return now >= eta ? `assay gov execute ${id}` : `assay gov execute ${id} in ${describeSeconds(eta - now)}`;
}

export function registerGov(program: Command): void {
  const gov = program
    .command('gov')
    .description('propose, vote, queue and execute: the only way a version becomes live')
    .addHelpText('after', '\nExample:\n  assay gov propose --help');

  transactional(
    gov
      .command('propose')
      .description('propose to make a version of a model live')
      .requiredOption('--model <name>', 'name of the model')
      .requiredOption('--version-id <id>', 'the version that shall be live', bigId)
      .option('--reason <text>', 'why, in Markdown', '')
      .addHelpText(
        'after',
        '\nExamples:\n  assay gov propose --model digits --version-id 1 --reason "97 % on the test rows" --account author\n  assay gov propose --model digits --version-id 1 --offline-calldata --from 0x90f7...b906',
      ),
  ).action(async (options, command: Command) =>
    run(command, async (shell) => {
      const { directory } = await shell.assay.chain();
      const models = await directory.models();
      const model = models.find(({ slug }) => slug === options.model);
      if (model === undefined) throw unknownModel(options.model, models);
      const { modelId } = await directory.version(options.versionId);
      if (modelId !== model.modelId) {
        throw new VersionOfOtherModel({
          what: `Version ${options.versionId} cannot become live as ${JSON.stringify(options.model)}`,
          why: `it belongs to ${models.find((other) => other.modelId === modelId)?.slug ?? `model ${modelId}`}`,
          fix: 'Propose a version of this model: `assay model show` names them.',
        });
      }
      const dao = await governance(shell);
      const title = `Make ${options.model} version ${options.versionId} live`;
      const id = await dao.propose(
        [dao.setLiveAction(model.modelId, options.versionId)],
        options.reason === '' ? title : `${title}\n\n${options.reason}`,
      );
      shell.print.result({ id }, () => `proposal ${id}: ${title}`);
      return 0;
    }),
  );

  gov
    .command('list')
    .description('every proposal, newest first')
    .addHelpText('after', '\nExample:\n  assay gov list --json')
    .action(async (_, command: Command) =>
      run(command, async ({ print, assay }) => {
        const proposals = [...(await (await assay.chain()).governance.proposals())].reverse();
        print.result({ proposals }, () =>
          proposals.length === 0
            ? 'no proposals yet'
            : proposals.map((proposal) => describe(print, proposal)).join('\n\n'),
        );
        return 0;
      }),
    );

  gov
    .command('show')
    .description('one proposal: what it does on chain with its call data, what its author says, votes and what is next')
    .argument('<id>', 'proposal', bigId)
    .addHelpText('after', '\nExamples:\n  assay gov show 1234\n  assay gov show 1234 --json')
    .action(async (id: bigint, _, command: Command) => run(command, (shell) => show(shell, id)));

  transactional(
    gov
      .command('vote')
      .description('vote with the power held at the snapshot')
      .argument('<id>', 'proposal', bigId)
      .addArgument(new Argument('<choice>', 'how').choices(['for', 'against', 'abstain']))
      .option('--reason <text>', 'recorded on chain', '')
      .addHelpText('after', '\nExample:\n  assay gov vote 1234 for --reason "better on every class" --account voter-1'),
  ).action(async (id: bigint, choice: Support, options, command: Command) =>
    run(command, async (shell) => {
      await (await governance(shell)).vote(id, choice, options.reason);
      shell.print.result({ id, choice }, () => `voted ${choice}`);
      return 0;
    }),
  );

  for (const verb of ['queue', 'execute'] as const) {
    transactional(
      gov
        .command(verb)
        .description(
          verb === 'queue' ? 'hand a proposal that succeeded to the timelock' : 'let the timelock do what was voted',
        )
        .argument('<id>', 'proposal', bigId)
        .addHelpText('after', `\nExample:\n  assay gov ${verb} 1234 --account author`),
    ).action(async (id: bigint, _, command: Command) =>
      run(command, async (shell) => {
        await (await governance(shell))[verb](id);
        shell.print.result({ id, done: verb }, () => `${verb === 'queue' ? 'queued' : 'executed'} ${id}`);
        return 0;
      }),
    );
  }

  transactional(
    gov
      .command('delegate')
      .description('give the voting power of this account to an address (to oneself to vote)')
      .argument('<address>', 'the delegate', address)
      .addHelpText('after', '\nExample:\n  assay gov delegate 0x90f7...b906 --account consumer'),
  ).action(async (delegate: Address, _, command: Command) =>
    run(command, async (shell) => {
      await (await governance(shell)).delegate(delegate);
      shell.print.result({ delegate }, () => `delegated to ${delegate}`);
      return 0;
    }),
  );
}
