/** How a session of refresh tokens begins and ends, and what it depends on, for every function that has to know. */
import { v4, v7 } from 'uuid';
import type { Authenticated } from '../domain/authentication.ts';
import { mayUse } from '../domain/client.ts';
import type { Issuance } from '../domain/issuance.ts';
import type {
  Directory,
  LoginFacts,
  Random,
  RefreshFamilies,
  RefreshTokens,
  RevocationReader,
  RevocationWriter,
} from '../domain/ports.ts';
import {
  familyRevocation,
  familyTarget,
  newFamily,
  type RefreshFamily,
  targetsOfFamily,
} from '../domain/refresh-family.ts';
import { mintRefreshToken } from '../domain/refresh-token.ts';
import { ok } from '../domain/result.ts';
import { revocationOf, type Why } from '../domain/revocation.ts';
import type { Settle } from './issue.ts';

export interface SessionPorts {
  families: RefreshFamilies;
  tokens: RefreshTokens;
  random: Random;
}

/**
 * Begins a session for a client that may refresh its tokens; for any other it changes nothing.
 *
 * @param issuance what the client gets
 * @param startedAt when the request came, milliseconds since the epoch
 * @returns the issuance, as the first of the session, and what writes the session and adds the refresh token
 */
export type OpenSession = (
  holder: Authenticated,
  issuance: Issuance,
  startedAt: number,
) => { issuance: Issuance; settle?: Settle };

export const sessionOpener =
  ({ families, tokens, random }: SessionPorts): OpenSession =>
  (holder, issuance, startedAt) => {
    if (!mayUse(holder.client, 'refresh_token')) return { issuance };
    const token = mintRefreshToken(random);
    const ids = {
      lookup: tokens.lookupOf(token),
      familyId: v7({ msecs: startedAt, random: random(16) }),
      txn: issuance.txn ?? v4({ random: random(16) }),
      current: tokens.hashOf(token),
    };
    const family = newFamily(holder, issuance.granted, ids, startedAt);
    return {
      issuance: { ...issuance, txn: ids.txn, lineage: [familyTarget(family)] },
      settle: async () => {
        await families.start(family);
        return ok({ refresh_token: token.text });
      },
    };
  };

/**
 * @param holder who authenticated, if anybody did: what that has read is as good as another read, unless the session
 *   of a user began with another credential than the one that was presented now
 * @returns the directory, on the session's client and on the credential that it began with
 * @throws {StoreUnavailable}
 */
export const sessionFacts = async (
  directory: Pick<Directory, 'lookUp'>,
  holder: Authenticated | undefined,
  { clientId, credentialId }: RefreshFamily,
): Promise<LoginFacts> =>
  holder?.client.kind === 'service' || holder?.credential.credentialId === credentialId
    ? holder
    : await directory.lookUp(clientId, credentialId);

/**
 * @returns whether anything has been revoked, since the session began, that ends it
 * @throws {StoreUnavailable}
 */
export async function isSessionRevoked(
  revocations: RevocationReader,
  family: RefreshFamily,
): Promise<boolean> {
  const found = await revocations.find(targetsOfFamily(family));
  return revocationOf(found, Math.floor(family.startedAt / 1000)) !== undefined;
}

export interface EndingPorts {
  families: Pick<RefreshFamilies, 'end'>;
  ledger: RevocationWriter;
}

/**
 * Ends a session: no refresh token of it can be used again, and every access token of it is revoked. Both are tried,
 * whatever becomes of the other, because each of them alone refuses the next refresh. Doing it again completes what
 * was left half done.
 *
 * @param why when, and what for
 * @returns whether it was this that ended it
 * @throws {StoreUnavailable} unless both are written
 */
export async function endSession(
  { families, ledger }: EndingPorts,
  family: RefreshFamily,
  { revokedAt, reason }: Why,
): Promise<boolean> {
  const [ended, revoked] = await Promise.allSettled([
    family.endedAt === undefined ? families.end(family.lookup, revokedAt) : 'already_ended',
    ledger.revoke(familyRevocation(family, { revokedAt: family.endedAt ?? revokedAt, reason })),
  ]);
  if (ended.status === 'rejected') throw ended.reason;
  if (revoked.status === 'rejected') throw revoked.reason;
  return ended.value === 'ended';
}
