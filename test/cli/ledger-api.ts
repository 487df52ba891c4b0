/** The operators' routes of the ledger, as they are: the real handler over a real table, behind the signed server. */
import { testBookkeeping } from '../support/bookkeeping.ts';
import { type TestLedger, testLedger } from '../support/ledger.ts';
import { type OperatorApi, operator, type SeenRequest, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

export interface LedgerApi {
  ledger: TestLedger;
  api: OperatorApi;
  place: Workplace;
  /** What `.tollgate/local.json` says. */
  contract: object;
  /** Runs the command against a stack `Tollgate` that leads to it, with an operator's AWS credentials. */
  runOnStack: (args: readonly string[]) => ReturnType<Workplace['runHere']>;
  /** How the server answers. */
  handle: Parameters<OperatorApi['serve']>[0];
  close(): Promise<unknown>;
}

/** With a workplace whose `--local` leads to it. */
export async function startLedgerApi(): Promise<LedgerApi> {
  const [ledger, api, place] = await Promise.all([testLedger(), startOperatorApi(), workplace()]);
  const books = testBookkeeping(ledger);
  const handle = async ({ method, path, body, signed }: SeenRequest) => {
    if (!signed) return { status: 403, body: { message: 'Forbidden' } };
    const { pathname, searchParams } = new URL(path, 'http://any');
    const [, hour] = /^\/admin\/usage\/closings\/([^/]+)$/.exec(pathname) ?? [];
    const query = Object.fromEntries(searchParams);
    const key = `${method} ${hour === undefined ? pathname : '/admin/usage/closings/{hour}'}`;
    return books.call(key, {
      ...(body !== '' && { body }),
      ...(Object.keys(query).length > 0 && { query }),
      ...(hour !== undefined && { pathParameters: { hour } }),
    });
  };
  api.serve(handle);
  const contract = { url: api.url, clients: {}, aws: { ...operator, endpoints: {} } };
  await place.local(contract);
  const runOnStack = (args: readonly string[]) => {
    api.stacks.set('Tollgate', { ApiUrl: api.url, Region: operator.region });
    return place.runHere([...args, '--stack', 'Tollgate'], {
      AWS_ENDPOINT_URL: api.url,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      AWS_REGION: operator.region,
    });
  };
  const close = () => Promise.all([api.close(), place.remove(), ledger.end()]);
  return { ledger, api, place, contract, runOnStack, handle, close };
}
