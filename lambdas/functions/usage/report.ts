/**
 * One page of a report. Closed hours are read from their rows, and from totals where those of many are asked for; all
 * others from the records. What is held is the page, and a page of each partition that is being read.
 */

import { hourAfter, startOf } from '../../domain/ledger/closing.ts';
import { isBehind, NO_TENANT, type Place, placePart, type Whose } from '../../domain/ledger/grouping.ts';
import type { Group } from '../../domain/ledger/lowest-groups.ts';
import type {
  Activity,
  HourReader,
  RollupReader,
  SubjectReader,
  TotalOf,
} from '../../domain/ledger/ports.ts';
import { addRecord, addSums, noSums, type Sums } from '../../domain/ledger/rollup.ts';
import { type Moment, type MonthSpan, type Span, spanOf } from '../../domain/ledger/span.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { UsageRecord } from '../../domain/usage.ts';
import { ALLOWANCE, type Allowance, counter, type Excess, forEachFew, TooMuch } from './allowance.ts';
import { type Member, membersOf, readUntilFull } from './members.ts';
import { type ReportQuery, type Sheet, sheetFor } from './sheet.ts';
import { type TokenReading, tokenReading } from './tokens.ts';

export interface ReportPorts {
  hours: HourReader;
  subjects: SubjectReader;
  rollups: RollupReader;
  /** How much one request may read, where it is less than usual. */
  allowance?: Allowance;
}

/** The ports of a report, and how much it may read. */
export type Sources = Required<ReportPorts>;

export interface Page {
  rows: Group[];
  /** The sums of the whole range, of all pages. */
  total: Sums;
  /** The place after which the next page begins; absent on the last one. */
  next?: Place;
}

export interface ReportFault {
  code: Excess | 'records_expired';
  /** The end of the last closed hour, in RFC 3339, where there is one. */
  closedUntil?: string;
}

/**
 * @returns the page. It has fewer rows than its limit where more would take too long; only the last has no `next`.
 * @throws {StoreUnavailable}
 */
export async function readReport(
  ports: ReportPorts,
  query: ReportQuery,
  at: Omit<Moment, 'closedThrough'>,
): Promise<Result<Page, ReportFault>> {
  const { closedThrough } = await ports.rollups.state();
  const closedUntil = closedThrough === undefined ? {} : { closedUntil: endOf(closedThrough) };
  const span = spanOf(query.range, { ...at, closedThrough });
  if (!span.ok) return fail({ code: span.failure, ...closedUntil });
  if (query.groupBy === 'token' && hasExpired(span.value, at)) return fail({ code: 'records_expired' });
  try {
    return ok(await readPage({ allowance: ALLOWANCE, ...ports }, query, span.value));
  } catch (error) {
    if (error instanceof TooMuch) return fail({ code: error.excess, ...closedUntil });
    throw error;
  }
}

const endOf = (hour: string): string => new Date(startOf(hourAfter(hour))).toISOString();

const hasExpired = ({ closed: [first] }: Span, { now, retention }: Omit<Moment, 'closedThrough'>): boolean =>
  first !== undefined && startOf(first.hours.from) + retention * 1000 <= now;

async function readPage(ports: Sources, query: ReportQuery, span: Span): Promise<Page> {
  const sheet = sheetFor(query);
  await readLoose(ports, sheet, span);
  const { whose } = query;
  const through =
    whose.of === 'user'
      ? await readSubject(ports, sheet, whose.sub, span.closed)
      : await readMany(ports, sheet, whose, span.closed);
  return pageOf(sheet, through);
}

/** Hours of records that are read at once. */
const LOOSE_AT_ONCE = 4;

async function readLoose(
  { hours, subjects, allowance }: Sources,
  sheet: Sheet,
  { loose, closedThrough = '' }: Span,
) {
  const open = loose.filter((hour) => hour > closedThrough);
  if (open.length > allowance.openHours) throw new TooMuch('hours_not_closed');
  const { whose } = sheet.query;
  const used = {
    open: counter(allowance.records, 'hours_not_closed'),
    closed: counter(allowance.records, 'not_whole_hours'),
  };
  await forEachFew(loose, LOOSE_AT_ONCE, async (hour) => {
    const use = hour > closedThrough ? used.open : used.closed;
    const records: AsyncIterable<UsageRecord> =
      whose.of === 'user' ? subjects.recordsOf(whose.sub, hour) : hours.recordsIn(hour);
    for await (const record of records) {
      use();
      if (sheet.add(record, hour)) addRecord(sheet.total, record);
    }
  });
}

/** Months that are read at once. */
const MONTHS_AT_ONCE = 4;

/** One subject's rows tell its total as well. */
async function readSubject(ports: Sources, sheet: Sheet, sub: string, months: readonly MonthSpan[]) {
  const hours = new Set<string>();
  const use = counter(ports.allowance.rows, 'report_too_large');
  await forEachFew(months, MONTHS_AT_ONCE, async (span) => {
    for await (const row of ports.rollups.rollupsOf(sub, span.month, span.hours)) {
      use();
      if (!sheet.addRow(row)) continue;
      addSums(sheet.total, row);
      if (sheet.query.groupBy === 'token') hours.add(row.hour);
    }
  });
  await tokenReading(ports, sheet)(sub, [...hours].sort());
  return undefined;
}

type Many = Exclude<Whose, { of: 'user' }>;

