/**
 * The grant of RFC 7523 §2.1: a token of a trusted issuer in the place of a client's credentials. The mapping says in
 * whose name a token is issued for it. No client has to authenticate; one that does, or names itself, has to be that
 * client.
 */
import type { Authenticated } from '../../../domain/authentication.ts';
import { type Client, mayUse } from '../../../domain/client.ts';
import { JWT_BEARER } from '../../../domain/grant-type.ts';
import type { AssertionLog, ClientReader, ForeignTokens } from '../../../domain/ports.ts';
import { fail, ok, type Result } from '../../../domain/result.ts';
import type { RoleReader } from '../../../domain/roles.ts';
import { askedScopes, type Scope } from '../../../domain/scope.ts';
import type { DeployedTerms } from '../../../domain/token-request.ts';
import { type FederatedSubject, federatedIssuance } from '../../../domain/trust/federated-issuance.ts';
import { federate } from '../../../domain/trust/federation.ts';
import type { ForeignToken } from '../../../domain/trust/trusted-issuer.ts';
import { readJwt } from '../../../domain/unverified-jwt.ts';
import type { Form } from '../../../http/body.ts';
import { presentsCredentials } from '../../../http/credentials.ts';
import type { Response } from '../../../http/event.ts';
import type { Log } from '../../../http/log.ts';
import { oauthError } from '../../../http/respond.ts';
import { invalidRequest } from '../../../http/token-endpoint.ts';
import type { Authenticate } from '../../authenticate.ts';
import type { Settle } from '../../issue.ts';
import type { GrantHandler, GrantRequest } from '../grant.ts';
import { type Refusal, refused, toldOf } from '../refused.ts';

export interface JwtBearerPorts {
  authenticate: Authenticate;
  clients: ClientReader;
  foreign: ForeignTokens;
  used: AssertionLog;
  roles: RoleReader;
  log: Log;
}

export interface JwtBearerTerms extends DeployedTerms {
  issuer: string;
}

/**
 * @returns the grant. Whatever is wrong with the assertion is `invalid_grant` (RFC 7521 §4.1.1). Only of one that its
 *   issuer really signed is told what it is; the log says it of each. The assertion is used up last of all, when the
 *   token is signed.
 */
export const jwtBearer =
  (ports: JwtBearerPorts, terms: JwtBearerTerms): GrantHandler =>
  async (asked) => {
    const holder = await holderOf(ports, asked);
    if (!holder.ok) return holder;
    const wanted = wantedBy(asked.form);
    if (!wanted.ok) return wanted;
    const subject = await subjectOf(ports, terms, wanted.value.assertion, asked.startedAt);
    if (!subject.ok) return refused(ports.log, asked.request, subject.failure);
    const client = await clientOf(ports, asked.form, holder.value, subject.value);
    if (!client.ok) return refused(ports.log, asked.request, client.failure);
    const issuance = federatedIssuance(subject.value, client.value, wanted.value.scopes, asked.startedAt, {
      ...terms,
      roles: await ports.roles(),
    });
    if (!issuance.ok) {
      const { kind, description } = issuance.failure;
      const error = kind === 'unacceptable' ? 'invalid_grant' : kind;
      return refused(ports.log, asked.request, { error, description, ...whose(subject.value) });
    }
    return ok({ issuance: issuance.value, ...useOf(ports, asked, subject.value) });
  };

/** Credentials that are presented have to be right, although none need be. */
async function holderOf(
  { authenticate }: JwtBearerPorts,
  { request, form }: GrantRequest,
): Promise<Result<Authenticated | undefined, Response>> {
  return presentsCredentials(request, form) ? authenticate(request, form) : ok(undefined);
}

/** A parameter without a value counts as absent (RFC 6749 §3.2). */
function wantedBy(form: Form): Result<{ assertion: string; scopes: readonly Scope[] | undefined }, Response> {
  const assertion = form.get('assertion') ?? '';
  if (assertion === '') return fail(invalidRequest('the parameter assertion is missing'));
  const scopes = askedScopes(form);
  if (!scopes.ok) return fail(oauthError(400, 'invalid_scope', scopes.failure));
  return ok({ assertion, scopes: scopes.value });
}

async function subjectOf(
  { foreign }: JwtBearerPorts,
  { issuer }: JwtBearerTerms,
  assertion: string,
  now: number,
): Promise<Result<FederatedSubject, Refusal>> {
  const claimed = readJwt(assertion);
  if (!claimed.ok) return invalid('no JWT');
  // A token of ours proves what its holder has already; it is exchanged by a client that may do that.
  if (claimed.value.claims.iss === issuer) return invalid('a token of our own');
  const token = await foreign.verify(assertion, now);
  if (!token.ok) return invalid(token.failure, undefined, toldOf(token.failure, INVALID));
  const { issuer: trusted, claims, jti } = token.value;
  // Whether or not the mapping makes anything of it (RFC 7523 §3).
  if (typeof claims.sub !== 'string' || claims.sub === '') return invalid('no sub', trusted.issuer);
  if (trusted.singleUse && jti === undefined)
    return invalid(
      'no jti, so it cannot be single use',
      trusted.issuer,
      'the assertion has no jti, and each is good once',
    );
  const federated = federate(token.value);
  if (!federated.ok) return invalid(federated.failure, trusted.issuer, UNMAPPED);
  return ok({ token: token.value, federated: federated.value });
}

/** The mapping's client: it has to be there, and whoever authenticated or named itself has to be it. */
async function clientOf(
  { clients }: JwtBearerPorts,
  form: Form,
  holder: Authenticated | undefined,
  { token, federated: { clientId } }: FederatedSubject,
): Promise<Result<Client, Refusal>> {
  const { issuer } = token.issuer;
  const named = [form.get('client_id') || clientId, holder?.client.clientId ?? clientId];
  if (named.some((name) => name !== clientId)) return invalid('for another client', issuer);
  const client = holder?.client ?? (await clients.find(clientId));
  if (client?.state !== 'active') return invalid('its client is disabled or gone', issuer);
  if (mayUse(client, JWT_BEARER)) return ok(client);
  return fail({
    error: 'unauthorized_client',
    description: 'the client that the assertion is for may not use this grant',
    ...{ clientId, issuer },
  });
}

const INVALID = 'the assertion is not acceptable here';

const UNMAPPED = 'the issuer of the assertion is trusted, and what it says is not: no mapping takes it';

const invalid = (reason: string, issuer?: string, description = INVALID) =>
  fail<Refusal>({
    error: 'invalid_grant',
    description,
    reason,
    ...(issuer !== undefined && { issuer }),
  });

const whose = ({ token, federated: { clientId } }: FederatedSubject) => ({
  clientId,
  issuer: token.issuer.issuer,
});

/** @returns what uses the assertion up, where its issuer's are for one use. */
function useOf(
  { used, log }: JwtBearerPorts,
  { request }: GrantRequest,
  subject: FederatedSubject,
): { settle?: Settle } {
  const { issuer, jti, exp }: ForeignToken = subject.token;
  if (!issuer.singleUse || jti === undefined) return {};
  return {
    settle: async () => {
      const use = await used.use({ issuer: issuer.issuer, jti, expiresAt: Math.ceil(exp) });
      if (use === 'first') return ok({});
      const description = 'the assertion was used before; each is good once';
      const replayed = { error: 'invalid_grant', description, reason: 'used before' };
      return refused(log, request, { ...replayed, ...whose(subject) });
    },
  };
}
