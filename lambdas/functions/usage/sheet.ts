/** What a report is written on while the ledger is read: the total, and the groups of the page. */
import type { DateRange } from '../../domain/date-range.ts';
import {
  concerns,
  type GroupBy,
  type Place,
  placeOfRecord,
  placeOfRow,
  type Whose,
} from '../../domain/ledger/grouping.ts';
import { type LowestGroups, lowestGroups } from '../../domain/ledger/lowest-groups.ts';
import { addRecord, addSums, noSums, type Rollup, type Sums } from '../../domain/ledger/rollup.ts';
import type { UsageRecord } from '../../domain/usage.ts';

/** Which page of which report. */
export interface ReportQuery {
  whose: Whose;
  groupBy: GroupBy;
  range: DateRange;
  /** Rows of the page at most. */
  limit: number;
  /** The place after which the page begins; of fewer parts than a row's, after all rows that begin with them. */
  after?: Place;
}

export interface Sheet {
  query: ReportQuery;
  /** The sums of the whole range. */
  total: Sums;
  page: LowestGroups;
  /** Adds a record of an hour to its group, if it is one that was asked for. @returns whether it is */
  add(record: UsageRecord, hour: string): boolean;
  /** Adds a row of a closed hour to its group, if it is one that was asked for. @returns whether it is */
  addRow(row: Rollup): boolean;
}

export function sheetFor(query: ReportQuery): Sheet {
  const { whose, groupBy, range, limit, after } = query;
  // One more than the page has, to see whether there is another.
  const page = lowestGroups(limit + 1, after);
  return {
    query,
    total: noSums(),
    page,
    add(record, hour) {
      if (record.at < range.from || record.at >= range.to || !concerns(whose, record)) return false;
      const sums = page.at(placeOfRecord(groupBy, record, hour));
      if (sums !== undefined) addRecord(sums, record);
      return true;
    },
    addRow(row) {
      if (!concerns(whose, row)) return false;
      const sums = groupBy === 'token' ? undefined : page.at(placeOfRow(groupBy, row));
      if (sums !== undefined) addSums(sums, row);
      return true;
    },
  };
}
