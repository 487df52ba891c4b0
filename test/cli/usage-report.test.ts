import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { hourOf } from '../../lambdas/domain/usage.ts';
import { operatorsUsageHandler } from '../../lambdas/functions/usage/handler.ts';
import { HOUR, NOW, testClock } from '../support/clock.ts';
import { RETENTION, usageRecord } from '../support/ledger.ts';
import { ledgerInMemory } from '../support/ledger-in-memory.ts';
import { operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { operated } from './operated.ts';
import type { SeenRequest } from './operator-api.ts';

/** More rows by route than a page has, with texts that a table or a CSV could stumble over. */
const hostile = ['a,b', 'say "x"\r\ny', '=1+1', 'é\u001b[2J'];
const records = [
  ...hostile.map((sub, at) =>
    usageRecord({ at: NOW - HOUR, requestId: `h-${at}`, sub, route: 'GET /{name}' }),
  ),
  ...Array.from({ length: 1_200 }, (_, at) =>
    usageRecord({
      at: NOW - 2 * HOUR,
      requestId: `r-${at}`,
      sub: 'many',
      route: `GET /${at}`,
      clientId: 'shop',
    }),
  ),
];
const serve = operatorsUsageHandler({
  ...ledgerInMemory(records, hourOf(NOW - 3 * HOUR)),
  ...{ clock: testClock(), log: recordedLog([]), retention: RETENTION },
});

const { api, place } = await operated();
beforeEach(() => {
  api.serve(answered);
  api.take();
});

const queryOf = ({ path }: SeenRequest) => Object.fromEntries(new URL(path, 'http://any').searchParams);

/** The route as it is. @param limit rows of a page at most */
async function answeredBy(request: SeenRequest, limit = 10_000) {
  expect([request.method, request.signed]).toEqual(['GET', true]);
  const { limit: asked, ...query } = queryOf(request);
  const event = operatorEvent('GET /admin/usage', {
    query: { ...query, limit: String(Math.min(limit, Number(asked))) },
  });
  const { statusCode: status = 500, headers, body } = await serve(event);
  return { status, headers: headers as Record<string, string>, body };
}
const answered = (request: SeenRequest) => answeredBy(request);

const report = (...args: string[]) => place.runHere(['usage', 'report', '--local', ...args]);
const exported = (...args: string[]) => place.runHere(['usage', 'export', '--local', ...args]);

describe('tollgate usage report', () => {
  it('shows who called what, and the total of all', async () => {
    const args = ['usage', 'report', '--local', '--group-by', 'route', '--user', 'a,b'];
    const { code, stdout, stderr } = await place.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`2026-11-22T00:00:00.000Z to 2026-11-22T12:00:00.000Z

  User  Endpoint     Calls  Errors  Refused       Cost  p95 ms
  a,b   GET /{name}      1       0        0  $0.000010       3

Total: 1 call, 0 errors, 0 refused, $0.000010
`);
  });

  it('has all rows, of as many pages as there are', async () => {
    const { code, stdout } = await report('--group-by', 'route', '--json');
    expect(code).toBe(0);
    const { rows, total, ...head } = JSON.parse(stdout);
    expect(rows).toHaveLength(records.length);
    expect(total).toMatchObject({ calls: records.length });
    expect(Object.keys(head)).toEqual(['from', 'to', 'currency']);
    expect(api.take()).toHaveLength(2);
  });

  it('has no more rows than --limit, and says that there are more', async () => {
    const { stdout } = await report('--group-by', 'route', '--limit', '2');
    expect(stdout).toMatch(/Total: 1204 calls[\s\S]*more rows[\s\S]*npx tollgate usage export --local/);
    expect(api.take().map(queryOf)).toMatchObject([{ limit: '2' }]);
  });

  it('shows nothing of a server that controls a terminal', async () => {
    const { stdout } = await report('--group-by', 'route', '--user', 'é\u001b[2J');
    expect(stdout).toContain('é [2J');
    expect(stdout).not.toContain('\u001b');
  });

  it('asks for what was said: a day through its end, everyone by default', async () => {
    await report('--from', '2026-11-20', '--to', '2026-11-21', '--client', 'shop');
    await report('--from', '2026-11-22T12:30:00+01:00', '--tenant', 'acme');
    expect(api.take().map(queryOf)).toEqual([
      {
        ...{ groupBy: 'day', limit: '1000', client: 'shop' },
        ...{ from: '2026-11-20T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' },
      },
      { groupBy: 'day', limit: '1000', tenant: 'acme', from: '2026-11-22T11:30:00.000Z' },
    ]);
  });

  it('says that nothing was called', async () => {
    const { code, stdout } = await report('--tenant', 'nobody');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\n\nNothing was called.\n$/)]);
  });

  it.each([
    [['--client', 'a', '--user', 'b'], /--client and --user were both given/],
    [['--group-by', 'week'], /Allowed choices are day, hour, route, user, client, tenant, token/],
    [['--limit', '0'], /whole number/],
    [['--from', 'yesterday'], /a day such as/],
  ])('refuses %j, and asks for nothing', async (args, says) => {
    const { code, stdout, stderr } = await report(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(api.take()).toEqual([]);
  });

  it('says what to do where the server refuses', async () => {
    api.answer(503, { code: 'hours_not_closed', detail: 'Too many calls are not summed up yet.' });
    const { code, stderr } = await report();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/hours_not_closed[\s\S]*earlier --to/)]);
  });
});

