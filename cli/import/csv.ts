/**
 * A table: a line a client, below a head that names the columns. Separated by commas, or by semicolons as Excel does in
 * half of Europe; lists within a cell by spaces.
 */
import { pipeline, Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import { CommandFailure } from '../failure.ts';
import { type Entry, type ImportedClient, NO_ID, notTaken, type Source } from './entry.ts';
import { fileFault, textOf } from './file.ts';
import { knownForm, secretFault } from './hashes.ts';

export const csv: Source = async function* (file) {
  const delimiter = await delimiterOf(file);
  let line = 1;
  const parser = parse({
    ...{ delimiter, columns: (head: string[]) => columnsOf(file, head), info: true, trim: true },
    ...{ skip_empty_lines: true, max_record_size: MAX_RECORD },
  });
  // A failure of the file is the parser's, and so the loop's.
  pipeline(Readable.from(textOf(file)), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Cells; info: Info }>) {
      // Several lines where a cell has line breaks: it is the last of them.
      line = info.lines;
      yield entryOf(line, record);
    }
  } catch (error) {
    throw error instanceof CommandFailure ? error : faultOf(file, error as CsvError, line);
  }
};

/** Characters of a row: a quote that never ends must not take all of the file. */
const MAX_RECORD = 64 * 1024;

const COLUMNS = [
  ...(['client_id', 'client_name', 'kind', 'scope', 'roles', 'tenant', 'allowed_claims'] as const),
  ...(['token_lifetime', 'grant_types', 'secret_hash', 'secret'] as const),
];
type Cells = Readonly<Partial<Record<(typeof COLUMNS)[number], string>>>;

async function delimiterOf(file: string): Promise<string> {
  for await (const text of textOf(file)) {
    const [head = ''] = text.split('\n', 1);
    return !head.includes(',') && head.includes(';') ? ';' : ',';
  }
  return ',';
}

function columnsOf(file: string, head: readonly string[]): string[] {
  const names = head.map((name) => name.toLowerCase());
  const unknown = names.find((name) => !(COLUMNS as readonly string[]).includes(name));
  const isDouble = new Set(names).size < names.length;
  if (unknown === undefined && !isDouble && names.includes('client_id')) return names;
  const what = isDouble ? 'a column stands there twice.' : 'the head has to name columns that there are.';
  throw fileFault(file, 1, what, `There are ${COLUMNS.join(', ')}; client_id has to be among them.`);
}

function faultOf(file: string, { code, lines }: CsvError & { lines?: number }, line: number): CommandFailure {
  const at = typeof lines === 'number' ? lines : line + 1;
  const what = FAULTS[code ?? ''] ?? 'it is no CSV from here on.';
  return fileFault(file, at, what, 'Export it once more, and look whether all of it arrived.');
}

const FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote begins before it, and never ends: the file was cut, or a quote is missing.',
  CSV_RECORD_INCONSISTENT_COLUMNS:
    'the row has other columns than the head: the file was cut, or a cell lacks quotes.',
  CSV_MAX_RECORD_SIZE: `the row is longer than ${MAX_RECORD} characters: a quote is missing.`,
};

function entryOf(line: number, cells: Cells): Entry {
  const { client_id: id = '', client_name: name, secret = '', secret_hash: hash = '' } = cells;
  if (id === '') return notTaken(line, undefined, ...NO_ID);
  if (secret !== '' && hash !== '') {
    return notTaken(line, id, 'two_secrets', 'it has secret and secret_hash, and only one can be meant');
  }
  const fault = secret === '' ? undefined : secretFault(secret);
  if (fault !== undefined) return notTaken(line, id, 'unusable_secret', fault);
  const client: ImportedClient = {
    client_id: id,
    client_name: name || id,
    ...text('kind', cells.kind),
    ...text('scope', words(cells.scope).join(' ')),
    ...list('roles', cells.roles),
    ...text('tenant', cells.tenant),
    ...list('allowed_claims', cells.allowed_claims),
    ...(cells.token_lifetime ? { token_lifetime: Number(cells.token_lifetime) } : {}),
    ...list('grant_types', cells.grant_types),
    ...(hash !== '' && { secret_hash: knownForm(hash) }),
  };
  return { ...{ line, id }, taken: { client, notes: [], ...(secret !== '' && { secret }) } };
}

const words = (cell = ''): string[] => cell.split(/\s+/).filter((word) => word !== '');

const text = (name: keyof ImportedClient, cell = '') => (cell === '' ? {} : { [name]: cell });

const list = (name: keyof ImportedClient, cell?: string) =>
  words(cell).length === 0 ? {} : { [name]: words(cell) };
