/** Reads the parts of a JSON file one after the other: the file may be larger than the memory. */
import { JSONParser } from '@streamparser/json';
import { fileFault, textOf } from './file.ts';

/** A part of the file. */
export interface Part {
  /** The line in which it ends. */
  line: number;
  value: unknown;
}

/**
 * @param partsOf which parts are wanted, by how the file begins: a path such as `$.clients.*`, `$` for whole texts, of
 *   which there may be several behind each other
 * @throws {CommandFailure} `usage`, with the line, where it is no JSON, or ends too early
 */
export async function* partsIn(file: string, partsOf: (beginning: string) => string[]): AsyncGenerator<Part> {
  const found: Part[] = [];
  let line = 1;
  let parser: JSONParser | undefined;
  let beginning = '';
  const feed = (text: string): void => {
    if (parser === undefined) {
      beginning += text;
      if (beginning.trim() === '') return;
    }
    parser ??= parserOf(file, partsOf(beginning.trimStart()), found, () => line);
    for (const piece of (beginning || text).split(/(?<=\n)/)) {
      write(file, parser, piece, line);
      if (piece.endsWith('\n')) line++;
    }
    beginning = '';
  };
  for await (const text of textOf(file)) {
    feed(text);
    yield* found.splice(0);
  }
  if (parser === undefined) throw fileFault(file, undefined, 'there is nothing in it.', EXPORT_AGAIN);
  end(file, parser, line);
  yield* found.splice(0);
}

const EXPORT_AGAIN = 'Export it once more, and look whether all of it arrived.';

function parserOf(file: string, paths: string[], found: Part[], line: () => number): JSONParser {
  const parser = new JSONParser({ paths, keepStack: false, separator: '' });
  parser.onValue = ({ value }) => void found.push({ line: line(), value });
  parser.onError = () => {
    throw fileFault(file, line(), 'here it is no JSON any more.', EXPORT_AGAIN);
  };
  return parser;
}

function write(file: string, parser: JSONParser, piece: string, line: number): void {
  if (parser.isEnded && piece.trim() !== '') {
    throw fileFault(file, line, 'there is something behind the end.', EXPORT_AGAIN);
  }
  if (!parser.isEnded) parser.write(piece);
}

function end(file: string, parser: JSONParser, line: number): void {
  if (parser.isEnded) return;
  parser.onError = () => {
    throw fileFault(file, line, 'here it ends in the middle: it was cut.', EXPORT_AGAIN);
  };
  parser.end();
}

/** @returns the members of an object; none of anything else */
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** @returns a text that is one and not empty */
export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** @returns the texts of a list */
export const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
