/**
 * Every verb of the command, as its help and its process have it. Each has one cheap run of the real binary here, which a
 * new verb has to be added to; what it does in all its cases has tests of its own.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../cli/main.ts';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Ended, type Workplace, workplace } from './tollgate.ts';

/** How a verb is run: its arguments behind its name, what the server answers, and how it ends. */
interface Run {
  args?: string[];
  /** The route, as `answerTo` of the server takes it, its status and its body; none for what asks no one. */
  answers?: readonly (readonly [route: string, status: number, body: unknown])[];
  env?: Record<string, string>;
  code?: number;
  /** What the output has to say, wherever. */
  says: RegExp;
}

const client = {
  client_id: 'ci',
  client_name: 'CI',
  kind: 'service',
  scope: 'a',
  roles: [],
  allowed_claims: [],
};
const credential = { client_id: 'ci', credential_id: 'a1b2c3d4', kind: 'api_key', state: 'active' };
const added = { ...credential, api_key: 'tg_made-up' };
const role = { role: 'buyer', scopes: ['a'], set_by: 'operator' };
const price = { route: 'GET /usage', from: '2999-01-01T00:00:00Z', per_call_micro_dollars: 0 };
const token = ['e30', 'e30', 'c2ln'].join('.');

const CLIENT = '/admin/clients/ci';
const CREDENTIAL = `${CLIENT}/credentials/a1b2c3d4`;
const OF_CI = ['a1b2c3d4', '--client', 'ci'];
/** What the answer is worth is for each verb's own tests: here it is a refusal, which no verb takes for anything else. */
const REFUSED = { code: 1, says: /nobody_may/ };

// biome-ignore format: a table, one line a verb
const RUNS: Readonly<Record<string, Run>> = {
  'clients create': { args: ['--name', 'CI'], answers: [['POST /admin/clients', 201, client]], says: /The client is created/ },
  'clients list': { answers: [['GET /admin/clients', 200, { clients: [client] }]], says: /ci +CI +service/ },
  'clients show': { args: ['ci', '--json'], answers: [[`GET ${CLIENT}`, 200, client]], says: /"client_id": "ci"/ },
  'clients update': { args: ['ci', '--name', 'CI'], answers: [[`GET ${CLIENT}`, 200, client], [`PATCH ${CLIENT}`, 200, client]], says: /is changed/ },
  'clients disable': { args: ['ci'], answers: [[`PATCH ${CLIENT}`, 200, client]], says: /no more tokens/ },
  'clients enable': { args: ['ci'], answers: [[`PATCH ${CLIENT}`, 200, client]], says: /tokens again/ },
  'clients delete': { args: ['ci', '--yes'], answers: [[`DELETE ${CLIENT}`, 204, '']], says: /is deleted/ },
  'credentials add': { args: ['--client', 'ci', '--kind', 'api_key'], answers: [[`POST ${CLIENT}/credentials`, 201, added]], says: /is added/ },
  'credentials rotate': { args: [...OF_CI, '--overlap', '24h'], answers: [[`POST ${CLIENT}/credentials`, 201, added]], says: /is (?:added|replaced)/ },
  'credentials list': { args: ['--client', 'ci'], answers: [[`GET ${CLIENT}/credentials`, 200, { credentials: [credential] }]], says: /a1b2c3d4 +api_key/ },
  'credentials disable': { args: OF_CI, answers: [[`PATCH ${CREDENTIAL}`, 200, credential]], says: /not taken any more/ },
  'credentials enable': { args: OF_CI, answers: [[`PATCH ${CREDENTIAL}`, 200, credential]], says: /taken again/ },
  'credentials revoke': { args: [...OF_CI, '--yes'], answers: [[`DELETE ${CREDENTIAL}`, 204, '']], says: /is revoked/ },
  'credentials import': { args: ['clients.csv', '--from', 'csv', '--dry-run'], code: 2, says: /clients\.csv/ },
  'roles set': { args: ['buyer', '--scope', 'a'], answers: [['PUT /admin/roles/buyer', 201, role]], says: /The role is set/ },
  'roles list': { answers: [['GET /admin/roles', 200, { roles: [role] }]], says: /buyer +a/ },
  'roles remove': { args: ['buyer', '--yes'], answers: [['DELETE /admin/roles/buyer', 204, '']], says: /buyer/ },
  'prices set': { args: ['GET /usage', '--from', '2999-01-01T00:00:00Z', '--per-call', '0'], answers: [['PUT /admin/prices', 201, price]], says: /The price is set/ },
  'prices list': { answers: [['GET /admin/prices', 200, { prices: [price] }]], says: /GET \/usage .*free/ },
  'prices remove': { args: ['GET /usage', '--from', '2999-01-01T00:00:00Z', '--yes'], answers: [['DELETE /admin/prices?route=GET%20%2Fusage&from=2999-01-01T00%3A00%3A00Z', 204, '']], says: /is taken back/ },
  'issuers set': { args: ['--preset', 'github-actions', '--match', 'repository_id=1', '--client', 'ci'], ...REFUSED },
  'issuers list': { answers: [['GET /admin/issuers', 200, { issuers: [] }]], says: /No issuer is trusted/ },
  'issuers remove': { args: ['https://issuer.example', '--yes'], answers: [['DELETE /admin/issuers?issuer=https%3A%2F%2Fissuer.example', 204, '']], says: /trusted no more/ },
  'issuers presets': { says: /github-actions/ },
  'budgets set': { args: ['--client', 'ci', '--day', '5'], ...REFUSED },
  'budgets list': { answers: [['GET /admin/budgets', 200, { budgets: [] }]], says: /There is no budget/ },
  'budgets remove': { args: ['--client', 'ci', '--yes'], ...REFUSED },
  'tokens inspect': { args: ['-'], code: 2, says: /There is no/ },
  'tokens revoke': { args: ['--client', 'ci', '--yes'], ...REFUSED },
  'keys list': REFUSED,
  'keys rotate': { args: ['--yes'], ...REFUSED },
  'usage report': REFUSED,
  'usage export': REFUSED,
  'audit tail': REFUSED,
  'usage replay': { args: ['--file', 'empty.log'], says: /0|[Nn]oth/ },
  'usage reconcile': { args: ['--file', 'empty.log'], says: /0|[Nn]oth/ },
  'usage verify': REFUSED,
  'usage statement': { args: ['--client', 'ci', '--month', '2026-10'], ...REFUSED },
  login: { answers: [['POST /auth', 200, { access_token: token, expires_in: 900 }]], env: { TOLLGATE_API_KEY: 'tg_ci_a1b2c3d4_x' }, says: new RegExp(`^${token}\n$`) },
  call: { args: ['GET', '/products/lamp'], answers: [['GET /products/lamp', 200, '{}']], env: { TOLLGATE_TOKEN: token }, says: /^\{\}$/ },
  leak: { args: ['-', '--yes'], code: 2, says: /There is no/ },
  doctor: { args: ['--url', 'http://127.0.0.1:46'], code: 3, says: /127\.0\.0\.1:46/ },
  open: { says: /\/docs\n$/ },
  completion: { args: ['bash'], says: /complete -F _tollgate tollgate/ },
};

