import type { Command } from 'commander';
import { ProtocolError } from '../../core/errors.ts';
import { FLOAT_RULES } from '../../core/exact/compiler/network.ts';
import { OPS } from '../../core/ops/table.ts';
import { CHAIN } from '../doctor/chain.ts';
import { MACHINE } from '../doctor/machine.ts';
import type { NamedProbe } from '../doctor/probe.ts';
import { EXIT, type Printer } from '../print.ts';
import { run, type Shell } from '../shell.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly found: string;
  /** What to do when it failed. */
  readonly fix?: string;
}

const PROBES: readonly NamedProbe[] = [...MACHINE, ...CHAIN];

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check machine, runtime, key, endpoints, clock, account, registration, workers and pages; each failure says what to do',
    )
    .option('--offline', 'only what needs no network', false)
    .option('--operators', 'list the ONNX operators that models may use, and stop', false)
    .addHelpText('after', '\nExamples:\n  assay doctor\n  assay doctor --offline --json\n  assay doctor --operators')
    .action(async (options: { offline: boolean; operators: boolean }, command: Command) =>
      run(command, async (shell) => {
        if (options.operators) return listOperators(shell.print);
        const checks: Check[] = [];
        for (const one of PROBES) {
          const missing = one.needs?.find((name) =>
            checks.some((done) => done.name === name && done.state === 'failed'),
          );
          if (options.offline && one.online === true)
            checks.push({ name: one.name, state: 'skipped', found: 'offline' });
          else if (missing !== undefined)
            checks.push({ name: one.name, state: 'skipped', found: `can be looked at when ${missing} is well` });
          else checks.push(await attempt(one, shell));
        }
        const failed = checks.filter(({ state }) => state === 'failed');
        shell.print.result({ ok: failed.length === 0, checks }, () =>
          checks
            .map(
              ({ name, state, found, fix }) =>
                `${state === 'ok' ? '✓' : state === 'failed' ? '✗' : '-'} ${name.padEnd(12)} ${found}${fix === undefined ? '' : `\n  fix: ${fix}`}`,
            )
            .join('\n'),
        );
        return failed.length === 0 ? EXIT.ok : EXIT.refused;
      }),
    );
}

/** The operator table as people read it: what evaluates, what trains, what has an exact twin. */
function listOperators(print: Printer): number {
  const rows = OPS.map(({ op, since, vjp }) => ({
    operator: op,
    since,
    trainable: vjp !== undefined,
    exact: Object.hasOwn(FLOAT_RULES, op),
  }));
  const yes = (value: boolean): string => (value ? 'yes' : '-');
  print.result({ operators: rows }, () =>
    print.table(
      ['operator', 'since opset', 'trains', 'exact'],
      rows.map(({ operator, since, trainable, exact }) => [operator, String(since), yes(trainable), yes(exact)]),
    ),
  );
  return EXIT.ok;
}

async function attempt({ name, probe }: NamedProbe, shell: Shell): Promise<Check> {
  try {
    const found = await probe(shell);
    return typeof found === 'string' ? { name, state: 'ok', found } : { name, state: 'skipped', found: found.skipped };
  } catch (error) {
    if (error instanceof ProtocolError) return { name, state: 'failed', found: error.why, fix: error.fix };
    const found = error instanceof Error ? error.message : String(error);
    return { name, state: 'failed', found, fix: 'Run again with --verbose.' };
  }
}
