/** A grant that is refused: the answer, a line in the log that says why, and a count. */
import type { ForeignFailure } from '../../domain/ports.ts';
import { fail } from '../../domain/result.ts';
import type { Request } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { oauthError } from '../../http/respond.ts';

export interface Refusal {
  /** A code of RFC 6749 §5.2, RFC 8693 §2.2.2. */
  error: string;
  /** For the client's developer. */
  description: string;
  /** For the log alone; the description where absent, unless that quotes what was asked for. */
  reason?: string;
  clientId?: string;
  /** The trusted issuer whose token was presented. */
  issuer?: string;
  /** The token that was presented, where it is known to be one. */
  jti?: string;
}

/**
 * What is told of a trusted issuer's token that is refused. Only who has one that the issuer really signed hears
 * what is wrong with it; of any other it is not even said whether its issuer is trusted.
 */
export const toldOf = (failure: ForeignFailure, otherwise: string): string => TOLD[failure] ?? otherwise;

const TOLD: { readonly [Failure in ForeignFailure]?: string } = {
  expired: 'the token that was presented has expired',
  not_yet_valid: 'the token that was presented is not valid yet; a clock is wrong',
  wrong_audience: 'the token that was presented is meant for another audience',
  bound_to_a_key: 'the token that was presented is bound to a key (cnf), and only bearer tokens are taken',
};

/** @returns 400, in the place of a grant. */
export function refused(
  log: Log,
  { requestContext: { requestId, routeKey: route } }: Request,
  { error, description, reason = loggedOf(error, description), ...whose }: Refusal,
) {
  log.count('GrantRefused');
  log.warn('grant refused', { requestId, route, status: 400, code: error, reason, ...whose });
  return fail(oauthError(400, error, description));
}

/** A scope that nobody has may be a password in the wrong parameter; its sender has it anyway, the log must not. */
const loggedOf = (error: string, description: string): string =>
  error === 'invalid_scope' ? 'it asks for a scope that it cannot have' : description;
