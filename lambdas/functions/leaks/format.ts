/** What the answers are made of: whose the secret is, what became of it, and what was done with it. */
import type { SecretCredential } from '../../domain/client.ts';
import { formatDollars } from '../../domain/money.ts';
import type { RefreshFamily } from '../../domain/refresh-family.ts';
import type { TokenEntry } from '../../domain/usage.ts';
import type { Ended } from './end.ts';
import type { Found, Located } from './locate.ts';
import type { Report } from './report.ts';

/** Addresses that are told, those with the most calls first. */
const ADDRESSES = 50;

/** The same for all that has no effect: nobody learns here whether he was close. */
export const notFoundShown = (located: Extract<Located, string>) =>
  located === 'unknown'
    ? { outcome: located, detail: 'It is none of this deployment, or was not copied whole.' }
    : {
        outcome: located,
        detail: 'Not all clients were looked through in time. Name the one that it may be of: client_id.',
      };

/**
 * @param ended `undefined` where it was only to be told of
 * @param now milliseconds since the epoch
 */
export const foundShown = (found: Found, ended: Ended | undefined, now: number) => ({
  kind: kindOf(found),
  outcome: ended?.outcome ?? 'reported',
  was: stateOf(found, now),
  ...namesOf(found),
  ...revokedAtOf(ended),
});

const revokedAtOf = (ended: Ended | undefined) =>
  ended === undefined || ended.outcome === 'unknown' || ended.revokedAt === undefined
    ? {}
    : { revoked_at: iso(ended.revokedAt) };

/** @param report `undefined` where it could not be read: what was ended is ended all the same */
export const reportShown = (found: Found, report: Report | undefined) =>
  report === undefined
    ? {
        report: null,
        report_unavailable: `The ledger did not answer. Look at ${hrefOf(found)}, or report it again.`,
      }
    : { report: { ...sumsOf(report), newest: report.newest.map(tokenShown), href: hrefOf(found) } };

const sumsOf = ({ tokens, totals, complete, firstAt, lastAt, addresses }: Report) => ({
  tokens,
  ...{ calls: totals.calls, errors: totals.errors, refused: totals.refused },
  ...{ cost_micro_dollars: totals.cost, cost: formatDollars(totals.cost), complete },
  first_used_at: firstAt === undefined ? null : iso(firstAt),
  last_used_at: lastAt === undefined ? null : iso(lastAt),
  source_ips: [...addresses]
    .sort(([, one], [, other]) => other - one)
    .slice(0, ADDRESSES)
    .map(([source_ip, calls]) => ({ source_ip, calls })),
});

const tokenShown = ({ jti, sub, grantType, iat, exp }: TokenEntry) => ({
  ...{ jti, sub, grant_type: grantType },
  ...{ issued_at: iso(iat * 1000), expires_at: iso(exp * 1000) },
  href: `/admin/usage/tokens/${encodeURIComponent(jti)}`,
});

const kindOf = (found: Found): string =>
  found.of === 'credential' ? found.credential.kind : KINDS[found.of];
const KINDS = { session: 'refresh_token', token: 'access_token' } as const;

function namesOf(found: Found): Record<string, string> {
  switch (found.of) {
    case 'credential':
      return { client_id: found.credential.clientId, credential_id: found.credential.credentialId };
    case 'session': {
      const { clientId, credentialId, familyId, txn } = found.family;
      return { client_id: clientId, credential_id: credentialId, session: familyId, txn };
    }
    case 'token': {
      const { clientId, credentialId, jti, txn } = found.token;
      return { client_id: clientId, credential_id: credentialId, jti, txn };
    }
  }
}

/** Where the rest of it is told. */
function hrefOf(found: Found): string {
  switch (found.of) {
    case 'credential': {
      const { clientId, credentialId } = found.credential;
      return `/admin/usage/credentials/${credentialId}?client=${encodeURIComponent(clientId)}`;
    }
    case 'session':
      return `/admin/usage/transactions/${encodeURIComponent(found.family.txn)}`;
    case 'token':
      return `/admin/usage/tokens/${encodeURIComponent(found.token.jti)}`;
  }
}

/** What it was good for when it was reported. */
type State = 'active' | 'disabled' | 'revoked' | 'expired';

function stateOf(found: Found, now: number): State {
  switch (found.of) {
    case 'credential':
      return credentialState(found.credential, now);
    case 'session':
      return sessionState(found.family, now);
    case 'token':
      return found.token.exp * 1000 <= now ? 'expired' : 'active';
  }
}

const credentialState = ({ state, validUntil }: SecretCredential, now: number): State =>
  state === 'active' && validUntil !== undefined && validUntil <= now ? 'expired' : state;

function sessionState({ endedAt, endsAt, idleUntil }: RefreshFamily, now: number): State {
  if (endedAt !== undefined) return 'revoked';
  return Math.min(endsAt, idleUntil) <= now ? 'expired' : 'active';
}

const iso = (at: number): string => new Date(at).toISOString();
