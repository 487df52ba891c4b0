/** Whose calls a report is of, and what its rows are: one for each group, each group with a place of its own. */
import type { UsageRecord } from '../usage.ts';
import type { Rollup, RollupGroup } from './rollup.ts';

export const groupings = ['day', 'hour', 'route', 'user', 'client', 'tenant', 'token'] as const;
export type GroupBy = (typeof groupings)[number];

/** Whose calls. */
export type Whose =
  | { of: 'user'; sub: string }
  | { of: 'client'; clientId: string }
  | { of: 'tenant'; tenant: string }
  | { of: 'everyone' };

/** What a group is called by in a report. */
export interface GroupNames {
  user?: string;
  /** The route key. */
  endpoint?: string;
  /** The UTC date, or the hour such as `2026-11-22T03`. */
  date?: string;
  /** `null` for the calls of those that have none. */
  tenant?: string | null;
  client?: string;
  jti?: string;
}

/**
 * Where a group stands: in the order of its parts, by code unit. The first one is percent-encoded, as in the keys of
 * the ledger, so that who is active can be read in this order.
 */
export type Place = readonly string[];

/** @returns whether a call is one of those. */
export function concerns(whose: Whose, call: Pick<RollupGroup, 'sub' | 'clientId' | 'tenant'>): boolean {
  if (whose.of === 'user') return call.sub === whose.sub;
  if (whose.of === 'client') return call.clientId === whose.clientId;
  return whose.of === 'everyone' || call.tenant === whose.tenant;
}

/** The place of those who have no tenant: before all tenants. */
export const NO_TENANT = '';

/** The first part of a place, of a subject, a client or a tenant. */
export const placePart = encodeURIComponent;

/** @returns the place of a closed hour's row; tokens have none there. */
export function placeOfRow(
  by: Exclude<GroupBy, 'token'>,
  row: Pick<Rollup, keyof RollupGroup | 'hour'>,
): Place {
  if (by === 'tenant') return [row.tenant === undefined ? NO_TENANT : placePart(row.tenant)];
  if (by === 'client') return [placePart(row.clientId)];
  if (by === 'user') return [placePart(row.sub)];
  if (by === 'route') return [placePart(row.sub), row.route];
  return [placePart(row.sub), row.route, by === 'day' ? row.hour.slice(0, 10) : row.hour];
}

/** @param hour of the record @returns the place of its call */
export const placeOfRecord = (by: GroupBy, record: UsageRecord, hour: string): Place =>
  by === 'token' ? [placePart(record.sub), record.jti] : placeOfRow(by, { ...record, hour });

/** @returns the names of the group at a place. */
export function namesAt(by: GroupBy, [first = '', second = '', third = '']: Place): GroupNames {
  if (by === 'tenant') return { tenant: first === NO_TENANT ? null : decodeURIComponent(first) };
  if (by === 'client') return { client: decodeURIComponent(first) };
  const user = decodeURIComponent(first);
  if (by === 'user') return { user };
  if (by === 'token') return { user, jti: second };
  return by === 'route' ? { user, endpoint: second } : { user, endpoint: second, date: third };
}

/** @returns less than zero, zero or more, as for sorting. */
export function comparePlaces(a: Place, b: Place): number {
  const length = Math.max(a.length, b.length);
  for (let part = 0; part < length; part++) {
    const [ours = '', theirs = ''] = [a[part], b[part]];
    if (ours !== theirs) return ours < theirs ? -1 : 1;
  }
  return 0;
}

/** @returns whether a place is behind another; behind one of fewer parts is only what differs in these. */
export const isBehind = (place: Place, other: Place): boolean =>
  comparePlaces(place.slice(0, other.length), other) > 0;
