import { createHash } from 'node:crypto';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Link } from '../../lambdas/domain/ledger/closing.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { hourItem, hourKey, linkItem, linkKey, usageItem, usageKey } from '../../lambdas/store/items.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { RETENTION } from '../support/ledger.ts';
import { type LedgerApi, startLedgerApi } from './ledger-api.ts';

const VERIFY = ['usage', 'verify', '--local'];
let world: LedgerApi;
let records: UsageRecord[];
/** What was there before a test tampered with it. */
let before: Record<string, unknown>[];
const table = () => world.ledger.table;

beforeAll(async () => {
  world = await startLedgerApi();
  const { ledger } = world;
  await ledger.states.advance({ closed: '2026-11-22T07', checked: '2026-11-22T07' });
  records = await ledger.book(
    { at: NOW - 4 * HOUR, price: 7 },
    { at: NOW - 4 * HOUR + MINUTE, sub: 'bob' },
    { at: NOW - 2 * HOUR, tenant: 'acme' },
  );
  await ledger.close();
  before = await table().items();
});
afterEach(async () => {
  const now = await table().items();
  const textOf = (item: Record<string, unknown>) => JSON.stringify(Object.entries(item).sort());
  const keyOf = ({ pk, sk }: Record<string, unknown>) => `${pk} ${sk}`;
  const [kept, known] = [new Set(now.map(textOf)), new Set(before.map(keyOf))];
  await Promise.all([
    ...before.filter((item) => !kept.has(textOf(item))).map(put),
    ...now.filter((item) => !known.has(keyOf(item))).map(remove),
  ]);
});
afterAll(() => world.close());

const put = (Item: Record<string, unknown>) =>
  table().client.send(new PutCommand({ TableName: table().name, Item }));
const remove = ({ pk, sk }: Record<string, unknown>) =>
  table().client.send(new DeleteCommand({ TableName: table().name, Key: { pk, sk } }));
const set = (Key: object, name: string, value: unknown) =>
  table().client.send(
    new UpdateCommand({
      TableName: table().name,
      Key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );

const first = (): UsageRecord => {
  const [record] = records;
  if (record === undefined) throw new Error('no record');
  return record;
};

const links = async (): Promise<Link[]> => {
  const all: Link[] = [];
  for await (const link of world.ledger.chain.links(0)) all.push(link);
  return all;
};

/** As docs/ledger-integrity.md says it. */
const sealed = ({ hash: _, ...link }: Link): Link => {
  const json = JSON.stringify(link, Object.keys(link).sort());
  return { ...link, hash: createHash('sha256').update(json).digest('hex') };
};

/** What somebody would do who can write the table and knows how links are made. */
async function rewriteChain(change: (link: Link) => Link): Promise<void> {
  let previous = '0'.repeat(64);
  for (const link of await links()) {
    const made = sealed({ ...change(link), previous });
    previous = made.hash;
    await put(linkItem(made));
    await put(hourItem(made));
  }
}

const verify = async (...args: string[]) => {
  const { code, stdout, stderr } = await world.place.runHere([...VERIFY, ...args]);
  return { code, stdout, stderr };
};

const headOf = (stdout: string): string => /Head +(\d+:[0-9a-f]{64})/.exec(stdout)?.[1] ?? '';

describe('tollgate usage verify', () => {
  it('0 where everything is as it was closed, with the head to note down', async () => {
    const { code, stdout, stderr } = await world.place.run(VERIFY);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const head = headOf(stdout);
    expect(stdout).toBe(`The ledger verifies.

  Chain                3 links for 3 hours
  Hours                2026-11-22T08 to 2026-11-22T10
  As they were closed  3 hours, 3 records, $0.000027
  Head                 ${head}

Note the head where nobody who can write the table can change it. Later,

  npx tollgate usage verify --local --head ${head}

proves that nothing up to there was rewritten.
`);
    expect(await verify('--head', head)).toMatchObject({ code: 0, stderr: '' });
  });

  it('0 with an hour from before the first that was closed, in which somebody booked a record', async () => {
    const at = NOW - 100 * HOUR;
    await world.ledger.book({ at });
    await world.ledger.late.mark('2026-11-18T08');
    await world.ledger.close();
    expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining('4 links for 4 hours') });
  });

  it('counts the hours of the period alone, and looks at the whole chain', async () => {
    const { code, stdout } = await verify(
      '--from',
      '2026-11-22T10:00:00Z',
      '--to',
      '2026-11-22T11:00:00Z',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      verifies: true,
      links: 3,
      hours: [{ hour: '2026-11-22T10', records: 1, cost_micro_dollars: 10, verdict: 'as_closed' }],
      faults: [],
    });
  });

  it('says which hour something was booked late in, until it is closed again; then it verifies', async () => {
    const { ledger } = world;
    await ledger.late.mark('2026-11-22T08');
    await ledger.book({ at: NOW - 4 * HOUR + 2 * MINUTE, requestId: 'late' });
    const open = await verify();
    expect(open.code).toBe(4);
    expect(open.stdout).toMatch(/does not verify yet[\s\S]*Added to just now +1 hour:/);
    expect(open.stderr).toMatch(/booked late[\s\S]*in ten minutes/);
    await ledger.close();
    const closed = await verify();
    expect(closed).toMatchObject({ code: 0, stdout: expect.stringMatching(/Closed again +1 hour:/) });
  });

  it('goes by the chain alone where the records have expired', async () => {
    const { clock } = world.ledger;
    clock.advance(90 * DAY);
    const { code, stdout } = await verify();
    clock.advance(-90 * DAY);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/As they were closed +0 hours[^\n]*\n +By the chain alone +3 hours/),
    });
  });

  it('2 for a head that is none, and for a period that is none', async () => {
    for (const args of [
      ['--head', '5'],
      ['--from', 'yesterday'],
      ['--from', '2026-11-02', '--to', '2026-11-01'],
    ]) {
      expect(await verify(...args)).toMatchObject({ code: 2, stdout: '' });
    }
  });

  it('1 where the operator may not', async () => {
    await world.place.local({
      url: world.api.url,
      aws: { accessKeyId: 'other', secretAccessKey: 'other', region: 'us-east-1' },
    });
    expect(await verify()).toMatchObject({ code: 1, stderr: expect.stringContaining('execute-api:Invoke') });
    await world.place.local(world.contract);
  });
});

