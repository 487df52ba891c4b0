/** What is usual of a client. In the ledger; forgotten 90 days after its last hour. */
import * as z from 'zod/mini';
import { startOf } from '../../domain/ledger/closing.ts';
import type { Habits } from '../../domain/ledger/habits.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text, texts } from './item.ts';

const KEPT = 90 * 24 * 3600;

export const habitsKey = (clientId: string): Key => ({ pk: key('SEEN', clientId), sk: 'SEEN' });

const habitsShape = z.object({
  hour: text,
  hours: integer,
  cost: z.object({ mean: integer, deviation: integer }),
  addresses: texts,
});

export const habitsItem = (clientId: string, habits: Habits) => ({
  ...habitsKey(clientId),
  ...habits,
  [EXPIRES_AT]: startOf(habits.hour) / 1000 + KEPT,
});
export const parseHabits = (item: unknown): Habits => parse(habitsShape, item);
