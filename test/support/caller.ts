/** The caller that the guard hands to a handler, for tests that call the handler alone. */
import type { Caller } from '../../lambdas/domain/access.ts';
import { priceBook } from '../../lambdas/domain/ledger/price.ts';
import type { AuthorizedRequest } from '../../lambdas/http/event.ts';
import { createMeter, type Meter } from '../../lambdas/http/meter.ts';
import { authorizedEvent, type EventOptions } from './event.ts';
import { aliceClaims, KID } from './tokens.ts';

export const alice: Caller = {
  sub: 'alice',
  clientId: 'alice',
  credentialId: 'password',
  jti: aliceClaims.jti,
  txn: aliceClaims.txn,
  kid: KID,
  iat: Number(aliceClaims.iat),
  exp: Number(aliceClaims.exp),
  scopes: aliceClaims.scope.split(' '),
  roles: [],
  claims: aliceClaims,
};

/** The meter of a route whose price is not set by its handler: whoever charges with it fails. */
export const unmetered: Meter = createMeter(priceBook(0)).meter;

/** What alice sends, as a handler gets it: the token itself is the guard's business, so it is a stand-in. */
export const aliceRequest = (key: string, options: EventOptions = {}): AuthorizedRequest =>
  authorizedEvent(key, { ...aliceClaims }, 'the.token.itself', options);
