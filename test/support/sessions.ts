/** Sessions of refresh tokens over the token service. */
import { decodeJwt } from 'jose';
import type { Client } from '../../lambdas/domain/client.ts';
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
