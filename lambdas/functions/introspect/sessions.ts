/** What is told about a refresh token: to nobody but the client whose session it is, whatever else that may ask. */
import type { Authenticated } from '../../domain/authentication.ts';
import { describeRefreshToken, INACTIVE, type Introspection } from '../../domain/introspection.ts';
import type {
  Directory,
  LoginFacts,
  RefreshFamilies,
  RefreshTokens,
  RevocationReader,
} from '../../domain/ports.ts';
import { type RefreshFamily, remaining, standingOf, targetsOfFamily } from '../../domain/refresh-family.ts';
import type { RefreshToken } from '../../domain/refresh-token.ts';
import { revocationOf } from '../../domain/revocation.ts';
import type { TokenTerms } from '../../domain/token-request.ts';

export interface SessionInspectionPorts {
  directory: Pick<Directory, 'lookUp'>;
  families: Pick<RefreshFamilies, 'find'>;
  refreshTokens: Pick<RefreshTokens, 'lookupOf' | 'hashOf'>;
  revocations: RevocationReader;
}

/**
 * Looks at a session and changes nothing: a token that was replaced is inactive, but nobody has used it here.
 *
 * @param now milliseconds since the epoch
 * @returns what a refresh would go on with now; inactive where there would be none
 * @throws {StoreUnavailable}
 */
export async function inspectSession(
  ports: SessionInspectionPorts,
  holder: Authenticated,
  token: RefreshToken,
  terms: Pick<TokenTerms, 'roles'>,
  now: number,
): Promise<Introspection> {
  const family = await ports.families.find(ports.refreshTokens.lookupOf(token));
  if (family?.clientId !== holder.client.clientId) return INACTIVE;
  if (standingOf(family, ports.refreshTokens.hashOf(token), now).kind !== 'current') return INACTIVE;
  const left = remaining(family, await factsOf(ports, holder, family), terms, now);
  if (!left.ok || (await isRevoked(ports, family))) return INACTIVE;
  return describeRefreshToken(family, left.value.granted.scopes);
}

/** A user's session needs the credential that it began with, which need not be the one that was presented here. */
const factsOf = async (
  { directory }: SessionInspectionPorts,
  holder: Authenticated,
  { clientId, credentialId }: RefreshFamily,
): Promise<LoginFacts> =>
  holder.client.kind === 'service' || holder.credential.credentialId === credentialId
    ? holder
    : await directory.lookUp(clientId, credentialId);

const isRevoked = async ({ revocations }: SessionInspectionPorts, family: RefreshFamily): Promise<boolean> =>
  revocationOf(await revocations.find(targetsOfFamily(family)), Math.floor(family.startedAt / 1000)) !==
  undefined;
