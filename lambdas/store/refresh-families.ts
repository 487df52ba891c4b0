/**
 * Sessions of refresh tokens in the directory. A token is replaced by one conditional write, so of all who present
 * it at once one wins; the others find out what it is by now, and are answered with the winner's successor.
 *
 *     A presents t1                          B presents t1
 *     reads: t1 is current                   reads: t1 is current
 *     writes t2, where t1 is current: done
 *                                            writes t2', where t1 is current: refused
 *                                            reads: t1 was replaced a moment ago, with A's salt
 *     answers t2 = f(t1, A's salt)           answers t2 = f(t1, A's salt), and t2' never was
 *
 * The same holds for one client whose answer, or whose write's answer, got lost and who asks again. After the grace,
 * or once t2 has been used, t1 is a token that was used twice:
 *
 *     C presents t1, reads: t1 is neither current nor just replaced
 *     ends the family                        from here on no token of it is current, and no write of A or B holds
 *     revokes the family's access tokens     both before C is answered; where one of the two fails, C hears 503 and
 *                                            asks again: on an ended family the revocation is written again
 *
 * The write that starts a session may be sent twice as well, and the one that got stuck may arrive late. So it holds
 * only where there is none yet:
 *
 *     A starts the session: sent, no answer; sent again: done
 *     A's client uses t1, or ends the session
 *     A's first write arrives: refused       else t1 would be current once more, and the end forgotten
 */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type RefreshFamilies, type Rotation, StoreUnavailable } from '../domain/ports.ts';
import { idleUntil, standingOf } from '../domain/refresh-family.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import { familyExpiry, familyItem, familyKey, parseFamily } from './items.ts';
import { readItem } from './read.ts';

export const refreshFamilies = (directory: TableAccess): RefreshFamilies => ({
  async start(family) {
    const put = new PutCommand({
      TableName: directory.table,
      Item: familyItem(family),
      ConditionExpression: 'attribute_not_exists(#lookup)',
      ExpressionAttributeNames: { '#lookup': 'lookup' },
    });
    // Where it is there nobody else can have put it: it is this very session, by a write whose answer got lost.
    await conditionHeld(answered(directory.client.send(put), 'starting a session'));
  },

  find: (lookup) => find(directory, lookup),

  async rotate(rotation) {
    if (await update(directory, rotation.family.lookup, ROTATE, rotationValues(rotation))) {
      return { kind: 'rotated' };
    }
    const family = await find(directory, rotation.family.lookup);
    if (family === undefined) return { kind: 'unknown' };
    const standing = standingOf(family, rotation.presented, rotation.now);
    if (standing.kind === 'current') throw new StoreUnavailable('a token that is current was not replaced');
    return standing;
  },

  end: async (lookup, now) =>
    (await update(directory, lookup, END, { ':now': now })) ? 'ended' : 'already_ended',
});

async function find(directory: TableAccess, lookup: string) {
  const item = await readItem(directory, familyKey(lookup), 'reading a session');
  return item === undefined ? undefined : parseFamily(item);
}

/** A static update: what it sets, and when it may. */
interface Update {
  set: string;
  condition: string;
}

const ROTATE: Update = {
  set: 'SET #current = :next, #rotation = :rotation, #idleUntil = :idleUntil, #expiresAt = :expiresAt',
  condition: '#current = :presented AND attribute_not_exists(#endedAt)',
};

const rotationValues = ({ family, presented, next, salt, now }: Rotation) => ({
  ':presented': presented,
  ':next': next,
  ':rotation': { previous: presented, salt, at: now },
  ':idleUntil': idleUntil(family, now),
  ':expiresAt': familyExpiry(idleUntil(family, now)),
});

/** Only what is there: an update would make an item of its own for a family that has gone. */
const END: Update = {
  set: 'SET #endedAt = :now',
  condition: 'attribute_exists(#lookup) AND attribute_not_exists(#endedAt)',
};

/** @returns whether the condition held. */
function update(
  { client, table }: TableAccess,
  lookup: string,
  { set, condition }: Update,
  values: Record<string, unknown>,
): Promise<boolean> {
  const command = new UpdateCommand({
    TableName: table,
    Key: familyKey(lookup),
    UpdateExpression: set,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(set, condition),
    ExpressionAttributeValues: values,
  });
  return conditionHeld(answered(client.send(command), 'writing a session'));
}
