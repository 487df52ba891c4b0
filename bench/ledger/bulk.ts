/**
 * Puts items into a table by the million: past the engine's requests, into its files, as it would itself. What is
 * measured afterwards goes through the engine.
 */
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import db from 'dynalite/db/index.js';
import type { HourEntry } from '../../lambdas/domain/ledger/tally.ts';
import { hourTally } from '../../lambdas/domain/ledger/tally.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { activityItem, CLOSING_STATE, rollupItem, totalItem, usageItem } from '../../lambdas/store/items.ts';
import { callsOf, HOURS, hourName, type Month } from './calls.ts';

/** What is put into a table. */
export type Load =
  /** The records of some hours of a month, `to` not among them, and what they amount to. */
  | { kind: 'month'; month: Month; from: number; to: number }
  /** The records of one hour, as many as are wanted. */
  | { kind: 'hour'; month: Month; hour: number; records: number };

/** What was put, and what closing those hours would have written. */
export interface Loaded {
  records: number;
  /** Of the records, those of logins. */
  logins: number;
  bytes: number;
  rows: number;
  totals: number;
  /** Of the totals, those of clients. */
  clients: number;
  notes: number;
}

/** Seconds that records are kept. */
export const RETENTION = 90 * 24 * 3600;

const AT_ONCE = 4_000;

/** @param path the engine's folder, which nobody else has open */
export async function load(path: string, table: string, what: Load): Promise<Loaded> {
  const store = db.create({ path });
  const shape = await promisify(store.getTable)(table);
  const items = store.getItemDb(table);
  const loaded: Loaded = { records: 0, logins: 0, bytes: 0, rows: 0, totals: 0, clients: 0, notes: 0 };
  let waiting: { type: 'put'; key: string; value: unknown }[] = [];
  const flush = async () => {
    const operations = waiting;
    waiting = [];
    await promisify(items.batch)(operations);
  };
  for (const { item, of } of what.kind === 'hour' ? recordsOf(what) : monthOf(what)) {
    const value = attributesOf(item);
    loaded[of] += 1;
    if (of === 'records' && item.route === 'POST /auth') loaded.logins += 1;
    if (String(item.pk).startsWith('TOTAL#client#')) loaded.clients += 1;
    if (of === 'records' && loaded.records % 1_000 === 1) loaded.bytes += sizeOf(item) * 1_000;
    waiting.push({ type: 'put', key: db.createKey(value, shape), value });
    if (waiting.length >= AT_ONCE) await flush();
  }
  await flush();
  await promisify(store.db.close)();
  return loaded;
}

interface Placed {
  item: Record<string, unknown>;
  of: Exclude<keyof Loaded, 'bytes' | 'clients' | 'logins'>;
}

function* recordsOf({ month, hour, records }: Extract<Load, { kind: 'hour' }>): Generator<Placed> {
  for (const record of callsOf(month, hour, records)) yield placed(record);
}

const placed = (record: UsageRecord): Placed => ({ item: usageItem(record, RETENTION), of: 'records' });

function* monthOf({ month, from, to }: Extract<Load, { kind: 'month' }>): Generator<Placed> {
  const noted = new Set<string>();
  for (let hour = from; hour < to; hour++) {
    const records = [...callsOf(month, hour)];
    yield* records.map(placed);
    const tally = hourTally(hourName(month, hour));
    const sorted = records.sort((a, b) => (a.sub < b.sub ? -1 : a.sub > b.sub ? 1 : 0));
    for (const record of sorted) yield* fresh(tally.add(record), noted);
    yield* fresh(tally.end(), noted);
  }
  if (to < HOURS) return;
  const closed = hourName(month, HOURS - 1);
  const state = { ...CLOSING_STATE, generation: 1, closedThrough: closed, checkedThrough: closed };
  yield { item: state, of: 'totals' };
}

/** Who was active is noted once by a function that lives on. */
function* fresh(entries: readonly HourEntry[], noted: Set<string>): Generator<Placed> {
  for (const entry of entries) {
    const note = entry.kind === 'active' ? JSON.stringify([entry.activity, entry.member]) : undefined;
    if (note === undefined || !noted.has(note)) yield entryOf(entry);
    if (note !== undefined) noted.add(note);
  }
}

function entryOf(entry: HourEntry): Placed {
  if (entry.kind === 'row') return { item: rollupItem(entry.row, 1), of: 'rows' };
  if (entry.kind === 'total') return { item: totalItem(entry.whose, entry.total, 1), of: 'totals' };
  return { item: activityItem(entry.activity, entry.month, entry.member), of: 'notes' };
}

/** As `marshall` of the SDK has it for what stands in these items, in a tenth of the time. */
const attributesOf = (item: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, attributeOf(value)]],
    ),
  );

function attributeOf(value: unknown): unknown {
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  return typeof value === 'number' ? { N: String(value) } : { S: String(value) };
}

/** Bytes as DynamoDB counts them, nearly: of the names and of the values. */
const sizeOf = (item: Record<string, unknown>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);

export const forget = (path: string): void => rmSync(path, { recursive: true, force: true });
