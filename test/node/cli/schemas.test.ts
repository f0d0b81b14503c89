import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../node/cli/main.ts';
import { jsonSchemaOf, OUTPUT_SCHEMAS, schemaFile } from '../../../node/cli/schemas.ts';
import { schemaComplaint } from '../../helpers/cli.ts';

function leaves(command: Command, path: readonly string[] = []): string[] {
  const subs = command.commands.filter((sub) => sub.name() !== 'help' && !sub.name().startsWith('_'));
  return subs.flatMap((sub) =>
    sub.commands.length > 0 ? leaves(sub, [...path, sub.name()]) : [[...path, sub.name()].join(' ')],
  );
}

describe('schemas of what commands print with --json', () => {
  it('every command has one, and no other has', () => {
    assert.deepEqual(Object.keys(OUTPUT_SCHEMAS).sort(), leaves(createProgram()).sort());
  });

  it('they are published as JSON Schema', () => {
    for (const command of ['error', ...Object.keys(OUTPUT_SCHEMAS)]) {
      const file = new URL(`../../../docs/schemas/${schemaFile(command)}`, import.meta.url);
      const published: unknown = JSON.parse(readFileSync(file, 'utf8'));
      assert.deepEqual(published, JSON.parse(JSON.stringify(jsonSchemaOf(command))));
      assert.match((published as { $schema: string }).$schema, /json-schema\.org\/draft\/2020-12/);
    }
  });

  it('complains about planted offences', () => {
    assert.equal(schemaComplaint(['keys', 'list', '--json'], '{"keys":[]}\n'), undefined);
    assert.match(schemaComplaint(['keys', 'list', '--json'], '{"key":[]}\n') ?? '', /keys list --json is not/);
    assert.match(schemaComplaint(['rm', 'x'], '{"removed":"x","cid":"0x","freedBytes":1}\n') ?? '', /rm --json/);
    const failure = { code: 'X', what: 'a', why: 'b', fix: 'c', retryable: false, meta: {} };
    assert.equal(schemaComplaint(['ls'], JSON.stringify({ error: failure })), undefined);
    assert.match(schemaComplaint(['ls'], JSON.stringify({ error: { ...failure, fix: undefined } })) ?? '', /ls --json/);
  });
});
