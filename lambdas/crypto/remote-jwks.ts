/**
 * The published keys of trusted issuers, kept for a while, and asked for again at a limited rate:
 *
 *     kept for less than 10 minutes    used
 *     older                            fetched again; while that fails, used up to an hour
 *     a kid that is not among them     fetched again, if the last time was 30 seconds ago; the token waits
 *     a failure                        nothing is fetched for 5 seconds, or 30 where there are keys to go on with
 *
 * Time is an argument, and a set that cannot be fetched is no verdict about a token: hence not jose's own remote set.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { type Clock, StoreUnavailable } from '../domain/ports.ts';
import type { VerificationKey } from '../domain/trust/verification-key.ts';
import { fetchKeys, type RemoteKeys } from './issuer-documents.ts';

export interface RemoteJwksOptions {
  /** This deployment's own issuer. */
  own: string;
  clock: Clock;
  /** Hears of each fetch that failed, and why: a sentence that quotes nothing. */
  onFailure: (issuer: string, reason: string) => void;
  /** Milliseconds that fetching may take, 2,500 by default: a caller waits for it. */
  timeout?: number;
  /** How many issuers' keys are kept, 50 by default; those that were asked for longest ago go first. */
  maxIssuers?: number;
}

/** Milliseconds. */
const FRESH = 10 * 60_000;
const USABLE = 60 * 60_000;
const COOLDOWN = 30_000;
const RETRY = 5_000;

/** @throws {StoreUnavailable} from what it returns, where the keys cannot be fetched. */
export type KeySets = (issuer: string, keys: RemoteKeys) => JWTVerifyGetKey;

/** @returns the sets by issuer. Concurrent callers share one fetch. */
export function remoteJwks({ maxIssuers = 50, timeout = 2_500, ...options }: RemoteJwksOptions): KeySets {
  const sets = new Map<string, JWTVerifyGetKey>();
  return (issuer, keys) => {
    // By the address as well: a record that has changed is not answered from what was.
    const name = JSON.stringify([issuer, keys]);
    const set = sets.get(name) ?? keySet({ ...options, timeout, issuer, keys });
    sets.delete(name);
    sets.set(name, set);
    for (const oldest of sets.keys()) if (sets.size > maxIssuers) sets.delete(oldest);
    return set;
  };
}

type KeySetOptions = Omit<Required<RemoteJwksOptions>, 'maxIssuers'> & { issuer: string; keys: RemoteKeys };

function keySet({ issuer, keys, clock, onFailure, ...options }: KeySetOptions): JWTVerifyGetKey {
  let kept: { find: JWTVerifyGetKey; at: number } | undefined;
  let failure: { error: unknown; at: number } | undefined;
  let loading: Promise<JWTVerifyGetKey> | undefined;

  const load = async (): Promise<JWTVerifyGetKey> => {
    const at = clock();
    try {
      const find = createLocalJWKSet(setOf(await fetchKeys(issuer, keys, options)));
      kept = { find, at };
      failure = undefined;
      return find;
    } catch (error) {
      failure = { error, at };
      onFailure(issuer, error instanceof StoreUnavailable ? error.message : 'it could not be read');
      throw error;
    } finally {
      loading = undefined;
    }
  };
  const fetched = (pause: number): Promise<JWTVerifyGetKey> => {
    if (loading === undefined && failure !== undefined && clock() < failure.at + pause) throw failure.error;
    loading ??= load();
    return loading;
  };
  const current = async (): Promise<JWTVerifyGetKey> => {
    if (kept !== undefined && clock() < kept.at + FRESH) return kept.find;
    const usable = kept !== undefined && clock() < kept.at + USABLE ? kept : undefined;
    try {
      return await fetched(usable ? COOLDOWN : RETRY);
    } catch (error) {
      if (usable !== undefined) return usable.find;
      throw error;
    }
  };

  return async (header, token) => {
    const find = await current();
    try {
      return await find(header, token);
    } catch (error) {
      const asked = kept !== undefined && clock() < kept.at + COOLDOWN;
      if (!(error instanceof errors.JWKSNoMatchingKey) || asked) throw error;
      const newer = await fetched(COOLDOWN);
      return newer(header, token);
    }
  };
}

const setOf = (keys: readonly VerificationKey[]): JSONWebKeySet =>
  ({ keys: [...keys] }) as unknown as JSONWebKeySet;
