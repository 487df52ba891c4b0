import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportedClient } from '../../cli/import/entry.ts';
import { verifyAnyHash } from '../../lambdas/crypto/credentials.ts';
import { importsHandler } from '../../lambdas/functions/imports/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { clientImports } from '../../lambdas/store/client-imports.ts';
import { testClock } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { requestEvent } from '../support/event.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { type OperatorApi, operator, type SeenRequest, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

let api: OperatorApi;
let place: Workplace;
let table: TestTable;
beforeAll(async () => {
  [api, place, table] = await Promise.all([startOperatorApi(), workplace(), createTestTable()]);
});
beforeEach(async () => {
  api.take();
  api.serve(served);
  await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
});
afterEach(() => api.take());
afterAll(() => Promise.all([api.close(), place.remove(), table.close()]));

/** The real function, over a real table. */
async function served({ body }: SeenRequest) {
  const access = { client: table.client, table: table.name };
  const event = requestEvent('POST /admin/imports', {
    headers: { 'content-type': 'application/json' },
    body,
  });
  const context = { ...event.requestContext, authorizer: { iam: { userArn: 'arn:aws:iam::1:user/alice' } } };
  const { statusCode = 500, body: answer } = await importsHandler({
    imports: clientImports(access, randomUUID, testClock()),
    roles: async () => ({}),
    log: recordedLog([]),
    audit: auditWriter(access),
  })({ ...event, requestContext: context as Request['requestContext'] });
  return { status: statusCode, body: JSON.parse(answer ?? 'null') };
}

/** As quick as a Map: for what is about numbers of clients, and not about any one of them. */
function remembering() {
  const there = new Map<string, string>();
  return async ({ body }: SeenRequest) => {
    const { clients, dry_run: isDry } = JSON.parse(body) as { clients: ImportedClient[]; dry_run?: boolean };
    const results = clients.map((client) => {
      const before = there.get(client.client_id);
      if (before !== undefined) return { outcome: 'exists', same: before === JSON.stringify(client) };
      if (isDry !== true) there.set(client.client_id, JSON.stringify(client));
      return { outcome: 'created' };
    });
    return { status: 200, body: { results } };
  };
}

let files = 0;
const write = async (content: string | Buffer): Promise<string> => {
  const name = `import-${++files}`;
  await writeFile(join(place.folder, name), content);
  return name;
};
const json = (value: unknown) => write(JSON.stringify(value, null, 2));
const run = (from: string, file: string, ...more: string[]) =>
  place.runHere(['credentials', 'import', file, '--from', from, '--local', '--json', ...more]);
/** What was sent since the last call, of all requests together. */
const sent = (): ImportedClient[] => api.take().flatMap(({ body }) => JSON.parse(body).clients);
const secretOf = (length = 51): string =>
  `1a2b3c4d${randomBytes(64)
    .toString('hex')
    .slice(0, length - 8)}`.replace(/(.)\1{3}/g, '$1x$1y');

describe('tollgate credentials import --from cognito', () => {
  it('takes app clients that may use client_credentials, their secrets hashed on this machine', async () => {
    const secret = secretOf();
    const machine = {
      ...{ ClientId: '4f9aShop', ClientName: 'Shop', ClientSecret: secret, UserPoolId: 'eu-central-1_x' },
      ...{ AllowedOAuthFlows: ['client_credentials'], AllowedOAuthScopes: ['shop/read', 'shop/none'] },
      ...{ AccessTokenValidity: 5, TokenValidityUnits: { AccessToken: 'minutes' } },
    };
    const web = { ...machine, ClientId: 'web', AllowedOAuthFlows: ['code'] };
    const file = await write(
      [machine, web, { ClientId: 'listed', ClientName: 'Listed' }]
        .map((client) => JSON.stringify({ UserPoolClient: client }, null, 4))
        .join('\n'),
    );
    const maps = ['--map-scope', 'shop/read=read:products', '--map-scope', 'shop/none='];
    const { code, stdout, stderr } = await run('cognito', file, ...maps, '--tenant', 'acme');
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ read: 3, created: 1, not_taken: 2, reasons: { no_usable_grant: 1, no_secret: 1 } },
    });
    const [client, ...others] = sent();
    expect(others).toEqual([]);
    expect(client).toEqual({
      ...{ client_id: '4f9aShop', client_name: 'Shop', scope: 'read:products', tenant: 'acme' },
      ...{ token_lifetime: 300, secret_hash: expect.stringMatching(/^\$sha256\$salt=before\$/) },
    });
    expect(await verifyAnyHash(client?.secret_hash, secret)).toBe(true);
    expect(stdout + stderr).not.toContain(secret);
    expect(JSON.stringify(await table.items())).not.toContain(secret);
  });
});

