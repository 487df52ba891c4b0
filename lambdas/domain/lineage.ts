/**
 * What a token came of. A token that was refreshed or exchanged ends with what it came of, so it carries the
 * targets whose revocation ends that: in one string, because the gateway makes one of everything else.
 *
 *     lineage = target *( SP target )
 *     target  = kind ":" id            id percent-encoded
 */
import { type RevocationKind, type RevocationTarget, revocationKinds } from './revocation.ts';

/** Four generations of four targets. What is exchanged more often than that is refused. */
export const MAX_LINEAGE = 16;

/** @returns the value of the claim `lineage`. */
export const formatLineage = (targets: readonly RevocationTarget[]): string =>
  targets.map(({ kind, id }) => `${kind}:${encodeURIComponent(id)}`).join(' ');

/** @returns the targets of a claim; `undefined` where it is none, and then the token must not count as valid. */
export function parseLineage(claim: string): RevocationTarget[] | undefined {
  const targets = claim.split(' ').map(parseTarget);
  const known = targets.filter((target) => target !== undefined);
  return known.length === targets.length && known.length <= MAX_LINEAGE ? known : undefined;
}

function parseTarget(text: string): RevocationTarget | undefined {
  const [, kind = '', encoded = ''] = /^([a-z]+):([^\s:]+)$/.exec(text) ?? [];
  const id = decoded(encoded);
  return isKind(kind) && id !== undefined && id !== '' ? { kind, id } : undefined;
}

const isKind = (text: string): text is RevocationKind => revocationKinds.some((kind) => kind === text);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
