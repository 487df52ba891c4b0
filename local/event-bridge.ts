/**
 * An EventBridge endpoint for one machine: takes what is put on the default bus, and hands it on to whoever prints it.
 * There are no rules and no targets. Without a guard it wants a signed request but checks no signature.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type JsonEndpoint, startJsonEndpoint } from './aws-json.ts';
import { AwsServiceError } from './aws-service-error.ts';
import { DEFAULT_BUS, isDefaultBus } from './iam/events-calls.ts';
import type { Guard } from './iam/guard.ts';

export interface BusEvent {
  id: string;
  source: string;
  'detail-type': string;
  detail: Readonly<Record<string, unknown>>;
}

export interface EventBridgeOptions {
  /** Is asked before each operation. */
  guard?: Guard;
  /** Gets each event that was taken. */
  onEvent: (event: BusEvent) => void;
}

/** Entries of a call are at most 256 KB together; what is around them is little. */
const MAX_BODY = 300_000;
const MAX_ENTRIES = 262_144;

const entry = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
});
const putEvents = z.strictObject({ Entries: z.array(entry).min(1).max(10) });

export const startEventBridge = ({ guard, onEvent }: EventBridgeOptions): Promise<JsonEndpoint> =>
  startJsonEndpoint({
    target: 'AWSEvents',
    guard,
    maxBody: MAX_BODY,
    operate: async (operation, input) => {
      if (operation !== 'PutEvents') {
        throw new AwsServiceError('UnknownOperationException', `no operation ${operation} here`);
      }
      const parsed = putEvents.safeParse(input);
      if (!parsed.success) {
        const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
        throw new AwsServiceError('ValidationException', `PutEvents: ${fields.join('; ')}`);
      }
      const { Entries } = parsed.data;
      if (Buffer.byteLength(JSON.stringify(Entries)) > MAX_ENTRIES) {
        throw new AwsServiceError(
          'ValidationException',
          'Total size of the entries in the request is over the limit.',
        );
      }
      const outcomes = Entries.map((one) => take(one, onEvent));
      return { FailedEntryCount: outcomes.filter((one) => 'ErrorCode' in one).length, Entries: outcomes };
    },
  });

/** As on AWS, one entry that is wrong keeps no other from being taken. */
function take(
  { Source, DetailType, Detail, EventBusName = DEFAULT_BUS }: z.output<typeof entry>,
  onEvent: EventBridgeOptions['onEvent'],
) {
  const wrong = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  if (!isDefaultBus(EventBusName))
    return wrong('NotAuthorizedForSourceException', 'There is the default bus alone.');
  if (!Source)
    return wrong('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (/^aws\./.test(Source))
    return wrong('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (!DetailType) {
    return wrong(
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    );
  }
  const detail = objectIn(Detail);
  if (detail === undefined) return wrong('MalformedDetail', 'Detail is malformed.');
  const EventId = randomUUID();
  onEvent({ id: EventId, source: Source, 'detail-type': DetailType, detail });
  return { EventId };
}

function objectIn(text = ''): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
