/** A record that is kept as one, and is replaced whole by whoever has seen it as it is. */

export interface Revised<Value> {
  value: Value;
  /** Another one after each replacement. */
  revision: string;
}

/** The revision of a record that was never written. */
export const NEVER = '0';

export interface RevisedRecord<Value> {
  /** One strongly consistent read. @throws {StoreUnavailable} */
  read(): Promise<Revised<Value>>;
  /**
   * One conditional write; where its condition does not hold, one read more.
   *
   * @param seen what the new value was made of
   * @returns the new revision; `undefined` where somebody was faster, and then nothing is written
   * @throws {StoreUnavailable} where it is not certain what was written
   */
  replace(seen: Revised<Value>, value: Value): Promise<string | undefined>;
}
