/** What has to outlive an upgrade: tokens, revocations, records, clients and keys. */
import type { Contract } from './clients.ts';
import type { Phase } from './report.ts';

/** What was there before the upgrade. */
export interface Before {
  /** A token that is good. */
  token: string;
  /** A token that was revoked. */
  revoked: string;
  /** What the reader's calls of `GET /products/{name}` have cost; micro-dollars. Refused ones cost nothing. */
  cost: number;
  /** The ids of the published keys. */
  kids: string[];
}

/** Of a call of `GET /products/{name}`; micro-dollars. */
const PRICE = 50;

/** Uses the previous revision as clients do. */
export async function useBefore(phase: Phase, { url, clients }: Contract): Promise<Before> {
  const { apiKey } = clients.reader;
  const [token, revoked] = [await login(url, apiKey), await login(url, apiKey)];
  for (let i = 0; i < 3; i++) {
    phase.check('a token is let in', (await read(url, token)) === 200);
  }
  phase.check('a token that will be revoked is let in', (await read(url, revoked)) === 200);
  const answer = await fetch(`${url}/oauth2/revoke`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: revoked }),
  });
  phase.check('the revocation is answered with 200', answer.status === 200);
  phase.check('the revoked token is refused', (await read(url, revoked)) === 401);
  const before = { token, revoked, cost: await costOf(url, token), kids: await published(url) };
  phase.check('four calls are booked, at their price', before.cost === 4 * PRICE);
  phase.check('the key that signed is published', before.kids.includes(kidOf(token)));
  return before;
}

/** Uses the current revision with what the previous one has left. */
export async function useAfter(phase: Phase, { url, clients }: Contract, before: Before): Promise<void> {
  phase.check('a token of before is let in', (await read(url, before.token)) === 200);
  phase.check('a token that was revoked before is refused', (await read(url, before.revoked)) === 401);
  const kids = await published(url);
  phase.check(
    'every key of before is published',
    before.kids.every((kid) => kids.includes(kid)),
  );
  const token = await login(url, clients.reader.apiKey);
  phase.check('a client of before logs in', token !== before.token);
  phase.check('the key of before signs', kidOf(token) === kidOf(before.token));
  phase.check('a new token is let in', (await read(url, token)) === 200);
  phase.check('calls of before and after are booked', (await costOf(url, token)) === before.cost + 2 * PRICE);
}

async function read(url: string, token: string): Promise<number> {
  return (await fetch(`${url}/products/lamp`, { headers: { authorization: `Bearer ${token}` } })).status;
}

async function login(url: string, apiKey: string): Promise<string> {
  const response = await fetch(`${url}/auth`, { method: 'POST', headers: { 'x-api-key': apiKey } });
  if (response.status !== 200) throw new Error(`login: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Today's and yesterday's, in case midnight lies between. */
async function costOf(url: string, token: string): Promise<number> {
  const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const to = new Date().toISOString().slice(0, 10);
  const response = await fetch(`${url}/usage?from=${from}&to=${to}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.status !== 200) throw new Error(`usage: ${response.status} ${await response.text()}`);
  const { rows } = (await response.json()) as { rows: { endpoint: string; cost_micro_dollars: number }[] };
  return rows
    .filter(({ endpoint }) => endpoint === 'GET /products/{name}')
    .reduce((sum, row) => sum + row.cost_micro_dollars, 0);
}

async function published(url: string): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
