/** AWS's list prices in us-east-1, in dollars; read 2026-11 at the addresses that stand beside them. */

/** https://aws.amazon.com/dynamodb/pricing/on-demand/, table class Standard; the first 25 GB are not taken off. */
const DYNAMODB = {
  /** Of 1 kB. */
  writeUnit: 0.625 / 1e6,
  /** Strongly consistent, of 4 kB. */
  readUnit: 0.125 / 1e6,
  gigabyteMonth: 0.25,
};

/** https://aws.amazon.com/lambda/pricing/, arm64; the free tier is not taken off. */
const LAMBDA = { request: 0.2 / 1e6, gigabyteSecond: 0.0000133334 };

export interface Used {
  readUnits?: number;
  writeUnits?: number;
  gigabyteMonths?: number;
  invocations?: number;
  gigabyteSeconds?: number;
}

/** @returns dollars */
export const priceOf = (used: Used): number =>
  (used.readUnits ?? 0) * DYNAMODB.readUnit +
  (used.writeUnits ?? 0) * DYNAMODB.writeUnit +
  (used.gigabyteMonths ?? 0) * DYNAMODB.gigabyteMonth +
  (used.invocations ?? 0) * LAMBDA.request +
  (used.gigabyteSeconds ?? 0) * LAMBDA.gigabyteSecond;
