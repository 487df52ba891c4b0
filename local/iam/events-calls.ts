/** What a call to EventBridge asks IAM for. */
import * as z from 'zod';
import { ACCOUNT, REGION } from '../physical.ts';
import { Refused, unknownOperation, unreadable } from './aws-error.ts';
import type { AccessRequest } from './evaluate.ts';

export const DEFAULT_BUS = 'default';

const arnOf = (bus: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}`;

/** @param bus its name or ARN */
export const isDefaultBus = (bus: string): boolean => [DEFAULT_BUS, arnOf(DEFAULT_BUS)].includes(bus);

const putEvents = z.looseObject({
  Entries: z.array(z.looseObject({ EventBusName: z.string().optional() })),
});

/**
 * @param input the parsed body
 * @returns what to ask: once for each bus that the entries name
 * @throws Refused where the call cannot be read
 */
export function eventsCall(operation: string, input: unknown): AccessRequest[] {
  if (operation !== 'PutEvents') throw new Refused(unknownOperation);
  const parsed = putEvents.safeParse(input);
  if (!parsed.success) throw new Refused(unreadable);
  const buses = parsed.data.Entries.map(({ EventBusName = DEFAULT_BUS }) =>
    EventBusName.startsWith('arn:') ? EventBusName : arnOf(EventBusName),
  );
  return [...new Set(buses)].map((resource) => ({ action: 'events:PutEvents', resource }));
}
