/** What hours amounted to, and who was active in them. In the ledger; kept for ever. */
import * as z from 'zod/mini';
import { monthOf } from '../../domain/ledger/closing.ts';
import type { Activity, HourTotal, TotalOf } from '../../domain/ledger/ports.ts';
import type { Rollup } from '../../domain/ledger/rollup.ts';
import { integer, type Key, key, parse, text } from './item.ts';

const sums = {
  calls: integer,
  errors: integer,
  refused: integer,
  cost: integer,
  bytesOut: integer,
  latencies: z.array(integer),
};

const rollupShape = z.object({
  hour: text,
  sub: text,
  clientId: text,
  tenant: z.optional(text),
  route: text,
  ...sums,
});

const totalShape = z.object({ hour: text, ...sums });

export const rollupPartition = (sub: string, month: string): string => key('ROLLUP', sub, month);

export const rollupKey = ({ sub, hour, route, clientId, tenant }: Rollup): Key => ({
  pk: rollupPartition(sub, monthOf(hour)),
  sk: key(hour, route, clientId, ...(tenant === undefined ? [] : [tenant])),
});

/** @param generation of the run that writes it; see `RollupWriter` */
export const rollupItem = (row: Rollup, generation: number) => ({ ...rollupKey(row), ...row, generation });
export const parseRollup = (item: unknown): Rollup => parse(rollupShape, item) as Rollup;

export const totalPartition = (whose: TotalOf, month: string): string => {
  if (whose.of === 'client') return key('TOTAL', 'client', whose.clientId, month);
  return whose.of === 'tenant' ? key('TOTAL', 'tenant', whose.tenant, month) : key('TOTAL', whose.of, month);
};

export const totalKey = (whose: TotalOf, hour: string): Key => ({
  pk: totalPartition(whose, monthOf(hour)),
  sk: hour,
});

export const totalItem = (whose: TotalOf, total: HourTotal, generation: number) => ({
  ...totalKey(whose, total.hour),
  ...total,
  generation,
});
export const parseTotal = (item: unknown): HourTotal => parse(totalShape, item);

export const activityPartition = (activity: Activity, month: string): string => {
  if (activity.of === 'client') return key('ACTIVE', 'client', activity.clientId, month);
  if (activity.of === 'tenant') return key('ACTIVE', 'tenant', activity.tenant, month);
  return key('ACTIVE', activity.of, month);
};

export const activityItem = (activity: Activity, month: string, member: string) => ({
  pk: activityPartition(activity, month),
  sk: key(member),
  member,
});
export const parseActivity = (item: unknown): string => parse(z.object({ member: text }), item).member;
