/** Sample of a protected route: tells callers what their token says of them, and never the token. */
import { isReservedClaim } from '../../domain/claims.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { json } from '../../http/respond.ts';

/** `GET /protected-resource`: 200 with the caller; `claims` holds those that the login asked for. */
export const whoIsCalling: ProtectedHandler = async (_request, caller) =>
  json(200, {
    sub: caller.sub,
    client_id: caller.clientId,
    scope: caller.scopes.join(' '),
    roles: caller.roles,
    ...(caller.tenant !== undefined && { tenant: caller.tenant }),
    ...(caller.act !== undefined && { act: caller.act }),
    txn: caller.txn,
    jti: caller.jti,
    exp: caller.exp,
    claims: Object.fromEntries(Object.entries(caller.claims).filter(([name]) => !isReservedClaim(name))),
  });
