/**
 * Two operators at once, a request that is sent again while it is still at work, and one that dies: at every operation of
 * the one, all of the other. Whatever comes of it, who was told a secret can log in with it unless it was ended, and
 * nobody else can.
 */
import { describe, expect, it } from 'vitest';
import { verifySecret } from '../../lambdas/crypto/credentials.ts';
import { isUsable } from '../../lambdas/domain/client.ts';
import { parseApiKey } from '../../lambdas/domain/secret-format.ts';
import { directory } from '../../lambdas/store/directory.ts';
import { type Answered, type Asked, operatorOver } from '../support/clients.ts';
import { NOW, testClock } from '../support/clock.ts';
import type { Wire } from '../support/in-process-engine.ts';
import { interrupted, preempted, tableOf } from '../support/preempted.ts';
import { wireClient } from '../support/wire-client.ts';
import type { WireTable } from '../support/wire-table.ts';

const KEY = { 'idempotency-key': 'vN3yJq0cB7sT1mKx9dWe5gHh' };
const ANY = { 'if-match': '*' };
const CI = { client_id: 'ci', client_name: 'CI', scope: 'read:products' };

const over = (wire: Wire, at = NOW) => {
  const access = { client: wireClient(wire), table: 'ledger' };
  return operatorOver({ directory: access, ledger: access }, { clock: testClock(at) });
};

/** One request, or several that follow each other; what was answered is in the order of the requests. */
type Request = [key: string, asked?: Asked];
const ask = async (wire: Wire, requests: readonly Request[], at?: number): Promise<Answered[]> => {
  const operator = over(wire, at);
  const answers: Answered[] = [];
  for (const [key, asked] of requests) answers.push(await operator(key, asked));
  return answers;
};

const create: Request = ['POST /admin/clients', { body: CI }];
const createAgain: Request = ['POST /admin/clients', { body: CI, headers: KEY }];
const remove: Request = ['DELETE /admin/clients/ci'];
const enable: Request = ['PATCH /admin/clients/ci', { body: { state: 'active' }, headers: ANY }];
const disable: Request = ['PATCH /admin/clients/ci', { body: { state: 'disabled' }, headers: ANY }];
const add: Request = ['POST /admin/clients/ci/credentials', { body: { kind: 'api_key' } }];
const addAgain: Request = ['POST /admin/clients/ci/credentials', { body: { kind: 'api_key' }, headers: KEY }];

async function canLogIn(table: WireTable, apiKey: string, now = NOW): Promise<boolean> {
  const ids = parseApiKey(apiKey);
  if (!ids.ok) throw new Error('not a key');
  const { clientId, credentialId } = ids.value;
  const facts = await directory({ client: table.client, table: table.name }).lookUp(clientId, credentialId);
  const { client, credential } = facts;
  if (client?.state !== 'active' || credential === undefined || credential.kind === 'public_key')
    return false;
  return isUsable(credential, now) && verifySecret(credential.hash, apiKey);
}

const clientIn = async (table: WireTable) =>
  (await table.items()).find(({ pk, sk }) => pk === 'CLIENT#ci' && sk === 'CLIENT');
const revoked = async (table: WireTable) =>
  (await table.items()).some(({ pk }) => pk === 'REVOKED#client#ci');

/** Whoever can log in is listed, and what is gone is listed no more. */
async function expectConsistent(table: WireTable): Promise<void> {
  const items = await table.items();
  const client = items.find(({ pk, sk }) => pk === 'CLIENT#ci' && sk === 'CLIENT');
  const markers = items.filter(({ pk }) => pk === 'CLIENTS').map(({ sk }) => sk);
  if (client === undefined) expect(markers).toEqual([]);
  if (client?.state === 'active') expect([markers, client.phase]).toEqual([['ci'], undefined]);
}

interface Meeting {
  table: WireTable;
  one: Answered[];
  other: Answered[];
}

