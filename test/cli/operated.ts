/** What most verbs are tested with: a folder with a local runner in it, which is a server that says what a test tells it. */
import { afterAll } from 'vitest';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

/** Starts both; they end with the tests of the file. */
export async function operated(): Promise<{ api: OperatorApi; place: Workplace }> {
  const [api, place] = await Promise.all([startOperatorApi(), workplace()]);
  afterAll(() => Promise.all([api.close(), place.remove()]));
  await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
  return { api, place };
}
