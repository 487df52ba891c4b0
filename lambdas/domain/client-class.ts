/** Classes of whoever calls, for metrics: what is usual for one is an alarm for another. */
import type { Caller } from './access.ts';
import { PASSWORD_CREDENTIAL_ID } from './client.ts';

/** A `user` logged in with a password; a `service` calls in its own name; `delegated`, a client for somebody else. */
export type ClientClass = 'user' | 'service' | 'delegated';

/** @returns the class of a caller: of a token, a record of a call, or an issued token. */
export function classOf({
  sub,
  clientId,
  credentialId,
}: Pick<Caller, 'sub' | 'clientId' | 'credentialId'>): ClientClass {
  if (sub !== clientId) return 'delegated';
  return credentialId === PASSWORD_CREDENTIAL_ID ? 'user' : 'service';
}
