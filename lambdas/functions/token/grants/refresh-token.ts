/**
 * The grant `refresh_token` (RFC 6749 §6): a session goes on, with the next refresh token and another access token.
 *
 * Everything that may fail comes before the token is replaced, the signature of the access token included. So a
 * refresh that is answered 503 has used nothing up, or can be repeated within the grace.
 */
import { mayUse } from '../../../domain/client.ts';
import type { Issuance } from '../../../domain/issuance.ts';
import type { Directory, LoginFacts, RevocationReader, RevocationWriter } from '../../../domain/ports.ts';
import {
  lineageOfFamily,
  type RefreshFamily,
  remaining,
  type Standing,
  standingOf,
} from '../../../domain/refresh-family.ts';
import { parseRefreshToken, type RefreshToken } from '../../../domain/refresh-token.ts';
import { fail, ok, type Result } from '../../../domain/result.ts';
import type { RoleReader } from '../../../domain/roles.ts';
import { askedScopes, inWords, type Scope } from '../../../domain/scope.ts';
import type { DeployedTerms, Grant, TokenTerms } from '../../../domain/token-request.ts';
import type { Form } from '../../../http/body.ts';
import type { Response } from '../../../http/event.ts';
import type { Log } from '../../../http/log.ts';
import { oauthError } from '../../../http/respond.ts';
import { invalidClient, invalidRequest } from '../../../http/token-endpoint.ts';
import type { Authenticate } from '../../authenticate.ts';
import type { Settle } from '../../issue.ts';
import { mayPresent, type Presenter, presenterOf } from '../../presenter.ts';
import { endSession, isSessionRevoked, type SessionPorts, sessionFacts } from '../../sessions.ts';
import type { Granted, GrantHandler, GrantRequest } from '../grant.ts';
import { refused } from '../refused.ts';

export interface RefreshPorts extends SessionPorts {
  authenticate: Authenticate;
  directory: Pick<Directory, 'lookUp'>;
  revocations: RevocationReader;
  ledger: RevocationWriter;
  roles: RoleReader;
  log: Log;
}

/** A refresh that is under way: who asks for what, and the session that it is about. */
interface Refresh extends GrantRequest {
  presenter: Presenter;
  token: RefreshToken;
  /** Those that are asked for; all that there are where absent. */
  scopes: readonly Scope[] | undefined;
  family: RefreshFamily;
  /** The directory, on the client and on the credential that the session began with. */
  facts: LoginFacts;
}

/**
 * @returns the grant. 401 `invalid_client` for a service that does not authenticate; 400 `invalid_grant`, always the
 *   same, for whatever is wrong with the token or its session; 400 `unauthorized_client` for a client that may not
 *   refresh tokens, and 400 `invalid_scope` for more than the session has
 */
export const refresh =
  (ports: RefreshPorts, terms: DeployedTerms): GrantHandler =>
  async (asked) => {
    const presenter = await presenterOf(ports.authenticate, asked.request, asked.form);
    if (!presenter.ok) return presenter;
    const { clientId, authenticated } = presenter.value;
    if (authenticated !== undefined && !mayUse(authenticated.client, 'refresh_token')) {
      return unauthorized(ports, asked, clientId);
    }
    const wanted = wantedBy(asked.form);
    if (!wanted.ok) return wanted;
    const { token, scopes } = wanted.value;
    if (token === undefined) return invalidGrant(ports, asked, clientId, 'malformed refresh token');
    const family = await ports.families.find(ports.tokens.lookupOf(token));
    // Nothing happens to the session: whoever finds a token of another client can neither use it nor end anything.
    if (family?.clientId !== clientId)
      return invalidGrant(ports, asked, clientId, 'no session of this client');
    const facts = await sessionFacts(ports.directory, authenticated, family);
    if (!mayPresent(presenter.value, facts)) return fail(invalidClient());
    const roles = await ports.roles();
    const known = { ...asked, presenter: presenter.value, token, scopes, family, facts };
    return goOn(ports, known, { ...terms, roles });
  };

/** A parameter without a value counts as absent (RFC 6749 §3.2). */
function wantedBy(
  form: Form,
): Result<{ token: RefreshToken | undefined; scopes: readonly Scope[] | undefined }, Response> {
  const text = form.get('refresh_token') ?? '';
  if (text === '') return fail(invalidRequest('the parameter refresh_token is missing'));
  const scopes = askedScopes(form);
  if (!scopes.ok) return fail(oauthError(400, 'invalid_scope', scopes.failure));
  const token = parseRefreshToken(text);
  return ok({ token: token.ok ? token.value : undefined, scopes: scopes.value });
}