describe('tollgate credentials import --from auth0', () => {
  it('takes applications, of an array or a page', async () => {
    const m2m = {
      ...{ client_id: 'M2Mclient1', name: 'Jobs', client_secret: secretOf(64), app_type: 'non_interactive' },
      grant_types: ['client_credentials', 'refresh_token'],
    };
    const spa = { client_id: 'spa', name: 'Page', app_type: 'spa', grant_types: ['authorization_code'] };
    const global = { ...m2m, client_id: 'all', global: true };
    expect((await run('auth0', await json([m2m, spa, global]))).code).toBe(4);
    expect(sent()).toMatchObject([{ client_id: 'M2Mclient1', client_name: 'Jobs' }]);
    const page = { start: 0, limit: 50, total: 1, clients: [{ ...m2m, client_id: 'M2Mclient2' }] };
    expect((await run('auth0', await json(page))).code).toBe(0);
    expect(sent()).toMatchObject([{ client_id: 'M2Mclient2' }]);
  });

  it('takes users, one a line, with the bcrypt hash that they have', async () => {
    const hash = `$2b$10$${'a'.repeat(21)}O${'e'.repeat(30)}u`;
    const users = [
      { _id: { $oid: '5f1a' }, email: 'a@example.com', username: 'Alice', passwordHash: hash },
      { user_id: 'auth0|5f1b', email: 'b@example.com', passwordHash: hash },
      { user_id: 'google-oauth2|1', email: 'c@example.com' },
    ];
    const file = await write(users.map((user) => JSON.stringify(user)).join('\n'));
    expect((await run('auth0', file)).code).toBe(4);
    expect(sent()).toEqual([
      { client_id: 'Alice', client_name: 'a@example.com', kind: 'user', secret_hash: hash },
      { client_id: '5f1b', client_name: 'b@example.com', kind: 'user', secret_hash: hash },
    ]);
  });
});

describe('tollgate credentials import --from keycloak', () => {
  it('takes clients with service accounts, and users with their hashes', async () => {
    const client = {
      ...{ enabled: true, serviceAccountsEnabled: true, clientAuthenticatorType: 'client-secret' },
      ...{ name: '$'.concat('{client_jobs}'), defaultClientScopes: ['profile', 'roles', 'read:products'] },
    };
    const salt = randomBytes(16).toString('base64');
    const value = randomBytes(32).toString('base64');
    const password = (algorithm: string, more: object = {}) => [
      {
        type: 'password',
        secretData: JSON.stringify({ value, salt, additionalParameters: {} }),
        credentialData: JSON.stringify({ hashIterations: 5, algorithm, ...more }),
      },
    ];
    const parameters = {
      hashLength: ['32'],
      memory: ['7168'],
      type: ['id'],
      version: ['1.3'],
      parallelism: ['1'],
    };
    const realm = {
      realm: 'shop',
      clients: [
        {
          ...client,
          clientId: 'kc_jobs',
          secret: secretOf(32),
          attributes: { 'access.token.lifespan': '120' },
        },
        { ...client, clientId: 'masked', secret: '**********' },
        { ...client, clientId: 'keyed', clientAuthenticatorType: 'client-jwt' },
        { ...client, clientId: 'page', publicClient: true },
        { ...client, clientId: 'account', publicClient: true },
      ],
      users: [
        { username: 'kc-alice', enabled: true, firstName: 'Alice', credentials: password('pbkdf2-sha256') },
        { username: 'kc-bob', credentials: password('argon2', { additionalParameters: parameters }) },
        { username: 'kc-eve', credentials: [] },
        { username: 'service-account-kc_jobs', serviceAccountClientId: 'kc_jobs' },
      ],
    };
    const { code, stdout } = await run('keycloak', await json(realm));
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ read: 7, created: 3 },
      reasons: { masked_secret: 1, other_authentication: 1, no_usable_grant: 1, no_secret: 1 },
    });
    const unpadded = [salt, value].map((text) => text.replaceAll('=', '')).join('$');
    expect(sent()).toMatchObject([
      { client_id: 'kc_jobs', client_name: 'kc_jobs', scope: 'read:products', token_lifetime: 120 },
      { client_id: 'kc-alice', client_name: 'Alice', secret_hash: `$pbkdf2-sha256$i=5$${unpadded}` },
      { client_id: 'kc-bob', secret_hash: `$argon2id$v=19$m=7168,t=5,p=1$${unpadded}` },
    ]);
  });
});

const HEAD = 'client_id,client_name,kind,scope,roles,tenant,allowed_claims,token_lifetime,secret_hash,secret';
const row = (id: string, more = ',,,,,,,,') => `${id},${id} & Co${more}`;

