import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  budgetKey,
  credentialItem,
  markerItem,
  trustedIssuerItem,
  verifierItem,
} from '../../lambdas/store/items.ts';
import { operatorOver } from '../support/clients.ts';
import { MINUTE, NOW, testClock } from '../support/clock.ts';
import { OPERATOR } from '../support/operator.ts';
import { tableOf } from '../support/preempted.ts';
import { recordedLog } from '../support/recorded-log.ts';
import type { WireTable } from '../support/wire-table.ts';

const ROUTE = 'DELETE /admin/clients/{clientId}';
const lines: unknown[][] = [];
const clock = testClock();

let table: WireTable;
let ask: ReturnType<typeof operatorOver>;
beforeAll(async () => {
  table = await tableOf([]);
  const access = { client: table.client, table: table.name };
  ask = operatorOver({ directory: access, ledger: access }, { clock, log: recordedLog(lines) });
});
beforeEach(() => {
  lines.length = 0;
});

let clients = 0;
async function aClient(body: Record<string, unknown> = {}) {
  const id = `client-${clients++}`;
  const asked = { body: { client_id: id, client_name: 'CI', ...body } };
  const { headers } = await ask('POST /admin/clients', asked);
  table.takeOperations();
  lines.length = 0;
  return { id, etag: headers.etag ?? '' };
}
const remove = (id: string, headers: Record<string, string> = {}) =>
  ask(`DELETE /admin/clients/${id}`, { headers });
const put = (Item: Record<string, unknown>) =>
  table.client.send(new PutCommand({ TableName: table.name, Item }));
/** Everything that is kept of a client: what was revoked, and the trail, aside. */
const leftOf = async (id: string) =>
  (await table.items()).filter(
    ({ pk, sk }) => pk === `CLIENT#${id}` || pk === `VERIFIER#${id}` || (pk === 'CLIENTS' && sk === id),
  );
const issuerFor = (issuer: string, clientId: string) =>
  trustedIssuerItem({
    ...{ issuer, state: 'active', keys: { kind: 'discovery' }, algorithms: ['RS256'], audiences: ['a'] },
    ...{ singleUse: true, mappings: [{ ...MAPPING, clientId }] },
  });
const MAPPING = { match: {}, subject: 'x', scopes: [], roles: [], claims: {} };

describe(ROUTE, () => {
  describe('204', () => {
    it('takes away the client, its credentials and verifiers, its marker, and revokes its tokens', async () => {
      const { id } = await aClient();
      const password = { clientId: id, credentialId: 'password', kind: 'password', hash: 'apart' } as const;
      await put(credentialItem({ ...password, state: 'active', createdAt: NOW }));
      await put(verifierItem({ clientId: id, credentialId: 'password', hash: 'a hash', createdAt: NOW }));
      clock.advance(MINUTE);
      const answer = await remove(id);
      expect(answer).toEqual({ status: 204, headers: { 'cache-control': 'no-store' }, body: null });
      expect(await leftOf(id)).toEqual([]);
      const revocation = (await table.items()).find(({ pk }) => pk === `REVOKED#client#${id}`);
      expect(revocation).toMatchObject({
        ...{ kind: 'client', id, issuedBefore: Math.floor(clock() / 1000), reason: 'operator' },
        revokedAt: clock(),
      });
    });

    it('leaves the id free for another client, whose tokens are its own', async () => {
      const { id } = await aClient();
      await remove(id);
      expect(await ask('POST /admin/clients', { body: { client_id: id, client_name: 'B' } })).toMatchObject({
        status: 201,
      });
      expect(await leftOf(id)).toHaveLength(4);
    });

    it('is for the one that was read, where an entity tag says so', async () => {
      const { id, etag } = await aClient();
      await ask(`PATCH /admin/clients/${id}`, { body: { client_name: 'B' }, headers: { 'if-match': etag } });
      expect(await remove(id, { 'if-match': etag })).toMatchObject({ status: 412 });
      expect(await leftOf(id)).toHaveLength(4);
      expect(await remove(id, { 'if-match': '*' })).toMatchObject({ status: 204 });
    });

    it('takes many credentials, page by page', async () => {
      const { id } = await aClient();
      for (let n = 0; n < 45; n++) {
        const key = { clientId: id, credentialId: `key-${n}`, kind: 'public_key', jwk: {} } as const;
        await put(credentialItem({ ...key, state: 'active', createdAt: NOW }));
      }
      expect(await remove(id)).toMatchObject({ status: 204 });
      expect(await leftOf(id)).toEqual([]);
    });

    it('logs who deleted what, and the trail knows what it was', async () => {
      const { id } = await aClient({ scope: 'read:products' });
      await remove(id);
      expect(lines).toEqual([
        [
          'info',
          'client deleted',
          expect.objectContaining({ operator: OPERATOR, clientId: id, status: 204 }),
        ],
      ]);
      const record = (await table.items()).find(
        ({ action, target }) => action === 'client.delete' && (target as { client: string }).client === id,
      );
      expect(record).toMatchObject({ status: 204, details: { client_name: 'CI', scope: 'read:products' } });
    });

    it('costs four reads, and a write for each credential and five more, two of the trail and one in the ledger aside', async () => {
      const { id } = await aClient();
      await remove(id);
      expect(table.takeOperations()).toEqual([
        ...['GetItem', 'Query', 'GetItem'],
        'PutItem',
        ...['UpdateItem', 'UpdateItem'],
        ...['Query', 'DeleteItem', 'DeleteItem'],
        ...['DeleteItem', 'DeleteItem'],
        'UpdateItem',
      ]);
    });
  });

  describe('404', () => {
    it('for a client that there is not, and takes away the marker that was left of it', async () => {
      await put(markerItem('ghost', 'a creation'));
      expect(await remove('ghost')).toMatchObject({ status: 404, body: { code: 'unknown_client' } });
      expect(await leftOf('ghost')).toEqual([]);
      expect(await remove('nobody')).toMatchObject({ status: 404 });
      expect(await remove('a%23b')).toMatchObject({ status: 404 });
    });
  });

  describe('409', () => {
    it('client_in_use where trusted issuers issue tokens in its name, which it names', async () => {
      const { id } = await aClient();
      for (let n = 10; n < 22; n++) await put(issuerFor(`https://issuer-${n}.example`, id));
      const before = await leftOf(id);
      const answer = await remove(id);
      expect(answer).toMatchObject({ status: 409, body: { code: 'client_in_use' } });
      expect(answer.body.detail).toMatch(/issuer-10\.example, .*issuer-19\.example and 2 more/);
      expect(await leftOf(id)).toEqual(before);
    });

    it('client_in_use where it has a budget', async () => {
      const { id } = await aClient();
      const of = { kind: 'client', id } as const;
      await put({ ...budgetKey(of), of, limits: { day: 1 } });
      expect(await remove(id)).toMatchObject({
        status: 409,
        body: { code: 'client_in_use', detail: expect.stringContaining('budget') },
      });
    });
  });
});
