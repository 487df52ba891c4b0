/**
 * The grant of RFC 8693: a client hands over somebody's token, and gets one with which it acts for them. The token
 * may be one of ours, or one of a trusted issuer that is mapped to this very client.
 */
import { mayUse } from '../../../domain/client.ts';
import { type ExchangeRequest, readExchange } from '../../../domain/exchange-request.ts';
import { TOKEN_EXCHANGE } from '../../../domain/grant-type.ts';
import type { ForeignTokens, OwnTokens } from '../../../domain/ports.ts';
import { fail, ok, type Result } from '../../../domain/result.ts';
import type { RoleReader } from '../../../domain/roles.ts';
import { exchange, type Subject } from '../../../domain/token-exchange.ts';
import type { DeployedTerms } from '../../../domain/token-request.ts';
import { federate } from '../../../domain/trust/federation.ts';
import { readJwt } from '../../../domain/unverified-jwt.ts';
import type { Log } from '../../../http/log.ts';
import { oauthError } from '../../../http/respond.ts';
import type { Authenticate } from '../../authenticate.ts';
import type { GrantHandler } from '../grant.ts';
import { type Refusal, refused, toldOf } from '../refused.ts';

export interface TokenExchangePorts {
  authenticate: Authenticate;
  own: OwnTokens;
  foreign: ForeignTokens;
  roles: RoleReader;
  log: Log;
}

export interface ExchangeTerms extends DeployedTerms {
  issuer: string;
  audience: string;
}

/**
 * @returns the grant. A subject token that is invalid, expired, revoked or not acceptable here is `invalid_request`
 *   (§2.2.2). Only of a foreign one that its issuer really signed is told what it is; the log says it of each. `invalid_scope`, `invalid_target`
 *   and `unauthorized_client` are what they are everywhere.
 */
export const tokenExchange =
  (ports: TokenExchangePorts, terms: ExchangeTerms): GrantHandler =>
  async ({ request, form, startedAt }) => {
    const holder = await ports.authenticate(request, form);
    if (!holder.ok) return holder;
    const { clientId } = holder.value.client;
    if (!mayUse(holder.value.client, TOKEN_EXCHANGE)) {
      return fail(oauthError(400, 'unauthorized_client', 'this client may not exchange tokens'));
    }
    const asked = readExchange(form, terms);
    if (!asked.ok) return fail(oauthError(400, asked.failure.error, asked.failure.description));
    const subject = await subjectOf(ports, terms, asked.value, startedAt);
    if (!subject.ok) return refused(ports.log, request, { ...subject.failure, clientId });
    const { scopes, issuedTokenType } = asked.value;
    const wanted = { subject: subject.value, requester: holder.value, scopes, now: startedAt };
    const issuance = exchange(wanted, { ...terms, roles: await ports.roles() });
    if (issuance.ok)
      return ok({ issuance: issuance.value, parameters: { issued_token_type: issuedTokenType } });
    const { kind, description } = issuance.failure;
    const error = kind === 'unacceptable' ? 'invalid_request' : kind;
    return refused(ports.log, request, { error, description, clientId, ...named(subject.value) });
  };

async function subjectOf(
  { own, foreign }: TokenExchangePorts,
  { issuer }: ExchangeTerms,
  { subjectToken, isIdToken }: ExchangeRequest,
  now: number,
): Promise<Result<Subject, Refusal>> {
  const claimed = readJwt(subjectToken);
  if (!claimed.ok) return invalid('no JWT');
  // Whatever says that it is ours is looked for nowhere else.
  if (claimed.value.claims.iss === issuer) {
    if (isIdToken) return invalid('a token of ours that is said to be an ID token');
    const caller = await own.active(subjectToken, now);
    return caller === undefined ? invalid('ours, but not active') : ok({ kind: 'own', caller });
  }
  const token = await foreign.verify(subjectToken, now);
  if (!token.ok) return invalid(token.failure, undefined, toldOf(token.failure, INVALID));
  const federated = federate(token.value);
  if (!federated.ok) return invalid(federated.failure, token.value.issuer.issuer);
  return ok({ kind: 'federated', token: token.value, federated: federated.value });
}

const INVALID = 'the subject token cannot be exchanged here';

const invalid = (reason: string, issuer?: string, description = INVALID) =>
  fail<Refusal>({
    error: 'invalid_request',
    description,
    reason,
    ...(issuer !== undefined && { issuer }),
  });

const named = (subject: Subject) =>
  subject.kind === 'own' ? { jti: subject.caller.jti } : { issuer: subject.token.issuer.issuer };