/** From the token's standing to what may be issued. Nothing is written here but the end of a session. */
async function goOn(
  ports: RefreshPorts,
  asked: Refresh,
  terms: TokenTerms,
): Promise<Result<Granted, Response>> {
  const { family, facts, startedAt } = asked;
  const standing = standingOf(family, ports.tokens.hashOf(asked.token), startedAt);
  if (isDead(standing)) return dead(ports, asked, standing);
  const left = remaining(family, facts, terms, startedAt);
  if (!left.ok && left.failure === 'grant_type') {
    return unauthorized(ports, asked, family.clientId);
  }
  if (!left.ok) return invalidGrant(ports, asked, family.clientId, `changed since it began: ${left.failure}`);
  if (await isSessionRevoked(ports.revocations, family)) {
    // For good: the revocation lapses one day.
    await endSession(ports, family, { revokedAt: startedAt, reason: 'session_ended' });
    return invalidGrant(ports, asked, family.clientId, 'revoked');
  }
  const foreign = asked.scopes?.find((scope) => !left.value.granted.scopes.includes(scope));
  if (foreign !== undefined) {
    const description = `this session does not have ${inWords(foreign)}`;
    return refused(ports.log, asked.request, {
      error: 'invalid_scope',
      description,
      clientId: family.clientId,
    });
  }
  const granted = { ...left.value.granted, scopes: asked.scopes ?? left.value.granted.scopes };
  const issuance = issuanceOf(asked, left.value.roles, granted);
  return ok({ issuance, settle: replacement(ports, asked, standing) });
}

type Dead = Exclude<Standing, { kind: 'current' | 'repeated' }> | { kind: 'unknown' };

const isDead = (standing: Standing): standing is Exclude<Standing, { kind: 'current' | 'repeated' }> =>
  standing.kind !== 'current' && standing.kind !== 'repeated';

/**
 * Reuse ends the session before it is answered. An ended one is ended again, because whoever did so before may have
 * got no further than half of it.
 */
async function dead(ports: RefreshPorts, asked: Refresh, { kind }: Dead) {
  const { family, startedAt } = asked;
  if (kind === 'reused' || kind === 'ended') {
    const reason = kind === 'reused' ? 'refresh_reused' : 'session_ended';
    await endSession(ports, family, { revokedAt: startedAt, reason });
  }
  if (kind === 'reused') ports.log.count('RefreshReused');
  return invalidGrant(ports, asked, family.clientId, REASONS[kind]);
}

const REASONS: Record<Dead['kind'], string> = {
  reused: 'refresh token reused, session ended',
  ended: 'session ended before',
  over: 'session over',
  unknown: 'session gone',
};

const issuanceOf = (
  { presenter: { authenticated }, family }: Refresh,
  roles: readonly string[],
  granted: Grant,
): Issuance => ({
  grantType: 'refresh_token',
  clientId: family.clientId,
  credentialId: authenticated?.credential.credentialId ?? family.credentialId,
  sub: family.clientId,
  ...(family.tenant !== undefined && { tenant: family.tenant }),
  roles,
  granted,
  txn: family.txn,
  lineage: lineageOfFamily(family),
  origin: { kind: 'refreshed', family: family.familyId },
});

/** The one write of a refresh. Whoever loses a race gets what the winner got; see `store/refresh-families.ts`. */
const replacement =
  (ports: RefreshPorts, asked: Refresh, standing: Exclude<Standing, Dead>): Settle =>
  async () => {
    const { token, family, startedAt: now } = asked;
    const { families, tokens } = ports;
    const answer = (salt: string) => ok({ refresh_token: tokens.successorOf(token, salt).text });
    if (standing.kind === 'repeated') return answer(standing.salt);
    const salt = Buffer.from(ports.random(32)).toString('hex');
    const presented = tokens.hashOf(token);
    const next = tokens.hashOf(tokens.successorOf(token, salt));
    const outcome = await families.rotate({ family, presented, next, salt, now });
    if (outcome.kind === 'rotated') return answer(salt);
    return outcome.kind === 'repeated' ? answer(outcome.salt) : dead(ports, asked, outcome);
  };

/** One answer for all, so that it tells nothing of a session to whom it does not belong (RFC 6749 §5.2). */
const invalidGrant = ({ log }: RefreshPorts, { request }: GrantRequest, clientId: string, reason: string) =>
  refused(log, request, {
    error: 'invalid_grant',
    description: 'the refresh token is not valid, or not any more; log in again',
    ...{ reason, clientId },
  });

const unauthorized = ({ log }: RefreshPorts, { request }: GrantRequest, clientId: string) =>
  refused(log, request, {
    error: 'unauthorized_client',
    description: 'this client may not use the grant refresh_token',
    clientId,
  });
