/** Of what a change may depend: that what is there is still what its author has seen. */

export interface Precondition {
  /** One of these revisions has to be there; `*` is whichever. */
  match?: '*' | readonly string[];
  /** Nothing may be there yet. */
  absent?: boolean;
}

/** A thing as it was read. Each change of it by an operator gives it another revision. */
export type Revised<Thing> = Thing & { revision: string };

/** The revision of what nobody has changed since there are revisions. */
export const FIRST_REVISION = '0';
