/** Every endpoint of clients over two real tables and a real key, with clients whose secrets the tests know. */
import { randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { exportJWK } from 'jose';
import { hashSecret, verifyAnyHash, verifySecret } from '../../lambdas/crypto/credentials.ts';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { verifyClientAssertion } from '../../lambdas/crypto/verify-client-assertion.ts';
import { verifyToken } from '../../lambdas/crypto/verify-token.ts';
import type { Client, SecretCredential } from '../../lambdas/domain/client.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import type { TokenClaims } from '../../lambdas/domain/issuance.ts';
import { priceBook } from '../../lambdas/domain/ledger/price.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { mintApiKey, mintClientSecret, mintPassword } from '../../lambdas/domain/secret-format.ts';
import { authenticator } from '../../lambdas/functions/authenticate.ts';
import { loginHandler } from '../../lambdas/functions/login/handler.ts';
import { revokeHandler } from '../../lambdas/functions/revoke/handler.ts';
import type { GrantHandler } from '../../lambdas/functions/token/grant.ts';
import { clientCredentials } from '../../lambdas/functions/token/grants/client-credentials.ts';
import { refresh } from '../../lambdas/functions/token/grants/refresh-token.ts';
import { tokenHandler } from '../../lambdas/functions/token/handler.ts';
import { wireSessions } from '../../lambdas/functions/wire-sessions.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { assertionLog } from '../../lambdas/store/assertions.ts';
import { budgetReader } from '../../lambdas/store/budgets.ts';
import { directory } from '../../lambdas/store/directory.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { clientItem, credentialItem } from '../../lambdas/store/items.ts';
import { issuanceWriter, revocationReader, revocationWriter } from '../../lambdas/store/ledger.ts';
import { verifiers } from '../../lambdas/store/verifiers.ts';
import { NOW, testClock } from './clock.ts';
import { createTestTable, type TestTable, testCredentials } from './dynamodb.ts';
import { type EventOptions, requestEvent } from './event.ts';
import { rsaKey } from './rsa.ts';
import { unreliable } from './unreliable.ts';

export const ISSUER = 'https://api.example.com';
export const AUDIENCE = 'tollgate';
export const KID = 'test-key';
export const TOKEN_LIFETIME = 900;
export const LOGIN_PRICE = 100;

const ROLES = { catalogue: ['read:products', 'write:products'], support: ['read:users'] };

export type TokenService = Awaited<ReturnType<typeof createTokenService>>;

export async function createTokenService() {
  const [directoryTable, ledgerTable, { privateKey, publicKey }] = await Promise.all([
    createTestTable(),
    createTestTable(),
    rsaKey('own'),
  ]);
  const { n = '', e = '' } = await exportJWK(publicKey);
  const jwks = { keys: [{ kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: KID } as const] };
  const [directoryDoor, ledgerDoor] = await Promise.all([
    unreliable(directoryTable.endpoint),
    unreliable(ledgerTable.endpoint),
  ]);

  /** What a test may change; `hashes` tells which comparisons were made. */
  const state = { hasKeys: true, behindDoors: false, hashes: [] as string[] };
  const clock = testClock();
  const doors = new Map(
    [[directoryTable, directoryDoor] as const, [ledgerTable, ledgerDoor] as const].map(
      ([table, { endpoint }]) => [
        table,
        documentClient({ endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts: 1 }),
      ],
    ),
  );
  const access = (table: TestTable) => ({
    client: (state.behindDoors ? doors.get(table) : undefined) ?? table.client,
    table: table.name,
  });

  const authenticate = () =>
    authenticator({
      directory: directory(access(directoryTable)),
      verifySecret: (hash, secret) => {
        state.hashes.push('sha256');
        return verifySecret(hash, secret);
      },
      verifyPassword: (hash, password) => {
        const [, algorithm = 'scrypt'] = hash?.split('$') ?? [];
        state.hashes.push(algorithm);
        return verifyAnyHash(hash, password);
      },
      renewal: {
        isCurrent: (hash) => hash.startsWith(CHEAP),
        hashPassword: async (password) => {
          state.hashes.push('renewed');
          return cheapHash(password);
        },
        verifiers: verifiers(access(directoryTable)),
      },
      assertions: {
        issuer: ISSUER,
        verify: (...signed) => {
          state.hashes.push('signature');
          return verifyClientAssertion(...signed);
        },
        used: assertionLog(access(directoryTable), randomUUID),
      },
      clock,
      log: createLog('test'),
    });

  const terms = {
    ...{ issuer: ISSUER, audience: AUDIENCE, tokenLifetime: TOKEN_LIFETIME },
  };
  const roles = async () => ROLES;
  const issuing = () => ({
    sign: async (claims: TokenClaims) => {
      if (!state.hasKeys) throw new StoreUnavailable('no key may sign yet');
      return { token: await signToken({ ...claims }, { kid: KID, key: privateKey }), kid: KID };
    },
    ledger: issuanceWriter({ ...access(ledgerTable), retention: 90 * 24 * 3600 }),
    budgets: budgetReader(access(ledgerTable)),
    price: async () => priceBook(LOGIN_PRICE),
    clock,
    random: randomBytes,
    log: createLog('login'),
  });
  const sessions = () => wireSessions(access(directoryTable));

  const login = (options: EventOptions = {}): Promise<Response> =>
    loginHandler(
      { ...issuing(), authenticate: authenticate(), openSession: sessions().open, roles },
      terms,
    )(requestEvent('POST /auth', { at: clock(), ...options }));

  /** The grants that need nobody else's tokens. */
  const grants = () => ({
    client_credentials: clientCredentials(
      { authenticate: authenticate(), openSession: sessions().open, roles },
      terms,
    ),
    refresh_token: refresh(
      {
        ...{ authenticate: authenticate(), ...sessions(), directory: directory(access(directoryTable)) },
        revocations: revocationReader(access(ledgerTable)),
        ledger: revocationWriter(access(ledgerTable)),
        roles,
        log: createLog('token'),
      },
      terms,
    ),
  });

  const token = (options: EventOptions = {}): Promise<Response> =>
    tokenHandler(
      { ...issuing(), grants: { ...grants(), [TOKEN_EXCHANGE]: notHere, [JWT_BEARER]: notHere } },
      terms,
    )(requestEvent('POST /oauth2/token', { at: clock(), ...options }));

  const revoke = (options: EventOptions = {}): Promise<Response> =>
    revokeHandler({
      authenticate: authenticate(),
      verify: async (token, now) => {
        if (!state.hasKeys) throw new StoreUnavailable('no key is published yet');
        const expected = { jwks, issuer: ISSUER, audience: AUDIENCE, now, acceptExpired: true };
        const verified = await verifyToken(token, expected);
        if (!verified.ok) return undefined;
        const { jti, client_id: clientId, iat, exp } = verified.value.claims;
        return { jti, clientId, iat, exp };
      },
      ledger: revocationWriter(access(ledgerTable)),
      directory: directory(access(directoryTable)),
      ...sessions(),
      clock,
      log: createLog('revoke'),
    })(requestEvent('POST /oauth2/revoke', { at: clock(), ...options }));

  const put = (Item: Record<string, unknown>) =>
    directoryTable.client.send(new PutCommand({ TableName: directoryTable.name, Item }));

  let clients = 0;
  return {
    ...{ login, token, revoke, terms, clock, state, jwks, privateKey, directoryTable, ledgerTable, put },
    /** For handlers of a test's own: what authenticates their clients, and the tables as their functions reach them. */
    ...{ authenticate, access, sessions, grants, issuing, roles },
    ...{ directoryDoor, ledgerDoor },
    /** Creates a client with an API key, a client secret and a password, all of them right. */
    async client(changes: Partial<Client> = {}, credentialChanges: Partial<SecretCredential> = {}) {
      const clientId = changes.clientId ?? `client-${++clients}`;
      const apiKey = mintApiKey(clientId, 'apikey00', randomBytes);
      const clientSecret = mintClientSecret('secret00', randomBytes);
      const password = mintPassword(randomBytes);
      const credential = (credentialId: string, kind: SecretCredential['kind'], hash: string) =>
        put(
          credentialItem({
            ...{ clientId, credentialId, kind, hash, state: 'active', createdAt: NOW },
            ...credentialChanges,
          }),
        );
      await Promise.all([
        put(clientItem({ ...aClient, ...changes, clientId })),
        credential('apikey00', 'api_key', hashSecret(apiKey)),
        credential('secret00', 'client_secret', hashSecret(clientSecret)),
        credential('password', 'password', cheapHash(password)),
      ]);
      directoryTable.takeOperations();
      return { clientId, apiKey, clientSecret, password };
    },
    /** The operations on both tables since the last call of this, directory first. */
    takeOperations: () => [...directoryTable.takeOperations(), ...ledgerTable.takeOperations()],
    /** After a test: the clock, the stores and the keys are as they were, and nothing has been counted. */
    restore() {
      clock.advance(NOW - clock());
      for (const door of [directoryDoor, ledgerDoor]) door.misbehave(() => undefined);
      Object.assign(state, { hasKeys: true, behindDoors: false });
      for (const table of [directoryTable, ledgerTable]) table.takeOperations();
    },
    async close() {
      for (const client of doors.values()) client.destroy();
      await Promise.all([directoryDoor.close(), ledgerDoor.close()]);
      await Promise.all([directoryTable.close(), ledgerTable.close()]);
    },
  };
}

const notHere: GrantHandler = async () => {
  throw new Error('a grant that this service does not have');
};

const aClient: Client = {
  clientId: '',
  name: 'A client',
  kind: 'service',
  state: 'active',
  scopes: ['read:products', 'read:usage'],
  roles: [],
  allowedClaims: ['userID', 'role'],
  createdAt: NOW,
};

/** A scrypt hash of the same form at a cost that tests can pay a hundred times. */
function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 2 ** 4, r: 8, p: 1 });
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `${CHEAP}${base64(salt)}$${base64(hash)}`;
}

const CHEAP = '$scrypt$ln=4,r=8,p=1$';

/** Headers of Basic. */
export const basic = (userId: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${userId}:${password}`).toString('base64')}`,
});

/** Headers and body of a JSON request with an API key. */
export const asking = (apiKey: string, body: unknown): EventOptions => ({
  headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A form as the gateway hands it on: in base64. */
export const form = (
  headers: Record<string, string>,
  parameters: Record<string, string> | string,
): EventOptions => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: Buffer.from(new URLSearchParams(parameters).toString()).toString('base64'),
  base64: true,
});

/** @returns the JSON body of an answer */
export const bodyOf = (response: Response): Record<string, unknown> => JSON.parse(response.body ?? 'null');
