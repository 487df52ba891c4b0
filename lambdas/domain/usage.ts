import type { GrantType } from './grant-type.ts';
import type { MicroDollars } from './money.ts';

/** One call, booked once. */
export interface UsageRecord {
  /** The gateway's request id: what makes the record unique, and a retry the same record. */
  requestId: string;
  /** The gateway's time of the request, milliseconds since the epoch: the same for every retry. */
  at: number;
  sub: string;
  clientId: string;
  credentialId: string;
  tenant?: string;
  jti: string;
  txn: string;
  /** The route key, such as `GET /products/{name}`. */
  route: string;
  status: number;
  outcome: 'admitted' | 'refused';
  /** What the call cost, at the price of its time. */
  price: MicroDollars;
  /** When the price that it was made with came into force, in RFC 3339; absent where it cost nothing by outcome. */
  pricedFrom?: string;
  /** Bytes of the answer's body. */
  bytesOut?: number;
  /** Milliseconds from the function's first line to its answer. */
  latency: number;
  sourceIp: string;
  /** How it came here, where not from the function that served the call. */
  bookedBy?: 'replay' | 'reconciliation';
}

/** An issued token: what a leaked credential is traced by. */
export interface IssuedToken {
  jti: string;
  clientId: string;
  credentialId: string;
  sub: string;
  tenant?: string;
  scopes: readonly string[];
  txn: string;
  kid: string;
  /** Seconds since the epoch. */
  iat: number;
  /** Seconds since the epoch. */
  exp: number;
  sourceIp: string;
  /** How it was asked for: the grant, or `login`. */
  grantType: GrantType | 'login';
  /** What it came of, where it is not a client's own. */
  origin?: TokenOrigin;
  /** What ends it beside its own targets, as its claim `lineage` says it. */
  lineage?: string;
}

/** What a list tells of an issued token. */
export type TokenEntry = Pick<
  IssuedToken,
  'jti' | 'iat' | 'exp' | 'sub' | 'clientId' | 'credentialId' | 'grantType'
>;

/** What a token was made from: a session of refresh tokens, a token of ours, or one of a trusted issuer. */
export type TokenOrigin =
  | { kind: 'refreshed'; family: string }
  | { kind: 'exchanged'; jti: string }
  | { kind: 'federated'; issuer: string; subject: string; jti?: string };

/** Over how many partitions the records of one hour are spread: one partition takes 1,000 writes a second. */
export const USAGE_SHARDS = 8;

/** @returns the UTC hour of a time in milliseconds, such as `2026-11-22T03`. */
export const hourOf = (at: number): string => new Date(at).toISOString().slice(0, 13);

/** @returns the shard of a record: any even spread will do, as long as a retry finds the same. */
export function shardOf(requestId: string): number {
  let hash = 0;
  for (const character of requestId) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % USAGE_SHARDS;
}
