/** A grant that is refused: the answer, a line in the log that says why, and a count. */
import { fail } from '../../domain/result.ts';
import type { Request } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { oauthError } from '../../http/respond.ts';

export interface Refusal {
  /** A code of RFC 6749 §5.2, RFC 8693 §2.2.2. */
  error: string;
  /** For the client's developer. */
  description: string;
  /** For the log alone; the description where absent. */
  reason?: string;
  clientId?: string;
  /** The trusted issuer whose token was presented. */
  issuer?: string;
  /** The token that was presented, where it is known to be one. */
  jti?: string;
}

/** @returns 400, in the place of a grant. */
export function refused(
  log: Log,
  { requestContext: { requestId, routeKey: route } }: Request,
  { error, description, reason = description, ...whose }: Refusal,
) {
  log.count('GrantRefused');
  log.warn('grant refused', { requestId, route, status: 400, code: error, reason, ...whose });
  return fail(oauthError(400, error, description));
}
