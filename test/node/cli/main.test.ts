import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../node/cli/main.ts';
import { EXIT } from '../../../node/cli/print.ts';
import { runCli } from '../../helpers/cli.ts';

interface Page {
  readonly name: string;
  readonly command: Command;
  readonly help: string;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

function pagesOf(command: Command, path = ''): Page[] {
  const name = `${path} ${command.name()}`.trim();
  const subs = command.commands.filter((sub) => sub.name() !== 'help');
  return [{ name, command, help: helpOf(command) }, ...subs.flatMap((sub) => pagesOf(sub, name))];
}

const pages = pagesOf(createProgram());

describe('help', () => {
  it('knows every command that the main job needs', () => {
    const names = pages.map(({ name }) => name);
    const wanted =
      'dev,start,demo,model train,model import,model exact,model publish,model show,gov propose,gov list,gov vote,gov queue,gov execute,worker init,worker run,worker status,infer,verify,doctor,keys new,keys list,init,up,down,restart,status,logs,pull,ls,show,rm,run,ps,top,stake add,stake remove,stake withdraw,stake list,rewards show,rewards claim,worker set-hot-key,worker set-endpoint,gov show,gov delegate,config get,config set,config explain,config path,completion,man,service install';
    for (const name of wanted.split(',')) assert.ok(names.includes(`assay ${name}`), name);
  });

  for (const { name, command, help } of pages) {
    it(`${name}: says what it does, with an example that starts with its own name`, () => {
      assert.ok(command.description().length > 10);
      const example =
        name === 'assay' ? /First steps:\n {2}assay / : new RegExp(`Examples?:\\n(.*\\n)*? {2}(.* )?${name}\\b`);
      assert.match(help, example);
      for (const option of command.options) if (!option.hidden) assert.ok(option.description.length > 5, option.flags);
    });

    it(`${name}: the example is accepted by the parser`, () => {
      for (const [, line] of help.matchAll(/^ {2}(assay .*)$/gm)) {
        const words = line!
          .split(/ {2,}| && | \|/)[0]!
          .match(/"[^"]*"|\S+/g)!
          .slice(1);
        let at: Command | undefined = pages[0]!.command;
        for (const word of words) {
          if (word.startsWith('--')) {
            const flag = word;
            const known = [...(at?.options ?? []), ...pages[0]!.command.options].some(({ long }) => long === flag);
            assert.ok(known || flag === '--help', `${flag} of ${line}`);
            continue;
          }
          at = at?.commands.find((sub) => sub.name() === word) ?? at;
        }
      }
    });
  }

  it('names the exit codes', () => {
    for (const code of Object.values(EXIT)) assert.match(pages[0]!.help, new RegExp(`\\b${code} `));
  });
});

describe('wrong usage', () => {
  for (const args of [
    ['nonsense'],
    ['infer'],
    ['gov', 'vote', '1', 'perhaps'],
    ['gov', 'vote', 'one', 'for'],
    ['gov', 'delegate', '0x12'],
    ['dev', '--port', '0'],
    ['dev', '--workers', '17'],
    ['model', 'train', '--epochs', '1.5'],
    ['model', 'train', '--rate', 'fast'],
    ['worker', 'init'],
    ['worker', 'init', '--endpoint', 'http://a:1', '--stake', '1,5'],
    ['infer', 'digits', '--unknown'],
  ])
    it(`assay ${args.join(' ')}: exit code 2, the complaint on standard error, nothing on standard output`, async () => {
      const { code, stdout, stderr } = await runCli([...args, '--json']);
      assert.equal(code, EXIT.usage, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /error: /);
      assert.match(stderr, /--help/);
    });

  it('a near miss is helped', async () => {
    const { code, stderr } = await runCli(['modle', 'show']);
    assert.equal(code, EXIT.usage);
    assert.match(stderr, /Did you mean model\?/);
  });

  it('--help and --version are no errors', async () => {
    for (const args of [['--help'], ['--version'], ['gov', 'vote', '--help']]) {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(stdout.length > 4);
    }
  });
});
