/**
 * How long names can be: they are parts of keys, and keys have an end. What is too long to be a key cannot be there,
 * and must not be looked for or booked either: DynamoDB refuses it with an error that nobody can do anything about.
 */

/** Characters of the keys that DynamoDB takes (all of them ASCII), less what a range adds behind them. */
const MAX_PARTITION = 2047;
const MAX_SORT = 1023;

/** Half a surrogate pair has no bytes, so it cannot be in a key. */
const fits = (parts: readonly string[], most: number): boolean =>
  !parts.some((part) => /\p{Surrogate}/u.test(part)) &&
  parts.map(encodeURIComponent).join('#').length <= most;

/** @returns whether a sort key can be made of these */
export const fitsSortKey = (...parts: string[]): boolean => fits(parts, MAX_SORT);

/** @returns whether a partition key can be made of these */
export const fitsPartitionKey = (...parts: string[]): boolean => fits(parts, MAX_PARTITION);
