// A process that opens a journal and writes rows until it is killed or the disk is full. argv: path, bytes of a row.
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';

const [path, size] = [process.argv[2]!, Number(process.argv[3] ?? 10)];
const journal = SqliteJournal.open(path);
const table = journal.table<{ n: number; filling: string }>('rows');
const pair = journal.table<{ n: number }>('pair');
const filling = 'x'.repeat(size);
process.stdout.write('open\n');
for (let n = 0; ; n++) {
  try {
    journal.transaction(() => {
      table.insert(String(n), { n, filling });
      pair.insert(String(n), { n });
    });
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ n, name: (error as Error).name, rows: table.count() })}\n`);
    process.exit(3);
  }
  // The parent counts what was confirmed: a row that is announced must be found again.
  process.stdout.write(`${n}\n`);
}
