/** Whose a leaked secret is: found by what it says of itself, and verified against what is stored. */
import type { SecretCredential } from '../../domain/client.ts';
import { type Leak, type LeakedCredentials, type Recognised, recognised } from '../../domain/leak.ts';
import type { Clock, RefreshFamilies, RefreshTokens } from '../../domain/ports.ts';
import type { RefreshFamily } from '../../domain/refresh-family.ts';

export interface LocatePorts {
  credentials: LeakedCredentials;
  /** Compares in constant time; `undefined` where there is nothing to compare with. */
  matches(hash: string | undefined, secret: string): boolean;
  families: Pick<RefreshFamilies, 'find' | 'end'>;
  tokens: Pick<RefreshTokens, 'lookupOf'>;
  /**
   * @returns what an access token says that this deployment has signed, however old; `undefined` for any other
   * @throws {StoreUnavailable}
   */
  verify(token: string, now: number): Promise<LeakedToken | undefined>;
  clock: Clock;
}

export interface LeakedToken {
  jti: string;
  sub: string;
  clientId: string;
  credentialId: string;
  txn: string;
  /** Seconds since the epoch. */
  iat: number;
  /** Seconds since the epoch. */
  exp: number;
}

/** What has leaked. */
export type Found =
  | { of: 'credential'; credential: SecretCredential }
  | { of: 'session'; family: RefreshFamily }
  | { of: 'token'; token: LeakedToken };

/** @returns `unfinished` where there were more clients than could be looked through in time */
export type Located = Found | 'unknown' | 'unfinished';

/** Milliseconds for which clients are looked through, for all of a request: a client secret does not say whose it is. */
const SEARCH = 10_000;

/** A leak, and when the search for it has to end, in milliseconds since the epoch. */
export interface Turn {
  leak: Leak;
  deadline: number;
}

/**
 * Anyone can make what looks like a client secret, and put hundreds where scanners look. So those come last, and have
 * the time of one search together: each an equal part of it, and what those before it have left.
 *
 * @param now milliseconds since the epoch
 * @returns each secret once, in the order in which they are to be handled
 */
export function inTurn(leaks: readonly Leak[], now: number): Turn[] {
  const isFirst = (leak: Leak) => leaks.find(({ secret }) => secret === leak.secret) === leak;
  const distinct = leaks.filter(isFirst);
  const isSearch = (leak: Leak) => recognised(leak)?.kind === 'client_secret';
  const searches = distinct.filter(isSearch);
  return [...distinct.filter((leak) => !isSearch(leak)), ...searches].map((leak) => ({
    leak,
    deadline: now + (SEARCH * (searches.indexOf(leak) + 1)) / Math.max(1, searches.length),
  }));
}

/** @throws {StoreUnavailable} */
export async function locate(ports: LocatePorts, { leak, deadline }: Turn): Promise<Located> {
  const secret = recognised(leak);
  switch (secret?.kind) {
    case undefined:
      return 'unknown';
    case 'api_key':
      return foundOf(ports, secret, secret.clientId);
    case 'client_secret': {
      // Whoever reports it may be wrong about whose it is, and it has leaked all the same.
      const named = secret.clientId === undefined ? 'unknown' : await foundOf(ports, secret, secret.clientId);
      return named === 'unknown' ? search(ports, secret, deadline) : named;
    }
    case 'refresh_token': {
      // Its lookup is a SHA-256 of 256 random bits that all tokens of the session share, and nobody else knows.
      const family = await ports.families.find(ports.tokens.lookupOf(secret.token));
      return family === undefined ? 'unknown' : { of: 'session', family };
    }
    case 'access_token': {
      const token = await ports.verify(secret.token, ports.clock());
      return token === undefined ? 'unknown' : { of: 'token', token };
    }
  }
}

type MachineSecret = Extract<Recognised, { secret: string }>;

const foundOf = async (ports: LocatePorts, secret: MachineSecret, clientId: string): Promise<Located> =>
  credentialOf(ports, secret, await ports.credentials.find(clientId, secret.credentialId));

/** The comparison is made whether or not there is something to compare with. */
function credentialOf(
  { matches }: LocatePorts,
  { kind, secret }: MachineSecret,
  credential: SecretCredential | undefined,
): Located {
  const isRight = matches(credential?.kind === kind ? credential.hash : undefined, secret);
  return credential !== undefined && isRight ? { of: 'credential', credential } : 'unknown';
}

async function search(ports: LocatePorts, secret: MachineSecret, deadline: number): Promise<Located> {
  for await (const page of ports.credentials.named(secret.credentialId)) {
    for (const credential of page) {
      const found = credentialOf(ports, secret, credential);
      if (found !== 'unknown') return found;
    }
    if (ports.clock() >= deadline) return 'unfinished';
  }
  return 'unknown';
}
