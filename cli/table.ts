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
 * that may be are cut, at the end, with `…`; whatever is not a terminal gets all of it.
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
    .map((column) => ({ ...column, cells: things.map((thing) => printable(column.of(thing) ?? '')) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const { dim } = coloursOf(stream);
  const table = new Table({
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: filled.map(({ head }) => dim(head)),
    colAligns: filled.map(({ align }) => align ?? ('left' as const)),
    colWidths: widthsOf(filled, stream),
  });
  for (const at of things.keys()) table.push(filled.map(({ cells }) => cells[at] ?? ''));
  return `${table.toString().replace(/^/gm, '  ').replace(/ +$/gm, '')}\n`;
}

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

/** @returns how wide each column is. */
function widthsOf(
  columns: readonly { head: string; shrinks?: true; cells: readonly string[] }[],
  { isTTY, columns: screen = 80 }: NodeJS.WriteStream,
): number[] {
  const widths = columns.map(({ head, cells }) =>
    Math.max(...[head, ...cells].map((text) => stringWidth(text))),
  );
  let excess = widths.reduce((sum, width) => sum + width + MARGIN, 0) - screen;
  if (isTTY !== true) return widths;
  return widths.map((width, at) => {
    if (columns[at]?.shrinks !== true || excess <= 0 || width <= LEAST) return width;
    const less = Math.min(excess, width - LEAST);
    excess -= less;
    return width - less;
  });
}
