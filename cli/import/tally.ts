/** What became of a file: counts, and of what was not taken the reasons, as far as a person reads them. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type Stringifier, stringify } from 'csv-stringify';
import { CommandFailure, EXIT, messageOf, printable } from '../failure.ts';
import type { Entry } from './entry.ts';
import type { Outcome } from './send.ts';

/** A line of the report. */
export interface Remark {
  line: number;
  client_id: string;
  outcome: 'not_taken' | 'differs' | 'taken';
  code: string;
  detail: string;
}

export interface Tally {
  read: number;
  created: number;
  /** There before, as they would be imported. */
  same: number;
  /** Not taken: those that are there and differ among them. */
  notTaken: number;
  /** How many of those for each reason. */
  reasons: Map<string, number>;
  /** The first of those. */
  first: Remark[];
}

export const newTally = (): Tally => ({
  ...{ read: 0, created: 0, same: 0, notTaken: 0 },
  reasons: new Map(),
  first: [],
});

/** As many as a person reads. */
const SHOWN = 20;

/** Counts an entry. @returns what the report says of it */
export function note(tally: Tally, entry: Entry, outcome: Outcome): Remark[] {
  tally.read++;
  if (outcome.outcome === 'created') {
    tally.created++;
    return outcome.notes.map((detail) => remarkOf(entry, 'taken', 'note', detail));
  }
  if (outcome.outcome === 'exists' && outcome.same) {
    tally.same++;
    return [];
  }
  const remark =
    outcome.outcome === 'exists'
      ? remarkOf(entry, 'differs', 'client_exists', `it is there, with another ${outcome.differs.join(', ')}`)
      : remarkOf(entry, 'not_taken', outcome.code, outcome.detail);
  tally.notTaken++;
  tally.reasons.set(remark.code, (tally.reasons.get(remark.code) ?? 0) + 1);
  if (tally.first.length < SHOWN) tally.first.push(remark);
  return [remark];
}

const remarkOf = (
  { line, id = '' }: Entry,
  outcome: Remark['outcome'],
  code: string,
  detail: string,
): Remark => ({
  line,
  client_id: printable(id).slice(0, 100),
  outcome,
  code: printable(code),
  detail: printable(detail),
});

/** A report that grows while the file is read. */
export interface ReportFile {
  write(remarks: readonly Remark[]): Promise<void>;
  close(): Promise<void>;
}

/** @throws {CommandFailure} `usage`, where it cannot be written: before anything is sent */
export async function openReport(file: string | undefined): Promise<ReportFile> {
  if (file === undefined) return { write: async () => undefined, close: async () => undefined };
  const stream = createWriteStream(file);
  try {
    await once(stream, 'open');
  } catch (cause) {
    throw new CommandFailure(
      EXIT.usage,
      `${file} cannot be written: ${messageOf(cause)}`,
      'Give another --report.',
      { cause },
    );
  }
  // Ids are somebody else's: no spreadsheet may take one for a formula.
  const rows: Stringifier = stringify({ header: true, columns: COLUMNS, escape_formulas: true });
  rows.pipe(stream);
  return {
    async write(remarks) {
      for (const remark of remarks) if (!rows.write(remark)) await once(rows, 'drain');
    },
    async close() {
      rows.end();
      await once(stream, 'close');
    },
  };
}

const COLUMNS: (keyof Remark)[] = ['line', 'client_id', 'outcome', 'code', 'detail'];
