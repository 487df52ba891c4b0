import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { dollars } from '../../cli/budgets.ts';
import { formatDollars } from '../../lambdas/domain/money.ts';
import { operated } from './operated.ts';

const budget = {
  client_id: 'reader',
  ...{ day_micro_dollars: 5_000_000, month_micro_dollars: 100_000_150 },
  ...{ day_spent_micro_dollars: 3_000_050, day_percent: 60 },
  ...{ month_spent_micro_dollars: 3_000_050, month_percent: 2 },
  figures_at: '2026-11-22T12:00:00.000Z',
};

const { api, place } = await operated();
beforeEach(() => {
  api.take();
});

/** Without the question whether there is such a client. */
const aboutBudgets = () => api.take().filter(({ path }) => path.startsWith('/admin/budgets'));
const sent = () =>
  aboutBudgets().map(({ body, ...request }) => ({ ...request, body: body === '' ? '' : JSON.parse(body) }));

describe('tollgate budgets set', () => {
  it('sends micro-dollars, signed, and shows what the server has', async () => {
    api.answer(201, budget);
    const { code, stdout, stderr } = await place.run([
      ...['budgets', 'set', '--local', '--client', 'reader', '--day', '5.00', '--month', '$100.00015'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sent()).toMatchObject([
      {
        ...{ method: 'PUT', path: '/admin/budgets', signed: true },
        body: { client_id: 'reader', day_micro_dollars: 5_000_000, month_micro_dollars: 100_000_150 },
      },
    ]);
    expect(stdout).toBe(`The budget is set.

  Client      reader
  Day         $3.00005 of $5.00 spent, 60 %
  Month       $3.00005 of $100.00015 spent, 2 %
  Figures of  2026-11-22T12:00:00.000Z

Tokens that there are already live on until they expire or are revoked.

See all budgets, and what was spent of them:

  npx tollgate budgets list --local
`);
  });

  it('sends what is said and nothing else, for a tenant too, and prints JSON for programs', async () => {
    const ofTenant = { tenant: 'acme', day_micro_dollars: 0 };
    api.answer(200, { ...ofTenant, added_later: 1 });
    const args = ['budgets', 'set', '--local', '--tenant', 'acme', '--day', '0'];
    const { stdout } = await place.runHere([...args, '--json']);
    expect(JSON.parse(stdout)).toEqual({ ...ofTenant, added_later: 1 });
    expect(sent()).toMatchObject([{ body: ofTenant }]);
    const { stdout: shown } = await place.runHere(args);
    expect(shown).toMatch(
      /was set before[\s\S]*Tenant +acme\n +Day +\$0\.00 at most\n +Figures of +none yet/,
    );
  });

  it('warns of a client that there is not, and sets it all the same: it may be still to come', async () => {
    api.answer(201, { ...budget, client_id: 'raeder' });
    api.answerTo('GET /admin/clients/raeder', 404, { code: 'unknown_client' });
    const args = ['budgets', 'set', '--local', '--client', 'raeder', '--day', '5', '--json'];
    const { code, stdout, stderr } = await place.runHere(args);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, client_id: 'raeder' });
    expect(stderr).toMatch(/^warning: There is no client raeder[\s\S]*clients list --local/);
  });

  it('says why the server refuses', async () => {
    api.answer(400, { code: 'invalid_day_micro_dollars', detail: 'day_micro_dollars has to be less.' });
    const args = ['budgets', 'set', '--local', '--client', 'reader', '--day', '999999'];
    const { code, stderr } = await place.runHere(args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/has to be less[\s\S]*budgets set --help/)]);
  });

  it.each([
    ['nobody', ['set', '--day', '1'], /--client or --tenant/],
    ['two', ['set', '--day', '1', '--client', 'a', '--tenant', 'b'], /--client and --tenant were both given/],
    ['more than can be', ['set', '--client', 'a', '--day', '1000000.01'], /a million dollars at most/],
    ['no limit', ['set', '--client', 'a'], /--day, --month or both/],
    ['nobody to remove', ['remove'], /--client or --tenant/],
    ...['-1', '1e3', '0.0000001', '1,50', '.5', '1.', '', 'NaN', '12345678'].map(
      (text) =>
        [`the amount "${text}"`, ['set', '--client', 'a', `--day=${text}`], /amount in dollars/] as const,
    ),
  ] as const)('refuses %s', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere(['budgets', ...args, '--local']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(sent()).toEqual([]);
  });

  it('reads every amount as it was written: nothing is rounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (amount) => {
        expect(dollars(formatDollars(amount))).toBe(amount);
      }),
    );
  });
});

describe('tollgate budgets list and remove', () => {
  it('lists, for people and for programs', async () => {
    const unlimited = { tenant: 'a\u001b[2Jb', month_micro_dollars: 1, day_spent_micro_dollars: 1_500_000 };
    api.answer(200, { budgets: [budget, unlimited] });
    const { stdout } = await place.runHere(['budgets', 'list', '--local']);
    expect(stdout).toMatch(/reader\n[\s\S]*\n\n +Tenant +a \[2Jb\n +Day +\$1\.50 spent, no limit\n/);
    expect(sent()).toMatchObject([{ method: 'GET', path: '/admin/budgets', signed: true }]);
    const json = await place.runHere(['budgets', 'list', '--local', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ budgets: [budget, unlimited] });
    api.answer(200, { budgets: [] });
    expect((await place.runHere(['budgets', 'list', '--local'])).stdout).toBe('There is no budget.\n');
  });

  it('removes the one that is named', async () => {
    api.answer(204, '');
    const { code, stdout } = await place.runHere([
      'budgets',
      'remove',
      '--yes',
      '--tenant',
      'a:b',
      '--local',
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Nothing limits any more what the tenant a:b spends.\n',
    });
    expect(sent()).toMatchObject([
      { method: 'DELETE', path: '/admin/budgets?tenant=a%3Ab', signed: true, body: '' },
    ]);
    api.answer(404, { code: 'unknown_budget', detail: 'There is no budget of this client.' });
    const again = await place.runHere(['budgets', 'remove', '--yes', '--client', 'reader', '--local']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/no budget[\s\S]*budgets list/)]);
  });

  it('takes no answer that is none of ours', async () => {
    api.answer(200, { budgets: [{ client_id: 1 }] });
    const { code, stderr } = await place.runHere(['budgets', 'list', '--local']);
    expect([code, stderr]).toEqual([1, expect.stringContaining("not one of Tollgate's")]);
  });
});
