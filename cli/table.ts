/** The one table for lists: a line for each thing, the head above it. `printReport` of output.ts is for one thing. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from './failure.ts';
import { coloursOf } from './output.ts';

/** A column, and what it says of a thing. */
export interface Column<Thing> {
  head: string;
  of: (thing: Thing) => string | undefined;
  /** Numbers stand at the right of theirs. */
  align?: 'right';
  /** May be cut where the terminal is too narrow: for names and sentences, never for what is copied, such as an id. */
  shrinks?: true;
}

/**
 * Prints a table on stdout. A column that says nothing of anything is left out. On a terminal that is too narrow those
 * that may be are cut, at the end, with `…`, and where that is not enough, each thing is a block of lines; whatever is
 * not a terminal gets the whole table. Times are to the second.
 *
 * @param none the sentence that stands there instead, where there is no thing
 */
export function printTable<Thing>(
  columns: readonly Column<Thing>[],
  things: readonly Thing[],
  none: string,
): void {
  process.stdout.write(things.length === 0 ? `${none}\n` : tableOf(columns, things, process.stdout));
}

function tableOf<Thing>(
  columns: readonly Column<Thing>[],
  things: readonly Thing[],
  stream: NodeJS.WriteStream,
): string {
  const filled = columns
    .map((column) => ({
      ...column,
      cells: things.map((thing) => toTheSecond(printable(column.of(thing) ?? ''))),
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const { dim } = coloursOf(stream);
  const { colWidths, fits } = widthsOf(filled, stream);
  if (!fits) return blocksOf(filled, things.length, dim);
  const table = new Table({
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: filled.map(({ head }) => dim(head)),
    colAligns: filled.map(({ align }) => align ?? ('left' as const)),
    colWidths,
  });
  for (const at of things.keys()) table.push(filled.map(({ cells }) => cells[at] ?? ''));
  return `${table.toString().replace(/^/gm, '  ').replace(/ +$/gm, '')}\n`;
}

/** What fits into no line: a line for each column, and an empty one between two things. */
function blocksOf(
  columns: readonly { head: string; cells: readonly string[] }[],
  count: number,
  dim: (text: string) => string,
): string {
  const width = Math.max(...columns.map(({ head }) => stringWidth(head)));
  const blocks = Array.from({ length: count }, (_, at) =>
    columns
      .filter(({ cells }) => cells[at] !== '')
      .map(({ head, cells }) => `  ${dim(head.padEnd(width))}  ${cells[at]}\n`)
      .join(''),
  );
  return blocks.join('\n');
}

const toTheSecond = (text: string): string => text.replace(/^(\d{4}-\d\d-\d\dT[\d:]{8})\.\d+Z$/, '$1Z');

/** Two spaces between columns, and no lines. */
const PLAIN = Object.fromEntries([
  ...['top', 'bottom', 'mid'].flatMap((line) => ['', '-mid', '-left', '-right'].map((at) => [line + at, ''])),
  ...[
    ['left', ''],
    ['left-mid', ''],
    ['right', ''],
    ['right-mid', ''],
    ['middle', '  '],
  ],
]) as Record<string, string>;

/** The screen's margin at the left, and the gap between columns. */
const MARGIN = 2;
/** A name that is cut shorter than this says nothing any more. */
const LEAST = 12;

/** @returns how wide each column is, and whether all of them fit the screen. */
function widthsOf(
  columns: readonly { head: string; shrinks?: true; cells: readonly string[] }[],
  { isTTY, columns: screen = 80 }: NodeJS.WriteStream,
): { colWidths: number[]; fits: boolean } {
  const widths = columns.map(({ head, cells }) =>
    Math.max(...[head, ...cells].map((text) => stringWidth(text))),
  );
  let excess = widths.reduce((sum, width) => sum + width + MARGIN, 0) - screen;
  if (isTTY !== true) return { colWidths: widths, fits: true };
  const colWidths = widths.map((width, at) => {
    if (columns[at]?.shrinks !== true || excess <= 0 || width <= LEAST) return width;
    const less = Math.min(excess, width - LEAST);
    excess -= less;
    return width - less;
  });
  return { colWidths, fits: excess <= 0 };
}
