/** Ends what has leaked. First nobody can get a token by it any more, then those that there are end. */
import type { Change } from '../../domain/audit.ts';
import type { LeakReport } from '../../domain/leak.ts';
import type { RevocationWriter } from '../../domain/ports.ts';
import { credentialRevocation, revocation } from '../../domain/revocation.ts';
import { endSession } from '../sessions.ts';
import type { Found, LocatePorts } from './locate.ts';

export interface EndPorts extends Pick<LocatePorts, 'credentials' | 'families' | 'clock'> {
  ledger: RevocationWriter;
}

/** How it was ended; `unknown` where it became something else between the look and the write. */
export type Ended = { outcome: 'revoked' | 'already_revoked'; revokedAt?: number } | { outcome: 'unknown' };

/**
 * Twice is the same as once: the time of the first end is kept, and the revocation of the tokens is made of that time.
 *
 * @throws {StoreUnavailable} what was done until then stands; asked again, it goes on from there
 */
export async function end(ports: EndPorts, found: Found): Promise<Ended> {
  const now = ports.clock();
  switch (found.of) {
    case 'credential': {
      const { clientId, credentialId } = found.credential;
      const ended = await ports.credentials.end(found.credential, now);
      if (ended.outcome === 'unknown') return ended;
      const why = { revokedAt: ended.revokedAt, reason: 'leaked' } as const;
      const revoked = await ports.ledger.revoke(credentialRevocation(clientId, credentialId, why));
      const isFirst = ended.outcome === 'revoked' || revoked === 'revoked';
      return { outcome: isFirst ? 'revoked' : 'already_revoked', revokedAt: ended.revokedAt };
    }
    case 'session': {
      const isFirst = await endSession(ports, found.family, { revokedAt: now, reason: 'leaked' });
      const { endedAt = now } = found.family;
      return { outcome: isFirst ? 'revoked' : 'already_revoked', revokedAt: endedAt };
    }
    case 'token': {
      // Its own `iat` covers exactly this token, and makes a repeated revocation the same one.
      const { jti, iat } = found.token;
      const why = { revokedAt: now, reason: 'leaked' } as const;
      const outcome = await ports.ledger.revoke(revocation({ kind: 'token', id: jti }, iat, why));
      return { outcome, ...(outcome === 'revoked' && { revokedAt: now }) };
    }
  }
}

/** @returns what the audit trail has of it: names, never the secret */
export function changeOf(found: Found, { source }: { source?: string }, { policy }: LeakReport): Change {
  return {
    action: 'leak.report',
    target: targetOf(found),
    details: { policy, ...(source !== undefined && { source }) },
  };
}

function targetOf(found: Found): Record<string, string> {
  switch (found.of) {
    case 'credential':
      return { client: found.credential.clientId, credential: found.credential.credentialId };
    case 'session':
      return { client: found.family.clientId, session: found.family.familyId };
    case 'token':
      return { client: found.token.clientId, token: found.token.jti };
  }
}
