/** The claim `act` (RFC 8693 §4.1): who acts for the subject, and inside it who acted before. */
export interface Actor {
  sub: string;
  act?: Actor;
}

/** How often a token can be handed on. */
export const MAX_ACTORS = 4;

/** @returns the actors of a claim; `undefined` where it is none, or names more than {@link MAX_ACTORS}. */
export function parseActor(claim: unknown, left: number = MAX_ACTORS): Actor | undefined {
  if (left === 0 || typeof claim !== 'object' || claim === null) return undefined;
  const { sub, act } = claim as Partial<Actor>;
  if (typeof sub !== 'string' || sub === '') return undefined;
  if (act === undefined) return { sub };
  const before = parseActor(act, left - 1);
  return before === undefined ? undefined : { sub, act: before };
}

/**
 * @param by the client that acts from now on
 * @param before who acted before, if anybody did
 * @returns the claim; `undefined` where those are more than {@link MAX_ACTORS}
 */
export const actingFor = (by: string, before: Actor | undefined): Actor | undefined =>
  parseActor({ sub: by, ...(before !== undefined && { act: before }) });
