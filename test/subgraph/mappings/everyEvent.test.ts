import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import type { AbiType } from '../../../subgraph/runner/abi/type.ts';
import type { MappingHarness, TestEvent } from '../../../subgraph/runner/harness.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { address, openMappings, word } from './openMappings.ts';

const SEED = Number(process.env['ASSAY_SEED'] ?? 20261121);
const ABIS = new URL('../../../subgraph/abis/', import.meta.url);
/** In interfaces only: OpenZeppelin's contracts never emit it. */
const NEVER = new Set(['EIP712DomainChanged']);
/** Read-only sum of other contracts' votes: it inherits two events of votes and emits none. */
const SILENT = new Set(['VotingPower']);

const TEXTS = ['', 'digits', '\0', '\u202Eevil\u0000', '<img src=x onerror=alert(1)>', 'é'.repeat(5000), '\n# Title\n'];

/** Values at the edges of a type, and few enough that events hit the same things again and again. */
function drawValue(type: AbiType, random: Seeded): unknown {
  switch (type.kind) {
    case 'uint':
      return random.pick([0n, 1n, 2n, 3n, 2n ** BigInt(type.bits) - 1n]);
    case 'int':
      return random.pick([0n, -1n, 2n ** BigInt(type.bits - 1) - 1n, -(2n ** BigInt(type.bits - 1))]);
    case 'address':
      return address(random.pick([0, 1, 2, 3]));
    case 'bool':
      return random.pick([true, false]);
    case 'string':
      return random.pick(TEXTS);
    case 'bytes':
      return random.pick(['0x', '0x01', `0x${'ab'.repeat(6000)}`]);
    case 'fixedBytes':
      return word(random.pick([0, 1, 2])).slice(0, 2 + 2 * type.size);
    case 'array':
      return Array.from({ length: random.int(0, 3) }, () => drawValue(type.item, random));
    case 'fixedArray':
      return Array.from({ length: type.length }, () => drawValue(type.item, random));
    case 'tuple':
      return type.items.map((item) => drawValue(item, random));
  }
}

describe('every event of every contract', () => {
  const index = openMappings();
  after(() => index.close());
  const handled = index.manifest.sources.flatMap((source) =>
    [...source.handlers.values()].flat().map(({ event }) => ({ source: source.name, event })),
  );

  it('has a handler', () => {
    const missing: string[] = [];
    for (const file of readdirSync(ABIS)) {
      const contract = file.replace('.json', '');
      const entries = JSON.parse(readFileSync(new URL(file, ABIS), 'utf8')) as { type: string; name: string }[];
      for (const { type, name } of entries) {
        if (type !== 'event' || NEVER.has(name) || SILENT.has(contract)) continue;
        const known = handled.some(
          ({ source, event }) => source === contract && event.signature.startsWith(`${name}(`),
        );
        if (!known) missing.push(`${contract}.${name}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  const draw = (random: Seeded, at: number): TestEvent => {
    const { source, event } = handled[at]!;
    return {
      source,
      event: event.signature,
      args: event.inputs.map(({ type }) => drawValue(type, random)),
      from: address(random.int(1, 3)),
      transaction: String(random.int(0, 2)),
    };
  };

  for (const [at, { source, event }] of handled.entries())
    it(`${source}.${event.signature.split('(')[0]} alone, about things nobody has seen`, async () => {
      const fresh = openMappings();
      try {
        const random = new Seeded(SEED + at);
        for (let round = 0; round < 3; round++) await fresh.apply([draw(random, at)]);
      } finally {
        fresh.close();
      }
    });

  it(`in any order and with any values never stops the index (seed ${SEED})`, async () => {
    const random = new Seeded(SEED);
    for (let block = 0; block < 150; block++)
      await index.apply(Array.from({ length: 12 }, () => draw(random, random.int(0, handled.length - 1))));
    assert.ok(index.entities('Activity').length > 100);
    requireShortTexts(index);
  });
});

/** What strangers wrote is cut to size, and holds no zero character. */
function requireShortTexts(index: MappingHarness): void {
  for (const [type, field, most] of [
    ['Model', 'slug', 2000],
    ['Version', 'licence', 2000],
    ['Worker', 'endpoint', 2000],
    ['Vote', 'reason', 2000],
    ['Proposal', 'title', 200],
    ['Proposal', 'description', 100_000],
  ] as const)
    for (const entity of index.entities(type)) {
      const text = String(entity[field]);
      assert.ok(text.length <= most, `${type}.${field} has ${text.length} characters`);
      assert.ok(!text.includes('\0'));
    }
}
