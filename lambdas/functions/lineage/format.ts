/** What the answers are made of: names in snake_case, times in RFC 3339, costs in micro-dollars and in dollars. */
import type { Totals } from '../../domain/ledger/lineage.ts';
import { formatDollars } from '../../domain/money.ts';
import type { Ending } from '../../domain/revocation.ts';
import type { IssuedToken, TokenOrigin, UsageRecord } from '../../domain/usage.ts';
import type { Viewer } from './ports.ts';

export const atSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString();

const costOf = (cost: number) => ({ cost_micro_dollars: cost, cost: formatDollars(cost) });

/** @param complete whether these are all calls that there are */
export const totalShown = ({ calls, errors, refused, cost }: Totals, complete: boolean) => ({
  ...{ calls, errors, refused },
  ...costOf(cost),
  complete,
});

export const issuanceShown = (token: IssuedToken) => ({
  at: atSeconds(token.iat),
  expires_at: atSeconds(token.exp),
  source_ip: token.sourceIp,
  grant_type: token.grantType,
  scope: token.scopes.join(' '),
  kid: token.kid,
});

export const originShown = (origin: TokenOrigin, base: Viewer['base']) => {
  switch (origin.kind) {
    case 'refreshed':
      return { kind: origin.kind, session: origin.family };
    case 'exchanged':
      return { kind: origin.kind, jti: origin.jti, href: tokenPath(base, origin.jti) };
    case 'federated':
      return {
        ...{ kind: origin.kind, issuer: origin.issuer, subject: origin.subject },
        ...(origin.jti !== undefined && { jti: origin.jti }),
      };
  }
};

/** @param inherited whether the token has the target from what it came of */
export const endingShown = ({ target, at, reason }: Ending, inherited: boolean) => ({
  at: at === undefined ? null : new Date(at).toISOString(),
  reason: reason ?? null,
  target,
  inherited,
});

export const callShown = (call: UsageRecord) => ({
  at: new Date(call.at).toISOString(),
  route: call.route,
  status: call.status,
  outcome: call.outcome,
  ...costOf(call.price),
  latency_ms: call.latency,
  source_ip: call.sourceIp,
  request_id: call.requestId,
  ...(call.bookedBy !== undefined && { booked_by: call.bookedBy }),
});

export const tokenPath = (base: Viewer['base'], jti: string): string =>
  `${base}/tokens/${encodeURIComponent(jti)}`;

/** Where the other tokens are that belong to this one. A credential's id can have slashes: see `tokens.ts`. */
export const linksOf = (
  base: Viewer['base'],
  { clientId, credentialId, txn }: UsageRecord | IssuedToken,
) => ({
  credential: `${base}/credentials/${encodeURIComponent(encodeURIComponent(credentialId))}?client=${encodeURIComponent(clientId)}`,
  transaction: `${base}/transactions/${encodeURIComponent(txn)}`,
});
