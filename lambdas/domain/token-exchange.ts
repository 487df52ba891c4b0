/**
 * Token exchange (RFC 8693): what a client gets for a token of somebody. Never more scope than both the token and
 * the client have, never another tenant, never a longer life than the token has left; and it ends with that token.
 */
import type { Caller } from './access.ts';
import { type Actor, actingFor } from './actor.ts';
import type { Authenticated } from './authentication.ts';
import type { Client } from './client.ts';
import { type DerivedRefusal, deriveGrant } from './derived-grant.ts';
import { TOKEN_EXCHANGE } from './grant-type.ts';
import type { Issuance } from './issuance.ts';
import { lineageOf } from './lineage.ts';
import { fail, ok, type Result } from './result.ts';
import { credentialTarget, type LineageTarget } from './revocation.ts';
import type { Scope } from './scope.ts';
import { scopesOf, type TokenTerms, tokenLifetimeOf } from './token-request.ts';
import { type FederatedSubject, federatedIssuance } from './trust/federated-issuance.ts';

/** The token that is handed over, known to be good: one of ours, or one of a trusted issuer. */
export type Subject = ({ kind: 'own' } & { caller: Caller }) | ({ kind: 'federated' } & FederatedSubject);

export interface Exchange {
  subject: Subject;
  /** Who asks: the actor, unless the token is its own. */
  requester: Authenticated;
  /** What it asks for; all that it can have where absent. */
  scopes?: readonly Scope[] | undefined;
  /** Milliseconds since the epoch: before the subject's revocations were read. */
  now: number;
}

/** @returns what may be issued, or why nothing may. */
export const exchange = (asked: Exchange, terms: TokenTerms): Result<Issuance, DerivedRefusal> =>
  asked.subject.kind === 'own'
    ? exchangeOwn(asked.subject.caller, asked, terms)
    : exchangeFederated(asked.subject, asked, terms);

function exchangeOwn(
  caller: Caller,
  { requester: { client, credential }, scopes, now }: Exchange,
  terms: TokenTerms,
): Result<Issuance, DerivedRefusal> {
  if (client.tenant !== undefined && client.tenant !== caller.tenant) {
    return unacceptable('the subject token is not of the tenant of this client');
  }
  const lineage = lineageOf(caller);
  const acting = actorsOf(caller, client);
  if (lineage === undefined || !acting.ok) return unacceptable('the subject token was handed on too often');
  const recipient = { scopes: scopesOf(client, terms.roles), lifetime: tokenLifetimeOf(client, terms) };
  const granted = deriveGrant(caller, recipient, scopes, now);
  if (!granted.ok) return granted;
  return ok({
    grantType: TOKEN_EXCHANGE,
    clientId: client.clientId,
    credentialId: credential.credentialId,
    sub: caller.sub,
    ...(caller.tenant !== undefined && { tenant: caller.tenant }),
    // As with scopes: what the subject has, so far as the client has it too.
    roles: caller.roles.filter((role) => client.roles.includes(role)),
    granted: granted.value,
    txn: caller.txn,
    ...(acting.value !== undefined && { act: acting.value }),
    lineage,
    origin: { kind: 'exchanged', jti: caller.jti },
  });
}

/** A client that narrows a token of its own does not act for anybody else than before. */
function actorsOf(caller: Caller, { clientId }: Client): Result<Actor | undefined, 'too many'> {
  if (caller.clientId === clientId) return ok(caller.act);
  const act = actingFor(clientId, caller.act);
  return act === undefined ? fail('too many') : ok(act);
}

function exchangeFederated(
  subject: FederatedSubject,
  { requester: { client, credential }, scopes, now }: Exchange,
  terms: TokenTerms,
): Result<Issuance, DerivedRefusal> {
  const issuance = federatedIssuance(subject, client, scopes, now, terms);
  if (!issuance.ok) return issuance;
  // What a jwt-bearer grant would have as its credential ends this one too.
  const issuer: LineageTarget = {
    kind: 'credential',
    id: credentialTarget(client.clientId, subject.token.issuer.issuer),
  };
  return ok({
    ...issuance.value,
    grantType: TOKEN_EXCHANGE,
    credentialId: credential.credentialId,
    act: { sub: client.clientId },
    lineage: [issuer],
  });
}

const unacceptable = (description: string) => fail<DerivedRefusal>({ kind: 'unacceptable', description });
