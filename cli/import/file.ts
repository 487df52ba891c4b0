/** Reads a file of another system as text, whatever it was written with, in pieces that a large one fits through. */
import { createReadStream } from 'node:fs';
import { CommandFailure, EXIT, messageOf } from '../failure.ts';

/** @returns the failure for a file that is not what it has to be. Nothing of it has been sent then. */
export function fileFault(
  file: string,
  line: number | undefined,
  what: string,
  next: string,
): CommandFailure {
  const where = line === undefined ? file : `${file}, line ${line}`;
  return new CommandFailure(EXIT.usage, `${where}: ${what} Nothing was imported.`, next);
}

const NEWLINE = 0x0a;
const SAVE_AS_UTF8 = 'Save it as UTF-8, then import that.';

/**
 * @returns the text in pieces, without its byte order mark: UTF-8, or UTF-16 with such a mark, as PowerShell writes it
 * @throws {CommandFailure} `usage`, with the line, for what is neither; or where there is no such file
 */
export async function* textOf(file: string): AsyncGenerator<string> {
  let decode: Decoder | undefined;
  let left: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      left = Buffer.concat([left, chunk as Buffer]);
      // Four bytes tell what it is; only a file that is shorter has fewer.
      if (left.length < 4) continue;
      decode ??= decoderOf(file, left);
      const { text, rest } = decode(left, false);
      left = rest;
      yield text;
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${messageOf(error)}`, 'Name a file.', {
      cause: error,
    });
  }
  if (decode === undefined && left.length === 0) {
    throw fileFault(file, undefined, 'there is nothing in it.', 'Export it once more.');
  }
  decode ??= decoderOf(file, left);
  yield decode(left, true).text;
}

/** @returns the text of the bytes up to where a character ends, and the bytes after that */
type Decoder = (bytes: Buffer, isLast: boolean) => { text: string; rest: Buffer };

function decoderOf(file: string, first: Buffer): Decoder {
  const mark = first.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return utf16(file, mark === 'fffe' ? 'utf-16le' : 'utf-16be');
  let line = 1;
  let isFirst = true;
  return (bytes, isLast) => {
    const end = isLast ? bytes.length : lastCharacter(bytes);
    const piece = bytes.subarray(0, end);
    const text = strictly(piece) ?? fail(file, line + linesBefore(piece), 'it is not UTF-8.');
    if (piece.includes(0)) fail(file, line + newlines(piece.subarray(0, piece.indexOf(0))), 'it is no text.');
    line += newlines(piece);
    const marked = isFirst && text.startsWith('\ufeff') ? text.slice(1) : text;
    isFirst = false;
    return { text: marked, rest: bytes.subarray(end) };
  };
}

function utf16(file: string, encoding: 'utf-16le' | 'utf-16be'): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  return (bytes, isLast) => {
    try {
      const text = decoder.decode(bytes, { stream: !isLast });
      line += text.split('\n').length - 1;
      return { text, rest: Buffer.alloc(0) };
    } catch {
      return fail(file, line, 'from here on it is not UTF-16.');
    }
  };
}

function fail(file: string, line: number, what: string): never {
  throw fileFault(file, line, what, SAVE_AS_UTF8);
}

function strictly(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The end of the last character of which all is there: behind the last byte of ASCII, which is one by itself. */
function lastCharacter(bytes: Buffer): number {
  for (let end = bytes.length; end > 0; end--) if ((bytes[end - 1] ?? 0) < 0x80) return end;
  return 0;
}

/** How many lines end before the one that is not UTF-8. */
function linesBefore(bytes: Buffer): number {
  let from = 0;
  for (let count = 0; ; count++) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0 || strictly(bytes.subarray(from, end)) === undefined) return count;
    from = end + 1;
  }
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
