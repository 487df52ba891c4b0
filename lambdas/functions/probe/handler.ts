/**
 * A step of the deployment: waits until the issuer answers as API Gateway will ask it, for it asks once, while
 * the authorizer is created, and gives up after 1,500 ms.
 */
import type { Clock } from '../../domain/ports.ts';

export interface ProbePorts {
  /** The exact issuer, without a trailing slash. */
  issuer: string;
  fetch: typeof fetch;
  clock: Clock;
  /** Resolves after so many milliseconds. */
  sleep: (milliseconds: number) => Promise<void>;
}

/** Milliseconds that API Gateway waits for the discovery document, and again for the JWKS. */
const ANSWER_WITHIN = 1500;
const GIVE_UP_AFTER = 60_000;
const PAUSE = 1000;

/**
 * Makes the probe: it resolves once discovery document and JWKS are as they have to be
 * (OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3).
 *
 * @throws Error with the last reason, if that did not happen within 60 seconds
 */
export const createProbe = (ports: ProbePorts) => async (): Promise<void> => {
  const until = ports.clock() + GIVE_UP_AFTER;
  for (;;) {
    const obstacle = await findObstacle(ports);
    if (obstacle === undefined) return;
    if (ports.clock() + PAUSE >= until) {
      throw new Error(`the issuer is not ready after ${GIVE_UP_AFTER / 1000} s: ${obstacle}`);
    }
    await ports.sleep(PAUSE);
  }
};

/** @returns what stands in the way, `undefined` if nothing does. */
async function findObstacle({ issuer, fetch }: ProbePorts): Promise<string | undefined> {
  try {
    const discovery = await getJson(fetch, `${issuer}/.well-known/openid-configuration`);
    if (discovery.issuer !== issuer) return `the discovery document’s issuer is not ${issuer}`;
    if (typeof discovery.jwks_uri !== 'string') return 'the discovery document has no jwks_uri';
    const { keys } = await getJson(fetch, discovery.jwks_uri);
    return Array.isArray(keys) && keys.length > 0 ? undefined : `${discovery.jwks_uri} has no keys`;
  } catch (error) {
    return describe(error);
  }
}

async function getJson(fetch: ProbePorts['fetch'], url: string): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN) });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const body: unknown = await response.json();
    if (typeof body !== 'object' || body === null) throw new Error('not a JSON object');
    return body as Record<string, unknown>;
  } catch (error) {
    throw new Error(`GET ${url}: ${describe(error)}`);
  }
}

/** `fetch` hides why it failed in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
