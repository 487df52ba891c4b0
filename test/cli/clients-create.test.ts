import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey, mintClientSecret, mintPassword } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

const CREATE = ['clients', 'create', '--local', '--name', 'CI'];
const service = {
  client_id: 'ci',
  client_name: 'CI',
  kind: 'service',
  scope: 'read:products',
  roles: [],
  allowed_claims: [],
  client_secret: mintClientSecret('a1b2c3d4', testRandom(1)),
  api_key: mintApiKey('ci', 'e5f6g7h8', testRandom(2)),
};
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const user = {
  client_id: 'alice',
  client_name: 'Alice',
  kind: 'user',
  scope: '',
  roles: ['support'],
  allowed_claims: ['userID'],
  password: mintPassword(testRandom(3)),
};

let api: OperatorApi;
let place: Workplace;
beforeAll(async () => {
  [api, place] = await Promise.all([startOperatorApi(), workplace()]);
});
beforeEach(async () => {
  api.take();
  await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
});
afterAll(() => Promise.all([api.close(), place.remove()]));

describe('tollgate clients create: 0, done', () => {
  it('sends one signed request with what was given, and nothing else', async () => {
    api.answer(201, service);
    const options = '--id ci --scope read:products --scope read:usage --role support --role catalogue';
    const more = '--tenant acme --claim userID --claim role --token-lifetime 5m --kind service';
    const session =
      '--grant-type token-exchange --grant-type client_credentials --refresh-lifetime 30d --refresh-idle 12h --jwks keys.json';
    await writeFile(join(place.folder, 'keys.json'), JSON.stringify({ keys: [{ kty: 'EC' }] }));
    const args = [options, more, session].flatMap((each) => each.split(' '));
    const { code } = await place.runHere([...CREATE, ...args]);
    expect(code).toBe(0);
    const seen = api.take();
    expect(seen).toMatchObject([{ method: 'POST', path: '/admin/clients', signed: true }]);
    expect(seen[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      client_name: 'CI',
      client_id: 'ci',
      kind: 'service',
      scope: 'read:products read:usage',
      roles: ['support', 'catalogue'],
      tenant: 'acme',
      allowed_claims: ['userID', 'role'],
      token_lifetime: 300,
      grant_types: [TOKEN_EXCHANGE, 'client_credentials'],
      refresh_token_lifetime: 2_592_000,
      refresh_token_idle_lifetime: 43_200,
      jwks: { keys: [{ kty: 'EC' }] },
    });
  });

  it('sends only the name where only the name is given', async () => {
    api.answer(201, service);
    await place.runHere(CREATE);
    expect(api.take().map(({ body }) => body)).toEqual(['{"client_name":"CI"}']);
  });

  it('shows a service its secrets once, says so, and how to log in; without colours in a pipe', async () => {
    api.answer(201, service);
    const { code, stdout, stderr } = await place.run(CREATE, { CI: 'true' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`The client is created.

  Name           CI
  Client id      ci
  Kind           service
  Scopes         read:products
  Client secret  ${service.client_secret}
  API key        ${service.api_key}

Keep the secret and the API key now: they are stored nowhere and cannot be shown again.

Log in; it asks for the secret:

  npx tollgate login --local --client ci
`);
  });

  it('shows a user the password', async () => {
    api.answer(201, user);
    const { stdout } = await place.runHere(CREATE);
    expect(stdout).toContain(`  Password   ${user.password}\n`);
    expect(stdout).toContain('Keep the password now: it is stored nowhere and cannot be shown again.');
    expect(stdout).toContain('npx tollgate login --local --client alice');
  });

  it('tells a service that has no secrets how it goes on', async () => {
    const { client_secret: _, api_key: __, ...keyed } = service;
    api.answer(201, {
      ...keyed,
      grant_types: ['client_credentials'],
      jwks: { keys: [{ kid: '2026-11', alg: 'ES256' }] },
    });
    const { stdout } = await place.runHere(CREATE);
    expect(stdout).toMatch(/ {2}Grants +client_credentials\n {2}Keys +2026-11 \(ES256\)\n/);
    expect(stdout).toContain('It has no secret: it signs assertions');
    expect(stdout).toContain(`curl -i '${api.url}/oauth2/token' -d grant_type=client_credentials`);
  });

  it('does not tell a service to log in that may only exchange tokens, by the name of the grant in either form', async () => {
    api.answer(201, { ...service, grant_types: [TOKEN_EXCHANGE] });
    const { stdout } = await place.runHere([...CREATE, '--grant-type', TOKEN_EXCHANGE]);
    expect(JSON.parse(api.take()[0]?.body ?? '')).toMatchObject({ grant_types: [TOKEN_EXCHANGE] });
    expect(stdout).not.toContain('/auth');
    expect(stdout).toContain(`-H "x-api-key: $TOLLGATE_API_KEY" -d grant_type=${TOKEN_EXCHANGE} `);
  });

  it('warns of a client without any scope or role', async () => {
    api.answer(201, { ...service, scope: '', roles: [] });
    expect((await place.runHere(CREATE)).stdout).toContain('It has no scope and no role');
  });

  it('prints nothing but JSON with --json', async () => {
    api.answer(201, { ...service, added_later: 1 });
    const { code, stdout, stderr } = await place.runHere([...CREATE, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ ...service, added_later: 1 });
  });

  it('finds the local runner from a folder below, and takes the target behind the verb or before it', async () => {
    api.answer(201, service);
    await mkdir(join(place.folder, 'docs'), { recursive: true });
    const { code } = await place.runHere(['--local', 'clients', 'create', '--name', 'CI']);
    expect(code).toBe(0);
  });
});

describe('tollgate clients create: 1, refused', () => {
  it.each([
    [400, { code: 'unknown_scope', detail: 'scope "x" does not exist' }, /unknown_scope.*"x"[\s\S]*--help/],
    [
      409,
      { code: 'client_exists', detail: 'There is a client ci already.' },
      /client_exists[\s\S]*another --id/,
    ],
    [403, { message: 'Forbidden' }, /403.*Forbidden[\s\S]*execute-api:Invoke/],
    [404, { message: 'Not Found' }, /404.*Not Found[\s\S]*no such route/],
    [503, { code: 'directory_unavailable', detail: 'Not created.' }, /directory_unavailable[\s\S]*Try again/],
  ])('%i: says what the server said, and what to do', async (status, body, says) => {
    api.answer(status, body);
    const { code, stdout, stderr } = await place.runHere([...CREATE, '--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it.each([
    [200, '<html>a proxy</html>'],
    [201, '{}'],
  ])('%i that is not an answer of ours: %s', async (status, body) => {
    api.answer(status, body);
    const { code, stderr } = await place.runHere(CREATE);
    expect(code).toBe(1);
    expect(stderr).toContain(`The answer (${status}) is not one of Tollgate's.`);
  });

  it('lets no answer write to the terminal what is not text', async () => {
    api.answer(400, { code: 'x', detail: 'a\u001b[2Jb\nc\u202ed' });
    const { code, stderr } = await place.run(CREATE);
    expect(code).toBe(1);
    expect(stderr).toContain('a [2Jb c d');
  });
});

describe('tollgate clients create: 2, used in a way it cannot be', () => {
  it.each([
    ['no command', [], /Usage: tollgate/],
    ['an unknown command', ['clents'], /unknown command 'clents'[\s\S]*clients/],
    ['an unknown option', [...CREATE, '--scopes', 'x'], /unknown option '--scopes'[\s\S]*--scope/],
    ['no name', ['clients', 'create', '--local'], /required option '--name <name>'/],
    ['an unknown kind', [...CREATE, '--kind', 'robot'], /Allowed choices are service, user/],
    ['a lifetime that is no number', [...CREATE, '--token-lifetime', '1.5'], /a time such as 90s/],
    ['no target', ['clients', 'create', '--name', 'CI'], /give --local/],
  ])('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(api.take()).toEqual([]);
  });

  it('two targets', async () => {
    const { code, stdout, stderr } = await place.run([...CREATE, '--stack', 'Tollgate']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--local and --stack/);
    expect(api.take()).toEqual([]);
  });

  it('explains itself on demand, exit codes included', async () => {
    const top = await place.run(['--help']);
    expect(top).toMatchObject({ code: 0, stderr: '' });
    expect(top.stdout).toMatch(/--stack <name>[\s\S]*Exit codes:\n {2}0 {2}done\n/);
    const verb = await place.runHere(['clients', 'create', '--help']);
    expect(verb).toMatchObject({ code: 0, stderr: '' });
    expect(verb.stdout).toMatch(/--scope <scope>[\s\S]*--local[\s\S]*Examples:/);
  });
});

describe('tollgate clients create: 3, not reachable', () => {
  it('when there is no local runner', async () => {
    const elsewhere = await workplace();
    const { code, stderr } = await elsewhere.run(CREATE);
    await elsewhere.remove();
    expect(code).toBe(3);
    expect(stderr).toMatch(/no local runner[\s\S]*npm run local/);
  });

  it('finds the local runner where TOLLGATE_HOME says, and says where it was looked for', async () => {
    await place.local({ url: api.url, aws: operator });
    api.answer(201, service);
    const elsewhere = await workplace();
    const home = join(place.folder, '.tollgate');
    expect(await elsewhere.runHere(CREATE, { TOLLGATE_HOME: home })).toMatchObject({ code: 0 });
    const none = await elsewhere.runHere(CREATE, { TOLLGATE_HOME: elsewhere.folder });
    await elsewhere.remove();
    expect(none).toMatchObject({ code: 3, stdout: '' });
    expect(none.stderr).toContain(join(elsewhere.folder, 'local.json'));
  });

  it.each([
    ['is not JSON', '{"url": "http://127.0.0.1:1", "aws": {"secretAccessKey": "only-here"'],
    ['lacks the credentials', { url: 'http://127.0.0.1:1', aws: { secretAccessKey: 'only-here' } }],
    ['has an address of another kind', { url: 'file:///etc/passwd', aws: operator }],
  ])('when its file %s, without quoting it', async (_, content) => {
    await place.local(content);
    const { code, stderr } = await place.runHere(CREATE);
    expect(code).toBe(3);
    expect(stderr).toMatch(/local\.json cannot be read[\s\S]*npm run local/);
    expect(stderr).not.toMatch(/only-here|operators-secret/);
  });

  it('when the local runner has ended', async () => {
    await place.local({ url: 'http://127.0.0.1:46', aws: operator });
    const { code, stdout, stderr } = await place.runHere([...CREATE, '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:46 did not answer: .+\n.*npm run local/);
  });

  it('when it is sent elsewhere: signature and secrets stay here', async () => {
    api.answer(307, '', { location: 'http://127.0.0.1:9/' });
    const { code } = await place.runHere(CREATE);
    expect(code).toBe(3);
  });
});