/** @returns after how many operations they met */
async function meet(
  before: readonly Request[],
  one: readonly Request[],
  other: readonly Request[],
  expectations: (meeting: Meeting & { told: Answered[]; at: number }) => Promise<void>,
): Promise<number> {
  const origin = await tableOf([]);
  const told = await ask(origin.wire, before);
  const items = await origin.items();
  for (let at = 1; ; at++) {
    const answers: Pick<Meeting, 'one' | 'other'> = { one: [], other: [] };
    const { table, reached } = await preempted(
      items,
      at,
      async (wire) => {
        answers.one = await ask(wire, one);
      },
      async ({ wire }) => {
        answers.other = await ask(wire, other);
      },
    );
    if (!reached) return at - 1;
    await expectConsistent(table);
    await expectations({ at, table, told, ...answers }).catch((error) => {
      throw new Error(`met before operation ${at}: ${JSON.stringify(answers)}`, { cause: error });
    });
  }
}

const statusesOf = (answers: readonly Answered[]): number[] => answers.map(({ status }) => status);
const keyIn = (answers: readonly Answered[]): string => answers[0]?.body.api_key;

describe('two requests at once', () => {
  it('a creation, and the same sent again: one client, and one answer', async () => {
    const met = await meet([], [createAgain], [createAgain], async ({ table, one, other }) => {
      expect(one).toEqual(other);
      expect(statusesOf(one)).toEqual([201]);
      expect(await canLogIn(table, keyIn(one))).toBe(true);
      expect((await table.items()).filter(({ pk }) => pk === 'CLIENT#ci')).toHaveLength(3);
    });
    expect(met).toBe(9);
  });

  it('two creations of one id: the one that is told has it', async () => {
    await meet([], [create], [create], async ({ table, one, other }) => {
      expect([...statusesOf(one), ...statusesOf(other)].sort()).toEqual([201, 409]);
      expect(await canLogIn(table, keyIn(one) ?? keyIn(other))).toBe(true);
    });
  });

  it.each([
    ['a creation', create],
    ['one that can be sent again', createAgain],
  ])('%s, and a deletion: the client is there, or gone', async (_, creation) => {
    await meet([], [creation], [remove], async ({ table, one, other }) => {
      const isGone = other[0]?.status === 204;
      expect((await clientIn(table)) === undefined).toBe(isGone);
      if (!isGone) expect(statusesOf(one)).toEqual([201]);
      if (one[0]?.status === 201) expect(await canLogIn(table, keyIn(one))).toBe(!isGone);
      const left = (await table.items()).filter(({ pk }) => pk === 'CLIENT#ci' || pk === 'CLIENTS');
      if (isGone) expect(left).toEqual([]);
    });
  });

  it('a creation that is sent again, and a deletion: it does not come back', async () => {
    await meet([createAgain], [createAgain], [remove], async ({ table, told, one, other }) => {
      expect(statusesOf(other)).toEqual([204]);
      expect(await clientIn(table)).toBeUndefined();
      if (one[0]?.status === 201) expect(one).toEqual(told);
      else expect(one).toMatchObject([{ status: 409, body: { code: 'idempotency_key_spent' } }]);
    });
    await meet([createAgain], [remove], [createAgain], async ({ table, one }) => {
      expect(statusesOf(one)).toEqual([204]);
      expect(await clientIn(table)).toBeUndefined();
    });
  });

  it('a creation that is sent again, after which another one has the id', async () => {
    await meet([createAgain], [createAgain], [remove, create], async ({ table, told, other }) => {
      expect(statusesOf(other)).toEqual([204, 201]);
      expect(await canLogIn(table, keyIn(told))).toBe(false);
      expect(await canLogIn(table, other[1]?.body.api_key)).toBe(true);
    });
  });

  it('a creation, and somebody who disables the client: it is, or stays so', async () => {
    await meet([], [createAgain], [disable], async ({ table, one, other }) => {
      expect(statusesOf(one)).toEqual([201]);
      expect(await canLogIn(table, keyIn(one))).toBe(other[0]?.status === 404);
    });
  });

  it('two deletions: both are told, and it is gone', async () => {
    await meet([create], [remove], [remove], async ({ table, one, other }) => {
      expect(await clientIn(table)).toBeUndefined();
      expect([204, 404]).toContain(one[0]?.status);
      expect([204, 404]).toContain(other[0]?.status);
      expect(await revoked(table)).toBe(true);
    });
  });

  it('a deletion, and a new client of that id: the new one has all that it was told', async () => {
    await meet([create], [remove], [remove, create], async ({ table, told, other }) => {
      const again = other[1];
      expect(await canLogIn(table, keyIn(told))).toBe(false);
      const client = await clientIn(table);
      if (again?.status !== 201 || client === undefined) return;
      expect(await canLogIn(table, again.body.api_key)).toBe(client.state === 'active');
    });
  });

  it('a deletion, and somebody who enables the client: it is there, or gone', async () => {
    await meet([create], [remove], [enable], async ({ table, one }) => {
      const client = await clientIn(table);
      expect(statusesOf(one)).toEqual([client === undefined ? 204 : 409]);
      if (client !== undefined) expect(client).toMatchObject({ state: 'active' });
    });
    await meet([create, disable], [enable], [remove], async ({ table }) => {
      expect(await clientIn(table)).toBeUndefined();
    });
  });

  it('a credential that is added, and a deletion, after which another one may have the id', async () => {
    for (const after of [[remove], [remove, create]]) {
      await meet([create], [add], after, async ({ at, table, one, other }) => {
        expect([201, 404]).toContain(one[0]?.status);
        // The first operation reads the client: before it, it is the new one's that it gets.
        const isOfNew = at === 1 && after.length > 1;
        if (one[0]?.status === 201) expect(await canLogIn(table, keyIn(one))).toBe(isOfNew);
        const credentials = (await table.items()).filter(({ sk }) => String(sk).startsWith('CREDENTIAL#'));
        expect(credentials).toHaveLength(after.length === 1 ? 0 : isOfNew ? 3 : 2);
        if (other[1] !== undefined) expect(await canLogIn(table, other[1].body.api_key)).toBe(true);
      });
    }
  });

  it('a credential that is added, and the same sent again: one credential, and one answer', async () => {
    await meet([create], [addAgain], [addAgain], async ({ table, one, other }) => {
      expect(one).toEqual(other);
      expect(await canLogIn(table, keyIn(one))).toBe(true);
      const credentials = (await table.items()).filter(({ sk }) => String(sk).startsWith('CREDENTIAL#'));
      expect(credentials).toHaveLength(3);
    });
  });

  it('a credential that is put late, by what dies then: it is none of the client that has the id next', async () => {
    const origin = await tableOf([]);
    await ask(origin.wire, [create]);
    const items = await origin.items();
    let left = 0;
    for (let at = 1; at < 8; at++) {
      const table = await tableOf(items);
      let operations = 0;
      const dying: Wire = async (operation, body) => {
        operations += 1;
        if (operations === at) await ask(table.wire, [remove, create]);
        if (operations > at) throw new Error('died');
        return table.wire(operation, body);
      };
      await ask(dying, [addAgain]);
      const is = (await clientIn(table))?.creation;
      const late = (await table.items()).filter(({ clientCreation = is }) => clientCreation !== is);
      for (const { credentialId } of late) {
        left += 1;
        const facts = await directory({ client: table.client, table: table.name }).lookUp('ci', credentialId);
        expect(facts).toMatchObject({ client: { state: 'active' } });
        expect(facts).not.toHaveProperty('credential');
        const [shown, ended] = (await ask(table.wire, [
          ['GET /admin/clients/ci/credentials'],
          [`DELETE /admin/clients/ci/credentials/${credentialId}`],
        ])) as [Answered, Answered];
        expect(shown.body.credentials).toHaveLength(2);
        expect(ended.status).toBe(404);
      }
    }
    expect(left).toBe(1);
  });

  it('two changes: one is made, and the other is told', async () => {
    const rename = (name: string): Request => [
      'PATCH /admin/clients/ci',
      { body: { client_name: name }, headers: ANY },
    ];
    await meet([create], [rename('A')], [rename('B')], async ({ table, one, other }) => {
      expect(statusesOf(other)).toEqual([200]);
      const { name } = (await clientIn(table)) ?? {};
      // The last operation of the first one completes the trail: by then its change was made.
      expect(['A', 'B']).toContain(name);
      if (one[0]?.status !== 200) expect(name).toBe('B');
      if (one[0]?.status !== 200)
        expect(one).toMatchObject([{ status: 412, body: { code: 'changed_meanwhile' } }]);
    });
  });
});

