/** Sessions of refresh tokens over the token service. */
import { decodeJwt } from 'jose';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import type { Client } from '../../lambdas/domain/client.ts';
import { parseRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import type { Response } from '../../lambdas/http/event.ts';
import type { EventOptions } from './event.ts';
import { asking, basic, bodyOf, form, type TokenService } from './token-service.ts';

export interface TestSession {
  clientId: string;
  password: string;
  apiKey: string;
  clientSecret: string;
  refreshToken: string;
  accessToken: string;
}

/** Creates a user, logs it in by its password and takes what the login cost off the count. */
export async function aUser(
  service: TokenService,
  changes: Partial<Client> = {},
  body: object = {},
): Promise<TestSession> {
  const user = await service.client({ kind: 'user', ...changes });
  const headers = { ...basic(user.clientId, user.password), 'content-type': 'application/json' };
  return { ...user, ...tokensOf(await service.login({ ...asking('', body), headers })) };
}

/** As {@link aUser}, for a service that may refresh, logged in by its API key. */
export async function aService(service: TokenService, changes: Partial<Client> = {}): Promise<TestSession> {
  const grantTypes = ['client_credentials', 'refresh_token'] as const;
  const client = await service.client({ grantTypes, ...changes });
  return { ...client, ...tokensOf(await service.login({ headers: { 'x-api-key': client.apiKey } })) };
}

export function tokensOf(response: Response): { refreshToken: string; accessToken: string } {
  const { refresh_token: refreshToken, access_token: accessToken } = bodyOf(response);
  if (response.statusCode !== 200) throw new Error(`no tokens: ${response.statusCode} ${response.body}`);
  return { refreshToken: String(refreshToken), accessToken: String(accessToken) };
}

export const claimsOf = (response: Response) => decodeJwt(tokensOf(response).accessToken);

/** A refresh as a user sends it: its name, and no secret. */
export const refreshing = (
  { clientId, refreshToken }: Pick<TestSession, 'clientId' | 'refreshToken'>,
  more: Record<string, string> = {},
): EventOptions =>
  form({}, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken, ...more });

/** A refresh by whoever the headers authenticate. */
export const refreshingAs = (headers: Record<string, string>, refreshToken: string): EventOptions =>
  form(headers, { grant_type: 'refresh_token', refresh_token: refreshToken });

/** What every refresh is answered with whose token or session is not in order. */
export const INVALID_GRANT = {
  error: 'invalid_grant',
  error_description: 'the refresh token is not valid, or not any more; log in again',
};

/** @returns the item of the session that a refresh token belongs to. */
export async function familyOf(service: TokenService, { refreshToken }: Pick<TestSession, 'refreshToken'>) {
  const parsed = parseRefreshToken(refreshToken);
  const lookup = parsed.ok ? refreshTokens.lookupOf(parsed.value) : '';
  return (await service.directoryTable.items()).find((item) => item.lookup === lookup);
}

/** @returns the revocations of a session in the ledger: none, or one. */
export async function revocationsOf(service: TokenService, session: Pick<TestSession, 'refreshToken'>) {
  const key = `REVOKED#token#${(await familyOf(service, session))?.familyId}`;
  return (await service.ledgerTable.items()).filter(({ pk }) => pk === key);
}
