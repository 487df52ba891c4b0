import { beforeEach, describe, expect, it } from 'vitest';
import { inWords } from '../../cli/prices.ts';
import { operated } from './operated.ts';

const LAMP = 'GET /products/{name}';
const FROM = '2027-01-01T00:00:00Z';

const { api, place } = await operated();
beforeEach(() => {
  api.take();
});

const sent = () =>
  api.take().map(({ body, ...request }) => ({ ...request, body: body === '' ? '' : JSON.parse(body) }));

describe('tollgate prices set', () => {
  const SET = ['prices', 'set', LAMP, '--from', FROM, '--local'];
  const price = { route: LAMP, from: FROM, per_call_micro_dollars: 50, per_kilobyte_out_micro_dollars: 2 };

  it('sends micro-dollars, signed, and shows what the server has', async () => {
    api.answer(201, price);
    const { code, stdout, stderr } = await place.runHere([
      ...SET,
      ...['--per-call', '0.00005', '--per-kilobyte-out', '$0.000002'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sent()).toMatchObject([{ method: 'PUT', path: '/admin/prices', signed: true, body: price }]);
    expect(stdout).toBe(`The price is set.

  Route   GET /products/{name}
  From    2027-01-01T00:00:00Z
  A call  $0.000050 + $0.000002/kB out

It can be taken back until 15 minutes before it begins.

See what the route cost, costs and will cost:

  npx tollgate prices list --route 'GET /products/{name}' --local
`);
  });

  it('sends what is said and nothing else, tells a change from a new one, and prints JSON for programs', async () => {
    const byHandler = { route: LAMP, from: FROM, by_handler: true };
    api.answer(200, { ...byHandler, added_later: 1 });
    const { stdout } = await place.runHere([...SET, '--by-handler']);
    expect(stdout).toMatch(/A price was set for this time[\s\S]*set by the handler/);
    expect(sent().map(({ body }) => body)).toEqual([byHandler]);
    const json = await place.runHere([...SET, '--by-handler', '--per-call', '0', '--json']);
    expect(sent().map(({ body }) => body)).toEqual([{ ...byHandler, per_call_micro_dollars: 0 }]);
    expect(JSON.parse(json.stdout)).toEqual({ ...byHandler, added_later: 1 });
  });

  it.each([
    ['no price', [], /what a call costs[\s\S]*--per-call/],
    ['less than a micro-dollar', ['--per-call', '0.0000005'], /amount in dollars/],
    ['an amount below nothing', ['--per-call=-1'], /amount in dollars/],
    ['a day', ['--per-call', '1', '--from', '2027-01-01'], /time in UTC to the second/],
    ['a local time', ['--per-call', '1', '--from', '2027-01-01T00:00:00+01:00'], /time in UTC to the second/],
    [
      'a day that there is not',
      ['--per-call', '1', '--from', '2027-02-30T00:00:00Z'],
      /time in UTC to the second/,
    ],
  ])('refuses %s, and sends nothing', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere([...SET, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(sent()).toEqual([]);
  });

  it('says what to do where the server refuses', async () => {
    api.answer(400, { code: 'unknown_route', detail: 'there is no route' });
    const refused = await place.runHere([...SET, '--per-call', '1']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/npx tollgate prices list/)]);
    api.answer(400, { code: 'invalid_from', detail: 'from 2027-01-01T00:15:00Z on.' });
    expect((await place.runHere([...SET, '--per-call', '1'])).stderr).toContain(
      'from 2027-01-01T00:15:00Z on.',
    );
  });
});

describe('tollgate prices list', () => {
  const ever = { route: LAMP, from: '1970-01-01T00:00:00Z', set_by: 'deployment', state: 'in_force' };
  const prices = [
    { ...ever, per_call_micro_dollars: 48, per_kilobyte_out_micro_dollars: 2 },
    { route: LAMP, from: FROM, per_call_micro_dollars: 60, set_by: 'operator', state: 'coming' },
    { route: 'POST /gone\u001b[2J', from: FROM, by_handler: true, set_by: 'operator', state: 'unused' },
  ];

  it('has a line for each, for people; JSON for programs', async () => {
    api.answer(200, { prices });
    const { code, stdout } = await place.runHere(['prices', 'list', '--local']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `  Route                 From                  Price of a call               Set by     State
  GET /products/{name}                        $0.000048 + $0.000002/kB out             in force
  GET /products/{name}  2027-01-01T00:00:00Z  $0.000060                     operators  coming
  POST /gone [2J        2027-01-01T00:00:00Z  set by the handler            operators  no such route
`,
    });
    expect(sent()).toMatchObject([{ method: 'GET', path: '/admin/prices', signed: true }]);
    const json = await place.runHere(['prices', 'list', '--local', '--json', '--route', LAMP]);
    expect(JSON.parse(json.stdout)).toEqual({ prices });
    expect(new URL(sent()[0]?.path ?? '', api.url).searchParams.get('route')).toBe(LAMP);
  });

  it('says of a price of nothing that it is free', () => {
    expect(inWords({ per_call_micro_dollars: 0 })).toBe('free');
  });
});

describe('tollgate prices remove', () => {
  const REMOVE = ['prices', 'remove', LAMP, '--from', FROM, '--local'];

  it('takes it back, once that is confirmed', async () => {
    api.answer(204, '');
    const unconfirmed = await place.runHere(REMOVE);
    expect(unconfirmed).toMatchObject({ code: 2, stdout: '' });
    expect(unconfirmed.stderr).toContain(`will take back the price of ${LAMP} from ${FROM} on`);
    expect(sent()).toEqual([]);
    const { code, stdout } = await place.runHere([...REMOVE, '--yes']);
    expect({ code, stdout }).toEqual({
      ...{ code: 0, stdout: `The price of ${LAMP} from ${FROM} on is taken back.\n` },
    });
    const [request] = sent();
    expect(request).toMatchObject({ method: 'DELETE', signed: true, body: '' });
    // As SigV4 has it: with the + of forms AWS refuses the signature.
    expect(request?.path).toContain('route=GET%20%2Fproducts%2F%7Bname%7D');
    const { pathname, searchParams } = new URL(request?.path ?? '', api.url);
    expect([pathname, ...searchParams]).toEqual(['/admin/prices', ['route', LAMP], ['from', FROM]]);
  });

  it.each([
    ['price_in_force', /prices set/],
    ['price_begins_soon', /prices set/],
    ['unknown_price', /prices list/],
  ])('says what to do where the server refuses with %s', async (code, says) => {
    api.answer(code === 'unknown_price' ? 404 : 409, { code, detail: 'No.' });
    const refused = await place.runHere([...REMOVE, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(says)]);
  });
});
