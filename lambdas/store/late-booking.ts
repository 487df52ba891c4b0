/** Records that are booked when the function that served the call could not; nothing that is there is changed. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { LateBooking, LateHours } from '../domain/ledger/ports.ts';
import { hourOf } from '../domain/usage.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { issuedTokenItems, usageItem } from './items.ts';

/** The ledger, and how long what is booked is kept. */
interface KeptLedger extends TableAccess {
  /** Seconds. */
  retention: number;
}

/**
 * @returns the writer of late records: the hour is marked, the record is put where there is none of its key, the hour is
 *   marked again, so that it is closed once more:
 *
 *       mark                 whoever dies from here on leaves a mark, and a mark does no harm
 *            a run of the closing reads the mark, reads the records, clears the mark
 *       put
 *            a run that begins here finds no mark
 *       mark                 so there has to be one now
 *
 *   It marks again also where the record was there already: whoever put it may have died before.
 */
export const lateBooking = (ledger: KeptLedger, late: Pick<LateHours, 'mark'>): LateBooking => ({
  async book(record, issued) {
    const { retention } = ledger;
    const hour = hourOf(record.at);
    await late.mark(hour);
    const items = issued === undefined ? [] : issuedTokenItems(issued, retention);
    for (const item of items) await putOnce(ledger, item);
    const booked = await putOnce(ledger, usageItem(record, retention));
    await late.mark(hour);
    return booked ? 'booked' : 'already_booked';
  },
});

/** @returns whether there was nothing of its key. */
function putOnce({ client, table }: TableAccess, item: Record<string, unknown>): Promise<boolean> {
  const put = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: { '#pk': 'pk' },
  });
  return conditionHeld(answered(client.send(put), 'booking a late record'));
}
