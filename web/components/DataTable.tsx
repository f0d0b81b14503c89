'use client';

import { type ReactNode, useMemo, useState } from 'react';
import { csvOf, saveFile } from '../lib/csv.ts';
import { Button } from './Button.tsx';
import { SkeletonRows } from './Skeleton.tsx';

type Scalar = string | number | bigint;

export interface Column<T> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** Makes the column sortable; also what the CSV file holds, unless `csv` is given. */
  readonly sort?: (row: T) => Scalar;
  readonly csv?: (row: T) => Scalar;
  readonly align?: 'start' | 'end';
  /** Leaves the column out on narrow screens' rows when it repeats what others say. */
  readonly wideOnly?: boolean;
  /** In the CSV file alone: another column's cell shows it. */
  readonly csvOnly?: boolean;
}

export interface DataTableProps<T> {
  /** Says what the rows are; read by screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  /** Undefined while loading. */
  readonly rows: readonly T[] | undefined;
  readonly rowKey: (row: T) => string;
  /** Shown instead of the table when there are no rows. */
  readonly empty: ReactNode;
  /** Name of the CSV file, without ending; no download without it. */
  readonly csvName?: string;
  readonly initialSort?: { readonly column: string; readonly descending?: boolean };
  readonly skeletonRows?: number;
}

interface Order {
  readonly column: string;
  readonly descending: boolean;
}

const compare = (a: Scalar, b: Scalar): number =>
  typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b, 'en') : a < b ? -1 : a > b ? 1 : 0;

/** A sorted copy; rows that compare equal keep their order. */
export function sortRows<T>(rows: readonly T[], column: Column<T> | undefined, descending: boolean): readonly T[] {
  const sort = column?.sort;
  if (sort === undefined) return rows;
  return rows.toSorted((a, b) => compare(sort(a), sort(b)) * (descending ? -1 : 1));
}

/** A table on wide screens, a list of labelled values on phones. Sortable headers are buttons. */
export function DataTable<T>(props: DataTableProps<T>): ReactNode {
  const { caption, columns, rows, rowKey, empty, csvName, initialSort, skeletonRows = 5 } = props;
  const [order, setOrder] = useState<Order | undefined>(
    initialSort === undefined ? undefined : { column: initialSort.column, descending: initialSort.descending === true },
  );
  const sorted = useMemo(() => {
    const column = columns.find(({ id }) => id === order?.column);
    return rows === undefined ? undefined : sortRows(rows, column, order?.descending === true);
  }, [rows, columns, order]);
  const shown = columns.filter(({ csvOnly }) => csvOnly !== true);
  if (sorted === undefined)
    return (
      <div className="p-4">
        <SkeletonRows rows={skeletonRows} />
      </div>
    );
  if (sorted.length === 0) return empty;
  const press = (column: string): void =>
    setOrder({ column, descending: order?.column === column ? !order.descending : false });
  return (
    <div className="min-w-0">
      <div className="sm:overflow-x-auto">
        <table className="w-full border-collapse text-sm max-sm:block">
          <caption className="sr-only">{caption}</caption>
          <thead className="max-sm:sr-only">
            <tr>
              {shown.map((column) => (
                <HeaderCell key={column.id} column={column} order={order} onPress={press} />
              ))}
            </tr>
          </thead>
          <tbody className="max-sm:block">
            {sorted.map((row) => (
              <tr
                key={rowKey(row)}
                className="border-t border-line hover:bg-canvas max-sm:grid max-sm:grid-cols-2 max-sm:gap-x-4 max-sm:gap-y-2 max-sm:px-4 max-sm:py-3"
              >
                {shown.map((column) => (
                  <td key={column.id} className={cellClass(column)}>
                    <span aria-hidden className="block text-xs text-muted sm:hidden">
                      {column.header}
                    </span>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {csvName !== undefined && (
        <div className="flex justify-end border-t border-line px-3 py-2">
          <Button size="small" variant="quiet" onClick={() => download(csvName, columns, sorted)}>
            Download CSV
          </Button>
        </div>
      )}
    </div>
  );
}

function cellClass<T>({ align, wideOnly }: Column<T>): string {
  const place = align === 'end' ? 'sm:text-right' : '';
  const phone = wideOnly === true ? 'max-lg:hidden' : 'max-sm:block max-sm:min-w-0 max-sm:break-words';
  return `align-middle sm:px-3 sm:py-2.5 sm:first:pl-5 sm:last:pr-5 ${place} ${phone}`;
}

function HeaderCell<T>({
  column,
  order,
  onPress,
}: {
  readonly column: Column<T>;
  readonly order: Order | undefined;
  readonly onPress: (column: string) => void;
}): ReactNode {
  const active = order?.column === column.id;
  const direction = active ? (order.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={`px-3 py-2 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5 ${column.align === 'end' ? 'text-right' : 'text-left'} ${column.wideOnly === true ? 'max-lg:hidden' : ''}`}
    >
      {column.sort === undefined ? (
        column.header
      ) : (
        <button
          type="button"
          onClick={() => onPress(column.id)}
          className="inline-flex items-center gap-1 hover:text-ink"
        >
          {column.header}
          <span aria-hidden className={`text-[0.625rem] ${active ? 'text-accent' : 'opacity-40'}`}>
            {direction === 'descending' ? '▼' : '▲'}
          </span>
        </button>
      )}
    </th>
  );
}

function download<T>(name: string, columns: readonly Column<T>[], rows: readonly T[]): void {
  const kept = columns.filter(({ csv, sort }) => csv !== undefined || sort !== undefined);
  const lines = rows.map((row) => kept.map(({ csv, sort }) => (csv ?? sort)!(row)));
  saveFile(`${name}.csv`, csvOf([kept.map(({ header }) => header), ...lines]));
}
