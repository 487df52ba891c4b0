/** What the command prints, and where: results on stdout, everything else on stderr. */
import pc from 'picocolors';
import type { CommandFailure } from './failure.ts';

/** Colours where a person looks at it, and nowhere else: picocolors by itself would also colour the logs of a CI. */
export const coloursOf = (stream: NodeJS.WriteStream) =>
  pc.createColors(stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb');

/** Prints a result for a script. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** Name and value; left out where there is no value. */
export type Row = readonly [name: string, value: string | undefined];

/** A result for a person: a heading, rows, and paragraphs. */
export interface Report {
  title: string;
  rows: readonly Row[];
  notes: readonly string[];
  /** A command to go on with, and what it does. */
  next: { does: string; command: string };
}

/** Prints a result for a person. */
export function printReport({ title, rows, notes, next }: Report): void {
  const colours = coloursOf(process.stdout);
  const lines = [
    colours.bold(colours.green(title)),
    '',
    ...linesOf(rows, colours),
    '',
    ...notes.flatMap((note) => [colours.yellow(note), '']),
    `${next.does}:`,
    '',
    `  ${next.command}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints rows for each of several things, or the sentence for none. */
export function printTables(tables: readonly (readonly Row[])[], none: string): void {
  const colours = coloursOf(process.stdout);
  const blocks = tables.map((rows) => linesOf(rows, colours).join('\n'));
  process.stdout.write(`${blocks.length === 0 ? none : blocks.join('\n\n')}\n`);
}

function linesOf(rows: readonly Row[], colours: ReturnType<typeof coloursOf>): string[] {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `  ${colours.dim(name.padEnd(width))}  ${value}`);
}

/** Prints why the command ends early: what happened, and what to do next. */
export function printFailure({ message, next }: Pick<CommandFailure, 'message' | 'next'>): void {
  const colours = coloursOf(process.stderr);
  process.stderr.write(`${colours.red('error:')} ${message}\n${colours.dim(next)}\n`);
}

/**
 * Says what is going on, where a person waits for it: one line on a terminal, replaced by the next.
 *
 * @returns what shows a line, and without one takes the last away
 */
export function progress(stream: NodeJS.WriteStream = process.stderr): (line?: string) => void {
  return (line = '') => {
    if (stream.isTTY === true && process.env.TERM !== 'dumb') stream.write(`\r\u001b[K${line}`);
  };
}

/** @returns how many of something, such as `1 call` and `2 calls`. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** @returns the text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
