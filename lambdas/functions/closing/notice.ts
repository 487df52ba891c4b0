/** Tells what is unusual of the clients of an hour, once it is closed: in metrics by class, and in the log by name. */
import pMap from 'p-map';
import { type ClientHour, judge } from '../../domain/ledger/habits.ts';
import type { HabitBook } from '../../domain/ledger/ports.ts';
import type { Log } from '../../http/log.ts';

/** Clients that are looked at at once. */
const AT_ONCE = 20;

/**
 * @param clients what they did in the hour
 * @throws {StoreUnavailable}
 */
export async function notice(
  book: HabitBook,
  log: Log,
  hour: string,
  clients: readonly ClientHour[],
): Promise<void> {
  await pMap(clients, (client) => look(book, log, hour, client), { concurrency: AT_ONCE });
}

async function look(book: HabitBook, log: Log, hour: string, client: ClientHour): Promise<void> {
  const before = await book.find(client.clientId);
  // An hour that is closed again has been told of.
  if (before !== undefined && before.hour >= hour) return;
  const { oddity, habits } = judge(before, hour, client);
  if (!(await book.put(client.clientId, habits))) return;
  const about = { clientId: client.clientId, hour };
  for (let count = 0; count < oddity.newAddresses; count += 1) log.count('UseFromNewAddress', client.class);
  if (oddity.newAddresses > 0) {
    log.warn('a client came from new addresses', { ...about, reason: `${oddity.newAddresses} new` });
  }
  if (!oddity.costly) return;
  log.count('UnusualCost', client.class);
  const usual = before?.cost.mean ?? 0;
  log.warn('an hour cost far more than usual', {
    ...about,
    reason: `${client.cost} micro-dollars, usually ${usual}`,
  });
}
