#!/usr/bin/env node
import { Command } from 'commander';
import { registerAudit } from './commands/audit.ts';
import { registerBackground } from './commands/background.ts';
import { registerBackup } from './commands/backup.ts';
import { registerChallenger } from './commands/challenger.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConfig } from './commands/config.ts';
import { registerDev } from './commands/dev.ts';
import { registerDispute } from './commands/dispute.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerGov } from './commands/gov.ts';
import { registerInfer } from './commands/infer.ts';
import { registerInit } from './commands/init.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLibrary } from './commands/library.ts';
import { registerModel } from './commands/model.ts';
import { registerNetwork } from './commands/network.ts';
import { registerRewards } from './commands/rewards.ts';
import { registerService } from './commands/service.ts';
import { registerSite } from './commands/site.ts';
import { registerStake } from './commands/stake.ts';
import { registerTop } from './commands/top.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWorker } from './commands/worker.ts';
import { addGlobalFlags } from './shell.ts';

/** The whole command line; tests and the documentation read it without running it. */
export function createProgram(): Command {
  const program = new Command('assay')
    .description('a marketplace for AI models in which every answer is a claim that anyone can check')
    .version('0.1.0')
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a bug of ours, 2 wrong usage, 3 refused, 4 not reachable now, 5 recomputed and different, 128 + n ended by signal n.\n\nFirst steps:\n  assay start                  whole local network and the main job\n  assay infer digits --row 7   pay for an answer and check it',
    );
  addGlobalFlags(program);
  registerInit(program);
  registerDev(program);
  registerBackground(program);
  registerModel(program);
  registerLibrary(program);
  registerGov(program);
  registerWorker(program);
  registerTop(program);
  registerService(program);
  registerStake(program);
  registerRewards(program);
  registerAudit(program);
  registerChallenger(program);
  registerDispute(program);
  registerInfer(program);
  registerVerify(program);
  registerKeys(program);
  registerConfig(program);
  registerCompletion(program);
  registerNetwork(program);
  registerSite(program);
  registerBackup(program);
  registerDoctor(program);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  }
  return program;
}

if (import.meta.main) {
  // The reader has seen enough: `assay gov list | head -1`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  await createProgram().parseAsync();
  // Every part is closed; what still waits for a chain that does not answer must not hold the process for half a minute.
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((done) => stream.write('', () => done()));
  process.exit();
}
