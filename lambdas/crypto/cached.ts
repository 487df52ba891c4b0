/** One value, loaded when it is asked for and kept for a while. */
import { type Clock, StoreUnavailable } from '../domain/ports.ts';

export interface CacheOptions<Value> {
  load: () => Promise<Value>;
  clock: Clock;
  /** Milliseconds that the value is used without asking again. */
  ttl: number;
  /** Milliseconds after which the value is used no more, even if it cannot be loaded again. */
  limit: number;
}

/** Milliseconds between two tries while there is a value to go on with. */
const RETRY = 10_000;

/**
 * @returns a function that gives the value. While one load is under way, all callers wait for the same. A load
 *   that fails leaves the value in use until `limit`; after that, and without a value, it throws.
 * @throws {StoreUnavailable} from the function, with the failure as `cause`
 */
export function cached<Value>({ load, clock, ttl, limit }: CacheOptions<Value>): () => Promise<Value> {
  let kept: { value: Value; at: number } | undefined;
  let loading: Promise<Value> | undefined;
  let retryAt = 0;

  const reload = async (): Promise<Value> => {
    const at = clock();
    try {
      const value = await load();
      kept = { value, at };
      return value;
    } catch (error) {
      if (kept === undefined || at >= kept.at + limit) {
        throw error instanceof StoreUnavailable
          ? error
          : new StoreUnavailable('no usable value', { cause: error });
      }
      retryAt = at + RETRY;
      return kept.value;
    } finally {
      loading = undefined;
    }
  };

  return async () => {
    const now = clock();
    if (kept !== undefined && now < kept.at + ttl) return kept.value;
    if (kept !== undefined && now < Math.min(retryAt, kept.at + limit)) return kept.value;
    loading ??= reload();
    return loading;
  };
}