/** @returns before how many operations it could end */
async function die(
  before: readonly Request[],
  one: readonly Request[],
  expectations: (table: WireTable, told: Answered[]) => Promise<void>,
): Promise<number> {
  const origin = await tableOf([]);
  const told = await ask(origin.wire, before);
  const items = await origin.items();
  for (let at = 1; ; at++) {
    const { table, reached } = await interrupted(items, at, (wire) => ask(wire, one));
    if (!reached) return at - 1;
    await expectations(table, told).catch((error) => {
      throw new Error(`ended before operation ${at}`, { cause: error });
    });
    await expectConsistent(table);
  }
}

describe('a request that dies', () => {
  it('a creation: the same request again completes it, once and for all', async () => {
    const ends = await die([], [createAgain], async (table) => {
      const [first, second] = (await ask(table.wire, [createAgain, createAgain], NOW + 60_000)) as [
        Answered,
        Answered,
      ];
      expect(first.status).toBe(201);
      expect(second).toEqual(first);
      expect(first.body.created_at).toMatch(/^2026-11-22T12:0[01]:00/);
      expect(await canLogIn(table, first.body.api_key)).toBe(true);
    });
    expect(ends).toBe(9);
  });

  it('a creation that cannot be sent again: nobody can log in, and it can be deleted', async () => {
    await die([], [create], async (table) => {
      const left = await clientIn(table);
      const answers = await ask(table.wire, [['GET /admin/clients/ci'], remove, create]);
      if (left?.phase === 'creating') {
        expect(answers[0]?.body).toMatchObject({ state: 'disabled', unfinished: 'creation' });
      }
      expect(statusesOf(answers)).toEqual(left === undefined ? [404, 404, 201] : [200, 204, 201]);
    });
  });

  it('a deletion: the next one completes it, and nobody can log in meanwhile', async () => {
    await die([createAgain], [remove], async (table, told) => {
      const items = await table.items();
      const hasBegun =
        items.some(({ phase }) => phase === 'deleting') || !items.some(({ sk }) => sk === 'CLIENT');
      expect(await canLogIn(table, keyIn(told))).toBe(!hasBegun);
      const answers = await ask(table.wire, [remove, createAgain]);
      expect([204, 404]).toContain(answers[0]?.status);
      expect(answers[1]).toMatchObject({ status: 409, body: { code: 'idempotency_key_spent' } });
      const left = (await table.items()).filter(({ pk }) => pk === 'CLIENT#ci' || pk === 'CLIENTS');
      expect(left).toEqual([]);
      expect(await revoked(table)).toBe(true);
    });
  });

  it('a replacement: the same request again completes it, and cuts once', async () => {
    const origin = await tableOf([]);
    const [created] = (await ask(origin.wire, [create])) as [Answered];
    const old = created.body.api_key.split('_')[2];
    const replace: Request = [
      'POST /admin/clients/ci/credentials',
      { body: { replaces: old, overlap: 0 }, headers: KEY },
    ];
    const items = await origin.items();
    for (let at = 1; ; at++) {
      const { table, reached } = await interrupted(items, at, (wire) => ask(wire, [replace]));
      if (!reached) break;
      const [first, second] = (await ask(table.wire, [replace, replace], NOW + 60_000)) as [
        Answered,
        Answered,
      ];
      expect(first.status, `after ${at}`).toBe(201);
      expect(second).toEqual(first);
      expect(await canLogIn(table, created.body.api_key, NOW + 60_000)).toBe(false);
      expect(await canLogIn(table, first.body.api_key)).toBe(true);
    }
  });

  it('the end of a credential: the next one completes it, and it stays over', async () => {
    const origin = await tableOf([]);
    const [created] = (await ask(origin.wire, [create])) as [Answered];
    const id = created.body.api_key.split('_')[2];
    const end: Request = [`DELETE /admin/clients/ci/credentials/${id}`];
    const items = await origin.items();
    for (let at = 1; ; at++) {
      const { table, reached } = await interrupted(items, at, (wire) => ask(wire, [end]));
      if (!reached) break;
      const answers = await ask(table.wire, [
        end,
        [`PATCH /admin/clients/ci/credentials/${id}`, { body: { state: 'active' }, headers: ANY }],
      ]);
      expect(statusesOf(answers)).toEqual([204, 409]);
      expect(await canLogIn(table, created.body.api_key)).toBe(false);
      expect((await table.items()).map(({ pk }) => pk)).toContain(`REVOKED#credential#ci%2F${id}`);
    }
  });
});
