import { LAG, type Ring, signingKeyAt, signsUntil } from './key-ring.ts';

/** What an operator may know of a key: its id and its times (ISO 8601). */
export interface KeySummary {
  kid: string;
  createdAt: string;
  publishedAt?: string;
  signsFrom?: string;
  signsUntil?: string;
  droppedFrom?: string;
}

export interface RingSummary {
  /** The key that signs now; absent where none may, and logins answer 503. */
  signing?: string;
  keys: KeySummary[];
}

/** @returns the ring in words an operator can read: no key material. */
export function summaryOf(ring: Ring, now: number): RingSummary {
  const signing = signingKeyAt(ring, now);
  return {
    ...(signing && { signing: signing.kid }),
    keys: ring.keys.map(({ kid, createdAt, publishedAt, signsFrom }) => {
      const until = signsUntil(ring, kid);
      return {
        kid,
        createdAt: iso(createdAt),
        ...(publishedAt !== undefined && { publishedAt: iso(publishedAt) }),
        ...(signsFrom !== undefined && { signsFrom: iso(signsFrom) }),
        ...(until !== undefined && { signsUntil: iso(until), droppedFrom: iso(until + LAG) }),
      };
    }),
  };
}

const iso = (time: number): string => new Date(time).toISOString();