describe('tollgate usage verify: 4, and names it', () => {
  it.each<[what: string, tamper: () => Promise<unknown>, says: RegExp]>([
    [
      'an edited price',
      () => set(usageKey(first()), 'price', 1),
      /hour 2026-11-22T08 has records that were changed: \$0\.000011 in place of \$0\.000017/,
    ],
    [
      'an edited route, at the same price',
      () => set(usageKey(first()), 'route', 'GET /other'),
      /hour 2026-11-22T08 has records that were changed\n/,
    ],
    [
      'a price that is none',
      () => set(usageKey(first()), 'price', 'nothing'),
      /hour 2026-11-22T08 has a record that was changed, so that it cannot be read/,
    ],
    [
      'a removed record',
      () => remove(usageKey(first())),
      /hour 2026-11-22T08 lacks records that it was closed with: 1 records in place of 2, \$0\.000010 in place of \$0\.000017/,
    ],
    [
      'an added record',
      () => put(usageItem({ ...first(), at: NOW - 3 * HOUR, requestId: 'added' }, RETENTION)),
      /hour 2026-11-22T09 has records that it was closed without: 1 records in place of 0/,
    ],
    [
      'a removed record in an hour that is marked late',
      async () => {
        await world.ledger.late.mark('2026-11-22T08');
        await remove(usageKey(first()));
      },
      /hour 2026-11-22T08 lacks records/,
    ],
    [
      'a record that was removed, and the hour closed again with that',
      async () => {
        await remove(usageKey(first()));
        await world.ledger.late.mark('2026-11-22T08');
        await world.ledger.close();
      },
      /link 4 closes 2026-11-22T08 again with 1 records, after link 1 with 2: some were removed/,
    ],
    [
      'a record that was changed, and the hour closed again with that',
      async () => {
        await set(usageKey(first()), 'price', 1);
        await world.ledger.late.mark('2026-11-22T08');
        await world.ledger.close();
      },
      /link 4 closes 2026-11-22T08 again[^\n]*some were changed/,
    ],
    [
      'an edited link',
      () => set(linkKey(2), 'cost', 1),
      /link 2 was changed: its hash is not that of its content/,
    ],
    [
      'an edited link with a new hash',
      async () => {
        const [, second] = await links();
        if (second !== undefined) await put(linkItem(sealed({ ...second, cost: 1 })));
      },
      /link 3 does not continue the link before it/,
    ],
    [
      'a removed link',
      () => remove(linkKey(2)),
      /link 3 is where link 2 has to be\n[\s\S]*hours between them have no link/,
    ],
    ['the first links removed', () => remove(linkKey(1)), /link 2 is where link 1 has to be/],
    [
      'the last link removed',
      () => remove(linkKey(3)),
      /the chain ends with 2026-11-22T09, but hours are closed up to 2026-11-22T10/,
    ],
    [
      'the link of an hour removed',
      () => remove(hourKey('2026-11-22T09')),
      /hour 2026-11-22T09 is closed by the chain, but the link that counts for it is gone/,
    ],
    [
      'another link of an hour',
      async () => {
        const [head] = await links();
        if (head !== undefined) await put({ ...hourItem(sealed({ ...head, cost: 1 })) });
      },
      /hour 2026-11-22T08 is said to be closed by link 1, but/,
    ],
  ])('%s', async (_, tamper, says) => {
    await tamper();
    const { code, stdout, stderr } = await verify();
    expect({ code, stdout }).toEqual({ code: 4, stdout: expect.stringMatching(says) });
    expect(stdout).toMatch(/^The ledger does not verify/);
    expect(stderr).toMatch(/fault.*changed, removed or added/);
  });

  it('a chain that was rewritten with the records, only where its head was noted before', async () => {
    const head = headOf((await verify()).stdout);
    const counted = await world.ledger.table.items();
    expect(counted.length).toBeGreaterThan(0);
    await rewriteChain((link) => ({ ...link, at: link.at + 1 }));
    expect(await verify()).toMatchObject({ code: 0 });
    const { code, stdout } = await verify('--head', head);
    expect(code).toBe(4);
    expect(stdout).toMatch(/link 3, as it was noted, is another one now: the chain was rewritten/);
    expect(await verify('--head', `9:${'0'.repeat(64)}`)).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('link 9, as it was noted, is gone'),
    });
  });
});