/** What has no `--json`, and why. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  'clients delete': 'says nothing but that it is done: the exit code',
  'credentials revoke': 'the same',
  'roles remove': 'the same',
  'prices remove': 'the same',
  'usage export': 'its --format says in which',
  'issuers remove': 'the same',
  'budgets remove': 'the same',
  call: 'prints the answer of the route as it is',
  open: 'prints one address',
  completion: 'prints a program for the shell',
};

interface Verb {
  name: string;
  command: Command;
}

const verbsOf = (command: Command, names: readonly string[] = []): Verb[] =>
  command.commands.length === 0
    ? [{ name: names.join(' '), command }]
    : command.commands.flatMap((one) => verbsOf(one, [...names, one.name()]));

const VERBS = verbsOf(await program());

/** The whole help, as it is printed. */
function helpOf({ command }: Verb): string {
  let text = '';
  const writeOut = (part: string) => {
    text += part;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return text;
}

describe('every verb of the command', () => {
  it('is run here once, and nothing is run that there is not', () => {
    expect(Object.keys(RUNS).sort()).toEqual(VERBS.map(({ name }) => name).sort());
  });

  it.each(VERBS.map((verb) => [verb.name, verb] as const))('%s: its help', (name, verb) => {
    const help = helpOf(verb);
    expect(verb.command.description(), 'a description').toMatch(/^[a-z].*[^.]$/s);
    expect(help, 'an example').toMatch(
      new RegExp(`Examples?:\\n(?:.*\\n)*? {2}\\$ .*npx tollgate ${name}\\b`),
    );
    expect(help, 'its exit codes').toMatch(/Exit codes:\n {2}0 {2}\S/);
    for (const { long, description } of verb.command.options) expect(description, long).not.toBe('');
    const hasJson = verb.command.options.some(({ long }) => long === '--json');
    expect(hasJson, '--json, or a reason in WITHOUT_JSON').toBe(!(name in WITHOUT_JSON));
  });
});

describe('the real binary', () => {
  let api: OperatorApi;
  let place: Workplace;
  const ended = new Map<string, Ended>();

  beforeAll(async () => {
    [api, place] = await Promise.all([startOperatorApi(), workplace()]);
    await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
    await writeFile(join(place.folder, 'empty.log'), '');
    api.answer(403, { code: 'nobody_may', detail: 'This is for nobody.' });
    for (const { answers = [] } of Object.values(RUNS)) {
      for (const [route, status, body] of answers) api.answerTo(route, status, body);
    }
    // The first puts the command together, if it has changed; the others find it done.
    await place.run(['--version']);
    const run = async ([name, { args = [], env = {} }]: [string, Run]) => {
      ended.set(name, await place.run([...name.split(' '), ...args, ...targetOf(name)], env));
    };
    await pMap(Object.entries(RUNS), run, { concurrency: 4 });
  });
  afterAll(() => Promise.all([api.close(), place.remove()]));

  it.each(Object.entries(RUNS))('tollgate %s', (name, { code = 0, says }) => {
    const { stdout = '', stderr = '', code: actual } = ended.get(name) ?? {};
    expect({ code: actual, stderr: code === 0 ? stderr : '' }).toEqual({ code, stderr: '' });
    expect(stdout + stderr).toMatch(says);
    expect(stdout + stderr).not.toMatch(/\n {4}at |Error:|undefined|\[object/);
  });
});

const targetOf = (name: string): string[] =>
  ['issuers presets', 'completion', 'doctor'].includes(name) ? [] : ['--local'];
