/**
 * A day of whoever runs Tollgate, through the command line alone, each step a process of its own: a client, a second key
 * beside its first, a rotation, a leak, its cost, the end of all tokens, and what is exported of it.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { type Ended, workplace } from '../cli/tollgate.ts';
import { operator, url } from './support.ts';

const { TOLLGATE_STACK: stack } = process.env;

/** Of a deployment the stack, with the credentials that the environment has; else the runner, by its file. */
const named = stack === undefined ? ['--local'] : ['--stack', stack];
const aws = Object.fromEntries(
  Object.entries(process.env).filter(([name, value]) => /^AWS_/.test(name) && value !== undefined),
) as Record<string, string>;

// Whoever runs these tests against a deployment need not be one who may operate it.
describe.runIf(operator !== undefined)('from a new client to the export of what it cost', () => {
  const place = workplace();
  afterAll(async () => (await place).remove());

  const run = async (args: string, env: Record<string, string> = {}): Promise<Ended> => {
    const environment = stack === undefined ? env : { ...aws, ...env };
    return (await place).run([...args.split(' '), ...named], environment);
  };
  /** What a command prints with `--json`; it has to succeed. */
  const json = async (args: string, env?: Record<string, string>): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await run(`${args} --json`, env);
    if (code !== 0) throw new Error(`tollgate ${args} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  };
  const call = async (apiKey: unknown): Promise<number | null> =>
    (await run('call GET /products/lamp', { TOLLGATE_API_KEY: String(apiKey) })).code;

  it('is done by the command line alone', { timeout: 120_000 }, async () => {
    const contract = JSON.parse(readFileSync(inject('contract'), 'utf8')) as object;
    await (await place).local({ ...contract, url });

    const created = await json(
      'clients create --name Shop --scope read:products --scope read:usage --token-lifetime 15m',
    );
    const [client, first] = [String(created.client_id), String(created.api_key)];
    const credentialOf = (apiKey: string) => apiKey.split('_')[2];
    const { api_key: second } = await json(`credentials add --client ${client} --kind api_key`);
    expect(await Promise.all([call(first), call(second)])).toEqual([0, 0]);

    const rotate = `credentials rotate ${credentialOf(first)} --client ${client}`;
    const { api_key: third } = await json(`${rotate} --overlap 24h`);
    expect(await Promise.all([call(first), call(third)])).toEqual([0, 0]);

    const stolen = { TOLLGATE_API_KEY: String(second) };
    const token = String((await json('login', stolen)).access_token);
    expect((await run('call GET /products/lamp', { TOLLGATE_TOKEN: token })).code).toBe(0);
    const leak = await json('leak --yes', { TOLLGATE_SECRET: String(second) });
    expect(leak).toMatchObject({ outcome: 'revoked', kind: 'api_key', was: 'active', client_id: client });
    // Two logins with one call each, at 100 and 48 micro-dollars and 2 for the answer's kilobyte.
    expect(leak.report).toMatchObject({ tokens: 2, cost_micro_dollars: 2 * (100 + 50) });
    const refused = await run('call GET /products/lamp', { TOLLGATE_TOKEN: token });
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('token_revoked')]);
    expect(await call(second)).toBe(1);

    const own = String((await json('login', { TOLLGATE_API_KEY: String(third) })).access_token);
    expect(await json(`tokens revoke --client ${client} --yes`)).toMatchObject({ revoked: true });
    expect((await run('call GET /products/lamp', { TOLLGATE_TOKEN: own })).code).toBe(1);

    const report = await json(`usage report --client ${client} --group-by route`);
    expect(report.rows).toMatchObject([
      { endpoint: 'GET /products/{name}', calls: 7, refused: 2, cost_micro_dollars: 5 * 50 },
      { endpoint: 'POST /auth', cost_micro_dollars: 6 * 100 },
    ]);
    const exported = await run(`usage export --client ${client} --format csv`);
    expect(exported.code).toBe(0);
    expect(exported.stdout).toContain('GET /products/{name}');
    expect(exported.stdout).not.toContain('eyJ');
  });
});
