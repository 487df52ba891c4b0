/**
 * Clients while two operators are at work, or one whose request dies: at every operation of the one, all of the other,
 * or nothing more.
 */
import { expect } from 'vitest';
import { verifySecret } from '../../lambdas/crypto/credentials.ts';
import { isUsable } from '../../lambdas/domain/client.ts';
import { parseApiKey } from '../../lambdas/domain/secret-format.ts';
import { directory } from '../../lambdas/store/directory.ts';
import { type Answered, type Asked, operatorOver } from './clients.ts';
import { NOW, testClock } from './clock.ts';
import type { Wire } from './in-process-engine.ts';
import { interrupted, preempted, tableOf } from './preempted.ts';
import { wireClient } from './wire-client.ts';
import type { WireTable } from './wire-table.ts';

export const KEY = { 'idempotency-key': 'vN3yJq0cB7sT1mKx9dWe5gHh' };
export const ANY = { 'if-match': '*' };
export const CI = { client_id: 'ci', client_name: 'CI', scope: 'read:products' };

export const over = (wire: Wire, at = NOW) => {
  const access = { client: wireClient(wire), table: 'ledger' };
  return operatorOver({ directory: access, ledger: access }, { clock: testClock(at) });
};

/** One request, or several that follow each other; what was answered is in the order of the requests. */
export type Request = [key: string, asked?: Asked];
export const ask = async (wire: Wire, requests: readonly Request[], at?: number): Promise<Answered[]> => {
  const operator = over(wire, at);
  const answers: Answered[] = [];
  for (const [key, asked] of requests) answers.push(await operator(key, asked));
  return answers;
};

export const create: Request = ['POST /admin/clients', { body: CI }];
export const createAgain: Request = ['POST /admin/clients', { body: CI, headers: KEY }];
export const remove: Request = ['DELETE /admin/clients/ci'];
export const enable: Request = ['PATCH /admin/clients/ci', { body: { state: 'active' }, headers: ANY }];
export const disable: Request = ['PATCH /admin/clients/ci', { body: { state: 'disabled' }, headers: ANY }];
export const add: Request = ['POST /admin/clients/ci/credentials', { body: { kind: 'api_key' } }];
export const addAgain: Request = [
  'POST /admin/clients/ci/credentials',
  { body: { kind: 'api_key' }, headers: KEY },
];

export async function canLogIn(table: WireTable, apiKey: string, now = NOW): Promise<boolean> {
  const ids = parseApiKey(apiKey);
  if (!ids.ok) throw new Error('not a key');
  const { clientId, credentialId } = ids.value;
  const facts = await directory({ client: table.client, table: table.name }).lookUp(clientId, credentialId);
  const { client, credential } = facts;
  if (client?.state !== 'active' || credential === undefined || credential.kind === 'public_key')
    return false;
  return isUsable(credential, now) && verifySecret(credential.hash, apiKey);
}

export const clientIn = async (table: WireTable) =>
  (await table.items()).find(({ pk, sk }) => pk === 'CLIENT#ci' && sk === 'CLIENT');
export const revoked = async (table: WireTable) =>
  (await table.items()).some(({ pk }) => pk === 'REVOKED#client#ci');

/** Whoever can log in is listed, and what is gone is listed no more. */
export async function expectConsistent(table: WireTable): Promise<void> {
  const items = await table.items();
  const client = items.find(({ pk, sk }) => pk === 'CLIENT#ci' && sk === 'CLIENT');
  const markers = items.filter(({ pk }) => pk === 'CLIENTS').map(({ sk }) => sk);
  if (client === undefined) expect(markers).toEqual([]);
  if (client?.state === 'active') expect([markers, client.phase]).toEqual([['ci'], undefined]);
}

export interface Meeting {
  table: WireTable;
  one: Answered[];
  other: Answered[];
}

/** @returns after how many operations they met */
export async function meet(
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

export const statusesOf = (answers: readonly Answered[]): number[] => answers.map(({ status }) => status);
export const keyIn = (answers: readonly Answered[]): string => answers[0]?.body.api_key;

/** @returns before how many operations it could end */
export async function die(
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