describe('tollgate usage export', () => {
  const file = () => join(place.folder, 'usage.out');
  const left = async () => (await readdir(place.folder)).filter((name) => name.includes('usage.out'));

  it('writes a CSV as the server does, however many pages it has', async () => {
    api.serve((request) => answeredBy(request, 500));
    const args = ['usage', 'export', '--local', '--group-by', 'route', '--out', 'usage.out'];
    const { code, stdout, stderr } = await place.run(args);
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 0, stdout: `${records.length} rows written to usage.out.\n`, stderr: '' },
    });
    expect(api.take()).toHaveLength(3);
    const query = { groupBy: 'route', format: 'csv', limit: '10000' };
    const whole = await serve(operatorEvent('GET /admin/usage', { query }));
    expect(await readFile(file(), 'utf8')).toBe(whole.body);
    expect(await left()).toEqual(['usage.out']);
  });

  it('writes JSON as report does, and NDJSON with a row a line', async () => {
    api.serve((request) => answeredBy(request, 500));
    const whole = JSON.parse((await report('--group-by', 'route', '--json')).stdout);
    await exported('--group-by', 'route', '--format', 'json', '--out', 'usage.out');
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(whole);
    const { stdout } = await exported('--group-by', 'route', '--format', 'ndjson');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(whole.rows);
  });

  it('writes what there is where nothing was called', async () => {
    for (const [format, text] of [
      ['csv', /^User,[^\n]*\r\n$/],
      ['ndjson', /^$/],
      ['json', /"rows":\[\n\n\],"total"/],
    ] as const) {
      const { code, stdout } = await exported('--tenant', 'nobody', '--format', format);
      expect([code, stdout]).toEqual([0, expect.stringMatching(text)]);
    }
  });

  it.each(['csv', 'json', 'ndjson'])(
    'leaves a file as it was where it does not come to its end: %s',
    async (format) => {
      await writeFile(file(), 'as it was');
      let pages = 0;
      api.serve(async (request) => {
        pages += 1;
        return pages > 1 ? { status: 500, body: { code: 'internal_error' } } : answeredBy(request, 500);
      });
      const { code, stderr } = await exported(
        '--group-by',
        'route',
        '--format',
        format,
        '--out',
        'usage.out',
      );
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/usage.out is as it was before: run it again/),
      ]);
      expect(await readFile(file(), 'utf8')).toBe('as it was');
      expect(await left()).toEqual(['usage.out']);
    },
  );

  it('goes on where a page was throttled', async () => {
    let pages = 0;
    api.serve(async (request) => {
      pages += 1;
      return pages === 2 ? { status: 429, body: { message: 'Too many' } } : answeredBy(request, 900);
    });
    const { code, stdout } = await exported('--group-by', 'route', '--format', 'ndjson');
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, records.length]);
  });

  it('says that what went to the standard output is not whole', async () => {
    api.answer(500, { code: 'internal_error' });
    const { code, stderr } = await exported();
    expect([code, stderr]).toEqual([1, expect.stringContaining('What was written is not whole')]);
  });

  it('refuses a folder that is not there, before it asks', async () => {
    const { code, stderr } = await exported('--out', 'nowhere/usage.csv');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be written[\s\S]*a folder that is there/),
    ]);
    expect(api.take()).toEqual([]);
  });

  it('does not take whatever comes for a CSV', async () => {
    api.answer(200, '<html>log in</html>');
    const { code, stderr } = await exported('--out', 'usage.out');
    expect([code, stderr]).toEqual([1, expect.stringContaining("not one of Tollgate's")]);
  });
});
