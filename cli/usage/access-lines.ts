/** Lines of the gateway's access log: which calls reached a protected function, and with which token. */
import * as z from 'zod';

/** As the stage's format has them: all texts, `-` for what there is not. */
const lineShape = z.looseObject({
  requestId: z.string(),
  timeEpoch: z.string(),
  sourceIp: z.string(),
  routeKey: z.string(),
  status: z.string(),
  responseLength: z.string(),
  integrationLatency: z.string(),
  sub: z.string(),
  clientId: z.string(),
  credentialId: z.string(),
  tenant: z.string(),
  jti: z.string(),
  txn: z.string(),
});

type Line = z.output<typeof lineShape>;

/** A call that reached its function, with what the gateway knows of its record. */
export interface SeenCall {
  requestId: string;
  /** Milliseconds since the epoch. */
  at: number;
  sub: string;
  clientId: string;
  credentialId: string;
  tenant?: string;
  jti: string;
  txn: string;
  route: string;
  status: number;
  bytesOut?: number;
  latency: number;
  sourceIp: string;
}

export type AccessLine =
  | { kind: 'call'; call: SeenCall }
  | { kind: 'other' }
  | { kind: 'unreadable'; why: string };

const OTHER: AccessLine = { kind: 'other' };

/** @returns `other` where no protected function was called: nothing has to be booked for it. */
export function parseAccess(text: string): AccessLine {
  if (text.trim() === '') return OTHER;
  const line = objectIn(text);
  if (line === undefined) return unreadable('the line is cut or damaged');
  if (membersIn(text) !== Object.keys(line).length) return unreadable('a member stands in it twice');
  // Of the routes whose function authenticates by itself there is no token; their records are in the log of the function.
  if (isNone(line.jti)) return OTHER;
  const parsed = lineShape.safeParse(line);
  if (!parsed.success) {
    return unreadable(`it has no ${String(parsed.error.issues[0]?.path[0])}: it is from before this version`);
  }
  return isNone(parsed.data.integrationLatency) ? OTHER : callIn(parsed.data);
}

function callIn(line: Line): AccessLine {
  const lacking = (['sub', 'clientId', 'credentialId', 'txn', 'requestId'] as const).find((name) =>
    isNone(line[name]),
  );
  if (lacking !== undefined)
    return unreadable(`the token of this call has no ${lacking}, so no record is possible`);
  const [time, status, latency] = [line.timeEpoch, line.status, line.integrationLatency].map(Number);
  if (![time, status, latency].every(Number.isSafeInteger)) return unreadable('a number in it is none');
  const { requestId, sub, clientId, credentialId, tenant, jti, txn, routeKey: route, sourceIp } = line;
  const call: SeenCall = {
    ...{ requestId, sub, clientId, credentialId, jti, txn, route, sourceIp },
    at: inMilliseconds(time ?? 0),
    ...(!isNone(tenant) && { tenant }),
    status: status ?? 0,
    ...(/^\d+$/.test(line.responseLength) && { bytesOut: Number(line.responseLength) }),
    latency: latency ?? 0,
  };
  return { kind: 'call', call };
}

/** API Gateway's documentation does not say which of the two it is; no call was made in the year 5138, or in 1970. */
const inMilliseconds = (time: number): number => (time < 1e11 ? time * 1000 : time);

const isNone = (value: unknown): boolean => value === undefined || value === '-' || value === '';

const unreadable = (why: string): AccessLine => ({ kind: 'unreadable', why });

/**
 * How many members a flat object is written with. API Gateway does not promise that it escapes what it puts for a
 * variable: a path or a subject with a quote in it could say again, otherwise, what was said before.
 */
const membersIn = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(([, colon]) => colon === ':').length;

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
