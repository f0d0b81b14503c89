import { type Complaint, ProtocolError } from '../errors.ts';

/** Rows of numbers with a class each, as parsed: not yet scaled. */
export interface Dataset {
  readonly rows: number;
  /** Feature columns. */
  readonly columns: number;
  /** Labels are 0..classes-1. */
  readonly classes: number;
  /** Row-major, rows x columns. */
  readonly features: Float64Array;
  readonly labels: Uint16Array;
}

/** Text that is not a table of numbers with a class in the last column. */
export class DatasetMalformed extends ProtocolError {
  override readonly code = 'DATASET_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'Not a data set this node can train on',
      why,
      fix: 'Give comma-separated numbers, one row per line, the class 0, 1, 2 ... in the last column.',
      meta,
    });
  }
}

/** Bounds of {@link parseDataset}, checked before anything is allocated. */
export interface DatasetBudget {
  readonly characters: number;
  readonly columns: number;
  readonly classes: number;
}
export const DATASET_BUDGET: DatasetBudget = { characters: 2 ** 26, columns: 2 ** 14, classes: 1000 };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const LONGEST_CELL = 40;

function parseCell(cell: string, line: number, column: number): number {
  const text = cell.trim();
  const value = text.length <= LONGEST_CELL && NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new DatasetMalformed(`line ${line}, column ${column}: ${JSON.stringify(text.slice(0, 40))} is not a number`, {
      line,
      column,
    });
  }
  return value;
}

function parseLabel(value: number, line: number, classes: number): number {
  if (Number.isInteger(value) && value >= 0 && value < classes) return value;
  throw new DatasetMalformed(`line ${line}: class ${value} is not an integer from 0 to ${classes - 1}`, { line });
}

/** A heading is a first line whose last cell is a name (scikit-learn's files begin `569,30,malignant,benign`). */
function isHeading(line: string): boolean {
  const last = line.slice(line.lastIndexOf(',') + 1).trim();
  return /^[A-Za-z_]/.test(last) && !/^(nan|inf)/i.test(last);
}

/**
 * Parses comma-separated numbers, the class in the last column. Plain CSV only: no quotes, no empty cells.
 * @throws {DatasetMalformed} naming line and column of the first cell that does not fit, or the bound that is exceeded
 */
export function parseDataset(text: string, budget: DatasetBudget = DATASET_BUDGET): Dataset {
  if (text.length > budget.characters) {
    throw new DatasetMalformed(`it has ${text.length} characters, the bound is ${budget.characters}`);
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const first = lines.length > 0 && isHeading(lines[0]!) ? 1 : 0;
  const rows = lines.length - first;
  if (rows === 0) throw new DatasetMalformed('it has no rows');
  const width = lines[first]!.split(',', budget.columns + 2).length;
  if (width < 2 || width > budget.columns + 1) {
    throw new DatasetMalformed(`it has ${width} columns, allowed are 2 to ${budget.columns + 1}`, { width });
  }
  return parseRows(lines, first, width, budget);
}

function parseRows(lines: readonly string[], first: number, width: number, budget: DatasetBudget): Dataset {
  const rows = lines.length - first;
  const columns = width - 1;
  const features = new Float64Array(rows * columns);
  const labels = new Uint16Array(rows);
  for (let row = 0; row < rows; row++) {
    const line = first + row + 1;
    const cells = lines[first + row]!.split(',', width + 1);
    if (cells.length !== width) throw new DatasetMalformed(`line ${line} does not have ${width} columns`, { line });
    for (let column = 0; column < columns; column++) {
      features[row * columns + column] = parseCell(cells[column]!, line, column + 1);
    }
    labels[row] = parseLabel(parseCell(cells[columns]!, line, width), line, budget.classes);
  }
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  if (classes < 2) throw new DatasetMalformed('every row is of class 0');
  return { rows, columns, classes, features, labels };
}
