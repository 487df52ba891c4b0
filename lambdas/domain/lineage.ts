/**
 * What a token came of. A token that was refreshed or exchanged ends with what it came of, so it carries the
 * targets whose revocation ends that: in one string, because the gateway makes one of everything else.
 *
 *     lineage = target *( SP target )
 *     target  = kind ":" id [ "@" iat ]      id percent-encoded; iat in seconds, of what the target is one of
 */
import type { Caller } from './access.ts';
import {
  isSame,
  type LineageTarget,
  ownTargetsOf,
  type RevocationKind,
  revocationKinds,
} from './revocation.ts';

/**
 * Four generations of four targets, a subject, a tenant and a session. What is exchanged more often than that is
 * refused. Each costs a read at every call.
 */
export const MAX_LINEAGE = 20;

/**
 * @param parent the token that another is about to be made of
 * @returns what the other one's lineage has to be: every target of the parent, its own and its inherited ones, each
 *   with the time of the oldest token that has it; `undefined` where those are more than {@link MAX_LINEAGE}
 */
export function lineageOf(parent: Caller): LineageTarget[] | undefined {
  const inherited = (parent.lineage ?? []).map((target) =>
    dated(target, Math.min(parent.iat, target.issuedAt ?? parent.iat)),
  );
  const own = ownTargetsOf(parent).map((target) => dated(target, parent.iat));
  const lineage = [...own.filter((target) => !inherited.some(isSame(target))), ...inherited];
  return lineage.length > MAX_LINEAGE ? undefined : lineage;
}

/** A revoked single token ends what came of it at any time, so there the time would only take up room. */
const dated = ({ kind, id }: LineageTarget, issuedAt: number): LineageTarget =>
  kind === 'token' ? { kind, id } : { kind, id, issuedAt };

/** @returns the value of the claim `lineage`. */
export const formatLineage = (targets: readonly LineageTarget[]): string =>
  targets
    .map(
      ({ kind, id, issuedAt }) =>
        `${kind}:${encodeURIComponent(id)}${issuedAt === undefined ? '' : `@${issuedAt}`}`,
    )
    .join(' ');

/** @returns the targets of a claim; `undefined` where it is none, and then the token must not count as valid. */
export function parseLineage(claim: string): LineageTarget[] | undefined {
  const targets = claim.split(' ', MAX_LINEAGE + 1).map(parseTarget);
  const known = targets.filter((target) => target !== undefined);
  return known.length === targets.length && known.length <= MAX_LINEAGE ? known : undefined;
}

function parseTarget(text: string): LineageTarget | undefined {
  const [, kind = '', encoded = '', seconds] = /^([a-z]+):([^\s:@]+)(?:@(\d{1,12}))?$/.exec(text) ?? [];
  const id = decoded(encoded);
  if (!isKind(kind) || id === undefined || id === '') return undefined;
  return { kind, id, ...(seconds !== undefined && { issuedAt: Number(seconds) }) };
}

const isKind = (text: string): text is RevocationKind => revocationKinds.some((kind) => kind === text);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
