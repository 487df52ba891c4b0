/** The functions behind the token endpoints over stores in memory: what is measured is them, not a database. */
import { randomBytes } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { hashSecret, verifyPassword, verifySecret } from '../lambdas/crypto/credentials.ts';
import { foreignTokens } from '../lambdas/crypto/foreign-tokens.ts';
import { ownTokens } from '../lambdas/crypto/own-tokens.ts';
import { refreshTokens } from '../lambdas/crypto/refresh-tokens.ts';
import { signToken } from '../lambdas/crypto/sign-token.ts';
import type { Client, Credential } from '../lambdas/domain/client.ts';
import { grantTypes, JWT_BEARER, TOKEN_EXCHANGE } from '../lambdas/domain/grant-type.ts';
import { priceBook } from '../lambdas/domain/ledger/price.ts';
import type { Directory, RefreshFamilies } from '../lambdas/domain/ports.ts';
import type { RefreshFamily } from '../lambdas/domain/refresh-family.ts';
import { mintApiKey, mintCredentialId } from '../lambdas/domain/secret-format.ts';
import type { TrustedIssuer } from '../lambdas/domain/trust/trusted-issuer.ts';
import { authenticator } from '../lambdas/functions/authenticate.ts';
import { introspectHandler } from '../lambdas/functions/introspect/handler.ts';
import type { IssuePorts } from '../lambdas/functions/issue.ts';
import { loginHandler } from '../lambdas/functions/login/handler.ts';
import { sessionOpener } from '../lambdas/functions/sessions.ts';
import { clientCredentials } from '../lambdas/functions/token/grants/client-credentials.ts';
import { jwtBearer } from '../lambdas/functions/token/grants/jwt-bearer.ts';
import { refresh } from '../lambdas/functions/token/grants/refresh-token.ts';
import { tokenExchange } from '../lambdas/functions/token/grants/token-exchange.ts';
import { tokenHandler } from '../lambdas/functions/token/handler.ts';
import type { Handler } from '../lambdas/http/event.ts';
import type { Log } from '../lambdas/http/log.ts';

export const ISSUER = 'https://issuer.example';
/** The one client that there is: it logs in, and is whom the trusted issuer's tokens are for. */
export const CLIENT_ID = 'bench';

export interface InMemory {
  /** The signing key. */
  key: CryptoKey;
  apiKey: string;
  /** `POST /auth`, by default for a client that gets no refresh tokens. */
  login: Handler;
  /** `POST /oauth2/token`. */
  token: Handler;
  /** `POST /oauth2/introspect`. */
  introspect: Handler;
}

/** @param trusted the one issuer whose tokens count; its keys stand in its record */
export async function inMemory(trusted?: TrustedIssuer): Promise<InMemory> {
  const { privateKey: key, publicKey } = await generateKeyPair('RS256', {
    modulusLength: 2048,
    extractable: true,
  });
  const { n = '', e = '' } = await exportJWK(publicKey);
  const jwks = { keys: [{ kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: 'bench' } as const] };
  const credentialId = mintCredentialId(randomBytes);
  const apiKey = mintApiKey(CLIENT_ID, credentialId, randomBytes);
  const directory = directoryOf(credentialId, apiKey);
  const issuing: IssuePorts = {
    sign: async (claims) => ({ token: await signToken(claims, { kid: 'bench', key }), kid: 'bench' }),
    ledger: { append: async () => undefined },
    budgets: { find: async () => [] },
    price: async () => priceBook(0),
    ...{ clock: Date.now, random: randomBytes, log: silent },
  };
  const authenticate = authenticator({
    ...{ directory, verifySecret, verifyPassword, clock: Date.now, log: silent },
  });
  const sessions = { families: inMemoryFamilies(), tokens: refreshTokens, random: randomBytes };
  const openSession = sessionOpener(sessions);
  const revocations = { find: async () => [] };
  const terms = { issuer: ISSUER, audience: 'bench', tokenLifetime: 900 };
  const roles = async () => ({});
  const own = ownTokens({ keys: { jwks: async () => jwks }, revocations, ...terms });
  const foreign = foreignTokens({
    issuers: { find: async () => trusted },
    keySets: () => {
      throw new Error('no keys are fetched here');
    },
    own: ISSUER,
  });
  const common = { authenticate, foreign, roles, log: silent };
  return {
    ...{ key, apiKey },
    login: loginHandler(
      { ...issuing, authenticate, roles, openSession: (_, issuance) => ({ issuance }) },
      terms,
    ),
    token: tokenHandler(
      {
        ...issuing,
        grants: {
          client_credentials: clientCredentials({ authenticate, openSession, roles }, terms),
          refresh_token: refresh(
            { ...common, ...sessions, directory, revocations, ledger: { revoke: async () => 'revoked' } },
            terms,
          ),
          [TOKEN_EXCHANGE]: tokenExchange({ ...common, own }, terms),
          [JWT_BEARER]: jwtBearer(
            { ...common, clients: { find: async () => client }, used: { use: async () => 'first' } },
            terms,
          ),
        },
      },
      terms,
    ),
    introspect: introspectHandler({
      ...{ authenticate, tokens: own, directory, families: sessions.families, refreshTokens, revocations },
      ...{ roles, clock: Date.now, log: silent },
    }),
  };
}

const common = { clientId: CLIENT_ID, state: 'active', createdAt: 0 } as const;
const client: Client = {
  ...common,
  ...{ name: 'bench', kind: 'service', scopes: ['read:products'], roles: [], allowedClaims: [], grantTypes },
};

function directoryOf(credentialId: string, apiKey: string): Directory {
  const credential: Credential = { ...common, credentialId, kind: 'api_key', hash: hashSecret(apiKey) };
  return {
    lookUp: async () => ({ client, credential }),
    countFailure: async () => undefined,
    clearFailures: async () => undefined,
  };
}

/** As the table has them, without its races: one request comes after the other here. */
function inMemoryFamilies(): RefreshFamilies {
  const families = new Map<string, RefreshFamily>();
  return {
    start: async (family) => void families.set(family.lookup, family),
    find: async (lookup) => families.get(lookup),
    rotate: async ({ family, presented, next, salt, now }) => {
      const rotation = { previous: presented, salt, at: now };
      families.set(family.lookup, { ...family, current: next, rotation });
      return { kind: 'rotated' };
    },
    end: async () => 'ended',
  };
}

const nothing = () => undefined;
const silent: Log = {
  ...{ info: nothing, warn: nothing, error: nothing, unbooked: nothing },
  ...{ count: nothing, measure: nothing },
};