/** @returns what {@link readUntilFull} does: the member through which the page is complete */
async function readMany(
  ports: Sources,
  sheet: Sheet,
  whose: Many,
  months: readonly MonthSpan[],
): Promise<string | undefined> {
  await addTotals(ports, whose, months, sheet.total);
  const { groupBy } = sheet.query;
  if (groupBy === 'tenant' || groupBy === 'client') return readTotals(ports, sheet, whose, months);
  const tokens = tokenReading(ports, sheet);
  const read = subjectRows(ports, sheet, tokens);
  const members = membersOf(ports.rollups, whose, months, firstOf(sheet.query.after));
  const filling =
    groupBy === 'token'
      ? { read, many: ports.allowance.tokenHoursOfPage, atOnce: 2 }
      : { read, many: ports.allowance.monthsOfPage, atOnce: SUBJECTS_AT_ONCE };
  return readUntilFull(sheet, members, filling);
}

const SUBJECTS_AT_ONCE = 16;

const firstOf = (after: Place | undefined) =>
  after?.[0] === undefined ? undefined : { id: decodeURIComponent(after[0]), whole: after.length === 1 };

/** @returns what adds a subject's rows to the sheet, or its tokens. */
function subjectRows(ports: Sources, sheet: Sheet, tokens: TokenReading) {
  const use = counter(ports.allowance.rows, 'report_too_large');
  return async ({ id, months }: Member): Promise<number> => {
    const hours = new Set<string>();
    for (const { month, hours: span } of months) {
      for await (const row of ports.rollups.rollupsOf(id, month, span)) {
        use();
        if (sheet.addRow(row) && sheet.query.groupBy === 'token') hours.add(row.hour);
      }
    }
    return months.length + (await tokens(id, [...hours]));
  };
}

/**
 * Clients and tenants have totals of their own. Those of a client's tenants, and of a tenant's clients, are in the rows
 * of its subjects, of all of them.
 */
async function readTotals(
  ports: Sources,
  sheet: Sheet,
  whose: Many,
  months: readonly MonthSpan[],
): Promise<string | undefined> {
  const of = sheet.query.groupBy === 'client' ? 'client' : 'tenant';
  if (whose.of === 'everyone') return readTotalsOfAll(ports, sheet, of, months);
  if (whose.of !== of) return readAllSubjects(ports, sheet, whose, months);
  await addTotal(
    ports,
    sheet,
    placePart(whose.of === 'client' ? whose.clientId : whose.tenant),
    whose,
    months,
  );
  return undefined;
}

async function readTotalsOfAll(
  ports: Sources,
  sheet: Sheet,
  of: 'client' | 'tenant',
  months: readonly MonthSpan[],
): Promise<string | undefined> {
  const after = sheet.query.after?.[0];
  if (of === 'tenant') await addTotal(ports, sheet, NO_TENANT, { of: 'no_tenant' }, months);
  const first =
    after === undefined || after === NO_TENANT ? undefined : { id: decodeURIComponent(after), whole: true };
  const activity: Activity = of === 'client' ? { of: 'clients' } : { of: 'tenants' };
  const members = membersOf(ports.rollups, activity, months, first);
  const totalOf = (id: string): TotalOf => (of === 'client' ? { of, clientId: id } : { of, tenant: id });
  const read = ({ id, months: active }: Member) => addTotal(ports, sheet, placePart(id), totalOf(id), active);
  return readUntilFull(sheet, members, {
    read,
    many: ports.allowance.monthsOfPage,
    atOnce: SUBJECTS_AT_ONCE,
  });
}

async function addTotal(
  ports: Sources,
  { page }: Sheet,
  part: string,
  whose: TotalOf,
  months: readonly MonthSpan[],
): Promise<number> {
  if (!page.wants([part])) return 0;
  const sums = noSums();
  await addTotals(ports, whose, months, sums);
  if (sums.calls > 0) addSums(page.at([part]) ?? noSums(), sums);
  return months.length;
}

async function readAllSubjects(
  ports: Sources,
  sheet: Sheet,
  whose: Activity & Many,
  months: readonly MonthSpan[],
): Promise<undefined> {
  const read = subjectRows(ports, sheet, tokenReading(ports, sheet));
  let work = 0;
  for await (const member of membersOf(ports.rollups, whose, months)) {
    work += await read(member);
    if (work > ports.allowance.monthsOfPage) throw new TooMuch('report_too_large');
  }
}

async function addTotals(
  { rollups }: Sources,
  whose: TotalOf,
  months: readonly MonthSpan[],
  to: Sums,
): Promise<void> {
  await forEachFew(months, MONTHS_AT_ONCE, async ({ month, hours }) => {
    for await (const total of rollups.totalsOf(whose, month, hours)) addSums(to, total);
  });
}

/** @param through the member through which the groups are complete; all of them where there is none */
function pageOf({ page, total }: Sheet, through: string | undefined): Page {
  const end = through === undefined ? undefined : [placePart(through)];
  const complete = page.lowest().filter(({ place }) => end === undefined || !isBehind(place, end));
  const rows = fitting(complete.slice(0, page.wanted - 1));
  const following = complete[rows.length];
  const last = rows.at(-1)?.place;
  if (following === undefined || last === undefined)
    return { rows, total, ...(end !== undefined && { next: end }) };
  // Where the next row is of another member, the one of the last row need not be read again.
  return { rows, total, next: following.place[0] === last[0] ? last : last.slice(0, 1) };
}

/** A function's answer has 6 MB at most; so many bytes a row takes beside its names. */
const MOST_BYTES = 5_000_000;
const BYTES_OF_SUMS = 300;

function fitting(rows: Group[]): Group[] {
  let bytes = 0;
  const end = rows.findIndex(({ place }, index) => {
    bytes += BYTES_OF_SUMS + Buffer.byteLength(JSON.stringify(place));
    return index > 0 && bytes > MOST_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
