/** The access log: a line for each request, in the format of the stage. What cannot be known here is `-`, as on AWS. */
import { commonLogTime } from './event.ts';

/** What became of a request on its way. */
export interface Passage {
  routeKey: string;
  /** Of the token, where the authorizer let it through. */
  claims?: Readonly<Record<string, string>>;
  /** Absent where the function was not called. */
  integration?: Integration;
}

export interface Integration {
  /** What the function answered; absent where it did not. */
  status?: number;
  /** Milliseconds. */
  latency: number;
  error?: string;
}

/** All that the log may say of a request. Never a query or a header: they may hold secrets. */
export interface AccessFacts {
  requestId: string;
  /** Milliseconds since the epoch. */
  time: number;
  method: string;
  path: string;
  sourceIp: string;
  status: number;
  /** Milliseconds. */
  latency: number;
  /** Bytes of the answer's body. */
  length: number;
  /** What the authorizer had against the token. */
  reason?: string;
  passage?: Passage;
}

/**
 * @param format the stage's, with `$context` variables
 * @returns the line; what stands for a variable is escaped, so that a line of JSON stays one
 */
export const accessLogLine = (format: string, facts: AccessFacts): string =>
  format.replace(/\$context\.([A-Za-z_]+(?:\.[A-Za-z_]+)*)/g, (_, name: string) => {
    const value = variable(name, facts);
    return value === undefined ? '-' : JSON.stringify(String(value)).slice(1, -1);
  });

const CLAIM = 'authorizer.claims.';

function variable(name: string, facts: AccessFacts): string | number | undefined {
  if (name.startsWith(CLAIM)) {
    const { claims = {} } = facts.passage ?? {};
    const claim = name.slice(CLAIM.length);
    return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  }
  return Object.hasOwn(VARIABLES, name) ? VARIABLES[name]?.(facts) : undefined;
}

const VARIABLES: Readonly<Record<string, (facts: AccessFacts) => string | number | undefined>> = {
  requestId: ({ requestId }) => requestId,
  requestTime: ({ time }) => commonLogTime(time),
  requestTimeEpoch: ({ time }) => time,
  'identity.sourceIp': ({ sourceIp }) => sourceIp,
  routeKey: ({ passage }) => passage?.routeKey,
  httpMethod: ({ method }) => method,
  path: ({ path }) => path,
  status: ({ status }) => status,
  responseLatency: ({ latency }) => Math.round(latency),
  responseLength: ({ length }) => length,
  'authorizer.error': ({ reason }) => reason,
  'integration.status': ({ passage }) => passage?.integration?.status,
  'integration.latency': ({ passage }) => passage?.integration && Math.round(passage.integration.latency),
  integrationErrorMessage: ({ passage }) => passage?.integration?.error,
};
