/** A request that dies, before every one of its operations: what it leaves can be completed, or opens nothing. */
import { describe, expect, it } from 'vitest';
import {
  ANY,
  ask,
  canLogIn,
  clientIn,
  create,
  createAgain,
  die,
  KEY,
  keyIn,
  type Request,
  remove,
  revoked,
  statusesOf,
} from '../support/client-races.ts';
import type { Answered } from '../support/clients.ts';
import { NOW } from '../support/clock.ts';
import { interrupted, tableOf } from '../support/preempted.ts';

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
