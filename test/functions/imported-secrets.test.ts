import { createHash, pbkdf2Sync, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { argon2id, bcrypt } from 'hash-wasm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseImport } from '../../lambdas/domain/client-import.ts';
import { clientImports } from '../../lambdas/store/client-imports.ts';
import { captureOutput } from '../support/output.ts';
import { basic, createTokenService, form, type TokenService } from '../support/token-service.ts';

let service: TokenService;
const output = captureOutput();
beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const SECRET = 'kept from before – naïve';
const salt = randomBytes(16);
const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
const hashes: [algorithm: string, hash: () => string | Promise<string>][] = [
  ['2a', () => bcrypt({ password: SECRET, salt, costFactor: 4, outputType: 'encoded' })],
  [
    'argon2id',
    () =>
      argon2id({
        ...{ password: SECRET, salt, parallelism: 1, iterations: 1, memorySize: 8, hashLength: 32 },
        outputType: 'encoded',
      }),
  ],
  [
    'pbkdf2-sha256',
    () => `$pbkdf2-sha256$i=3$${base64(salt)}$${base64(pbkdf2Sync(SECRET, salt, 3, 32, 'sha256'))}`,
  ],
  [
    'scrypt',
    () =>
      `$scrypt$ln=3,r=8,p=1$${base64(salt)}$${base64(scryptSync(SECRET, salt, 32, { N: 8, r: 8, p: 1 }))}`,
  ],
  ['sha256', () => `$sha256$${base64(createHash('sha256').update(SECRET).digest())}`],
];

let ids = 0;
async function imported(hash: string | Promise<string>, kind: 'service' | 'user' = 'service') {
  const clientId = `Imported_${++ids}`;
  const item = { client_id: clientId, client_name: 'Shop', kind, scope: 'read:products' };
  const parsed = parseImport({ ...item, secret_hash: await hash }, { scopes: ['read:products'], roles: [] });
  if (!parsed.ok) throw new Error(parsed.failure.detail);
  const { name: table, client } = service.directoryTable;
  await clientImports({ client, table }, randomUUID, service.clock).create(parsed.value);
  service.takeOperations();
  service.state.hashes.length = 0;
  return clientId;
}
const itemsOf = async (clientId: string) =>
  (await service.directoryTable.items()).filter(({ pk }) => pk.endsWith(`#${clientId}`));
const verifierOf = async (clientId: string) =>
  (await itemsOf(clientId)).find(({ pk }) => pk.startsWith('VERIFIER#'));
const login = async (clientId: string, secret: string) => {
  const { statusCode } = await service.login({ headers: basic(clientId, secret) });
  return { status: statusCode, hashes: service.state.hashes.splice(0) };
};

describe('a secret that another system hashed', () => {
  it.each(hashes)('with %s logs in, and is ours from then on', async (algorithm, hashOf) => {
    const clientId = await imported(hashOf());
    expect(await login(clientId, SECRET)).toEqual({ status: 200, hashes: [algorithm, 'renewed'] });
    expect(service.takeOperations()).toEqual([
      'BatchGetItem',
      'UpdateItem',
      'BatchGetItem',
      'BatchWriteItem',
    ]);
    expect(await verifierOf(clientId)).toMatchObject({ hash: expect.stringMatching(/^\$scrypt\$ln=4/) });
    expect(await login(clientId, SECRET)).toEqual({ status: 200, hashes: ['scrypt'] });
    expect((await login(clientId, 'another secret')).status).toBe(401);
  });

  const anHash = hashes[4]?.[1] ?? (() => '');

  it('stays as it is after a wrong one, which counts as of a password', async () => {
    const clientId = await imported(anHash(), 'user');
    const before = await verifierOf(clientId);
    for (let i = 0; i < 5; i++) {
      expect(await login(clientId, 'wrong')).toEqual({ status: 401, hashes: ['sha256'] });
    }
    expect(await login(clientId, SECRET)).toEqual({ status: 429, hashes: [] });
    expect(await verifierOf(clientId)).toEqual(before);
    service.clock.advance(2_000);
    expect((await login(clientId, SECRET)).status).toBe(200);
  });

  it.each([
    ['Basic', (clientId: string) => form(basic(clientId, encodeURIComponent(SECRET)), { ...GRANT })],
    [
      'client_secret_post',
      (clientId: string) => form({}, { ...GRANT, client_id: clientId, client_secret: SECRET }),
    ],
  ])('is a client secret at the token endpoint, by %s', async (_, asking) => {
    const clientId = await imported(anHash());
    expect(await service.token(asking(clientId))).toMatchObject({ statusCode: 200 });
    expect(await verifierOf(clientId)).toMatchObject({ hash: expect.stringMatching(/^\$scrypt/) });
  });

  it('logs in all the same where it cannot be replaced, says so, and is replaced the next time', async () => {
    const clientId = await imported(anHash());
    service.state.behindDoors = true;
    service.directoryDoor.misbehave((operation) => (operation === 'UpdateItem' ? 'failing' : undefined));
    expect((await login(clientId, SECRET)).status).toBe(200);
    expect(output.text()).toContain('imported hash not replaced');
    expect(await verifierOf(clientId)).toMatchObject({ hash: anHash() });
    service.restore();
    expect((await login(clientId, SECRET)).hashes).toEqual(['sha256', 'renewed']);
  });

  it('is replaced once by two first logins at once, and both are let in', async () => {
    const clientId = await imported(anHash());
    const both = await Promise.all([login(clientId, SECRET), login(clientId, SECRET)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(output.text()).toContain('imported hash replaced');
    expect((await login(clientId, SECRET)).status).toBe(200);
  });

  it('proves nothing where its credential is of another time, or disabled, or gone', async () => {
    const changed = async (change: object) => {
      const clientId = await imported(anHash());
      const credential = (await itemsOf(clientId)).find(({ sk, pk }) =>
        pk.startsWith('CLIENT#') ? sk === 'CREDENTIAL#password' : false,
      );
      await service.put({ ...credential, ...change });
      return login(clientId, SECRET);
    };
    expect(await changed({ state: 'disabled' })).toMatchObject({ status: 401, hashes: ['sha256'] });
    expect(await changed({ createdAt: 1 })).toMatchObject({ status: 401, hashes: ['scrypt'] });
    expect(await changed({ kind: 'client_secret' })).toMatchObject({ status: 401, hashes: ['scrypt'] });
  });

  it('says nothing of itself in the log', async () => {
    const clientId = await imported(anHash());
    await login(clientId, SECRET);
    expect(output.text()).toContain(clientId);
    expect(output.text()).not.toMatch(/\$sha256|\$scrypt|kept from before/);
  });
});

const GRANT = { grant_type: 'client_credentials' };