describe('tollgate credentials import --from csv', () => {
  it('takes rows, and hashes as other tables write them', async () => {
    const digest = randomBytes(32);
    const file = await write(
      [
        HEAD,
        'csv_1,"Shop, the",service,read:products read:usage,,acme,userID,300,'.concat(
          digest.toString('hex'),
          ',',
        ),
        row('csv_2', `,user,,,,,,pbkdf2_sha256$7$c2FsdHNhbHQ$${digest.toString('base64')},`),
        row('csv_3', `,,,,,,,$pbkdf2-sha512$7$....AAAAAAAAAAAAAAAAAA$${'A'.repeat(86)},`),
        row('csv_4'),
      ].join('\r\n'),
    );
    expect((await run('csv', file)).code).toBe(0);
    const base64 = digest.toString('base64').replaceAll('=', '');
    expect(sent()).toEqual([
      {
        ...{
          client_id: 'csv_1',
          client_name: 'Shop, the',
          kind: 'service',
          scope: 'read:products read:usage',
        },
        ...{
          tenant: 'acme',
          allowed_claims: ['userID'],
          token_lifetime: 300,
          secret_hash: `$sha256$${base64}`,
        },
      },
      {
        ...{ client_id: 'csv_2', client_name: 'csv_2 & Co', kind: 'user' },
        secret_hash: `$pbkdf2-sha256$i=7$${Buffer.from('c2FsdHNhbHQ').toString('base64').replaceAll('=', '')}$${base64}`,
      },
      {
        ...{ client_id: 'csv_3', client_name: 'csv_3 & Co' },
        secret_hash: `$pbkdf2-sha512$i=7$++++AAAAAAAAAAAAAAAAAA$${'A'.repeat(86)}`,
      },
      { client_id: 'csv_4', client_name: 'csv_4 & Co' },
    ]);
  });

  it('hashes a secret that may be guessed slowly, and takes none that no request could carry', async () => {
    const rows = [
      row('weak', ',,,,,,,,hunter2'),
      row('both', ',,,,,,,$sha256$x,y'),
      row('long', `,,,,,,,,${'x1'.repeat(300)}`),
      row('ours', `,,,,,,,,tgs_a1b2c3d4_${'a'.repeat(49)}`),
    ];
    const { code, stdout } = await run('csv', await write([HEAD, ...rows].join('\n')));
    expect(code).toBe(4);
    expect(JSON.parse(stdout).reasons).toEqual({ two_secrets: 1, unusable_secret: 2 });
    const [weak] = sent();
    expect(weak?.secret_hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
    expect(await verifyAnyHash(weak?.secret_hash, 'hunter2')).toBe(true);
    expect(stdout).not.toContain('hunter2');
  });

  it('sends in hundreds, says what is there before, and the same again does no harm', async () => {
    api.serve(remembering());
    const rows = Array.from({ length: 230 }, (_, at) => row(`many-${at}`, `,,,,,,,,${secretOf()}`));
    const file = await write([HEAD, ...rows].join('\n'));
    const dry = await run('csv', file, '--dry-run');
    expect({ code: dry.code, told: JSON.parse(dry.stdout) }).toMatchObject({
      code: 0,
      told: { dry_run: true, read: 230, created: 230 },
    });
    expect(sent()).toHaveLength(230);
    const first = await run('csv', await write([HEAD, ...rows.slice(0, 150)].join('\n')));
    expect(JSON.parse(first.stdout)).toMatchObject({ created: 150, same: 0 });
    api.take();
    const again = await run('csv', file);
    expect({ code: again.code, told: JSON.parse(again.stdout) }).toMatchObject({
      code: 0,
      told: { created: 80, same: 150, not_taken: 0 },
    });
    expect(api.take().map(({ body, signed }) => [JSON.parse(body).clients.length, signed])).toEqual([
      [100, true],
      [100, true],
      [30, true],
    ]);
  });
});

describe('tollgate credentials import: 4, some were not taken', () => {
  it('names each with its line and why, in a report too, and both of those that have one id', async () => {
    const rows = [row('=cmd'), row('twice'), row('fine'), row('twice'), row('scoped', ',,openid,,,,,,')];
    const file = await write([HEAD, ...rows].join('\n'));
    const { code, stdout, stderr } = await place.run([
      'credentials',
      'import',
      file,
      '--from',
      'csv',
      '--local',
      '--report',
      'report.csv',
    ]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/Read +5\n {2}Created +1\n {2}Not taken +4\n/);
    expect(stdout).toMatch(/3 {2}twice +repeated_client_id: its id stands in the lines 3, 5/);
    expect(stdout).toMatch(/5 {2}twice +repeated_client_id/);
    expect(stderr).toContain('4 clients not taken, 1 created.');
    const report = await readFile(join(place.folder, 'report.csv'), 'utf8');
    expect(
      report
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',').slice(0, 4).join()),
    ).toEqual([
      'line,client_id,outcome,code',
      "2,'=cmd,not_taken,invalid_client_id",
      '3,twice,not_taken,repeated_client_id',
      '5,twice,not_taken,repeated_client_id',
      '6,scoped,not_taken,unknown_scope',
    ]);
  });

  it('tells those that are there and differ', async () => {
    await run('csv', await write(`${HEAD}\n${row('there')}`));
    const { code, stdout } = await run('csv', await write(`${HEAD}\n${row('there')}`), '--tenant', 'other');
    expect(code).toBe(4);
    expect(JSON.parse(stdout).first).toMatchObject([
      {
        client_id: 'there',
        outcome: 'differs',
        code: 'client_exists',
        detail: expect.stringContaining('tenant'),
      },
    ]);
  });
});
