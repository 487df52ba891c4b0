/**
 * Two operators at once, and a request that is sent again while it is still at work: at every operation of the one, all
 * of the other. Whatever comes of it, who was told a secret can log in with it unless it was ended, and nobody else can.
 */
import { describe, expect, it } from 'vitest';
import { directory } from '../../lambdas/store/directory.ts';
import {
  ANY,
  add,
  addAgain,
  ask,
  canLogIn,
  clientIn,
  create,
  createAgain,
  disable,
  enable,
  keyIn,
  meet,
  type Request,
  remove,
  revoked,
  statusesOf,
} from '../support/client-races.ts';
import type { Answered } from '../support/clients.ts';
import type { Wire } from '../support/in-process-engine.ts';
import { tableOf } from '../support/preempted.ts';

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
