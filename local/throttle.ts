/** The gateway's throttle: a token bucket per route. */
import type { Throttle } from './api.ts';

/**
 * @param throttles by route key
 * @param clock milliseconds
 * @returns whether a request to the route may go on; a route without throttle always may
 */
export function createThrottle(
  throttles: ReadonlyMap<string, Throttle>,
  clock: () => number,
): (routeKey: string) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (routeKey) => {
    const throttle = throttles.get(routeKey);
    if (throttle === undefined) return true;
    const now = clock();
    const bucket = buckets.get(routeKey) ?? { tokens: throttle.burst, at: now };
    const refilled = bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * throttle.rate;
    const tokens = Math.min(throttle.burst, refilled);
    const admitted = tokens >= 1;
    buckets.set(routeKey, { tokens: admitted ? tokens - 1 : tokens, at: now });
    return admitted;
  };
}
