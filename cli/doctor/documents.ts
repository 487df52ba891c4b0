/** The documents that the gateway reads: each is asked for several times, for the gateway waits 1,500 ms and no more. */
import { type Check, quoted, type Verdicts } from './check.ts';
import { type Exchange, type Http, isObject, parseJson, type Reply } from './http.ts';

/** What API Gateway takes of a discovery document or a JWKS. */
const MOST_MILLISECONDS = 1500;
const MOST_BYTES = 150_000;

/** From here on it is near the limit. */
const NEAR_MILLISECONDS = 1000;

const SAMPLES = 5;
/** Milliseconds after which no further sample is taken: it is slow, that is known by then. */
const PATIENCE = 3000;

/**
 * Seconds that a cache may keep the JWKS: what is left of the three hours between a key's publication and its
 * first signature, without the gateway's two hours and the half-hour of the function's own copy.
 */
const MOST_MAX_AGE = 1800;

export interface Sampled {
  /** Such as `/.well-known/jwks.json`. */
  path: string;
  /** Over a new connection, with whatever has to start first. */
  first: Exchange;
  /** After it, over one connection. */
  others: readonly Exchange[];
}

/** Asks for a document a few times, one after the other. */
export async function sample(http: Http, path: string): Promise<Sampled> {
  const first = await http.send(`GET ${path}`, { fresh: true });
  const others: Exchange[] = [];
  let spent = timeOf(first);
  while (others.length < SAMPLES - 1 && spent < PATIENCE) {
    const exchange = await http.send(`GET ${path}`);
    others.push(exchange);
    spent += timeOf(exchange);
  }
  return { path, first, others };
}

const timeOf = (exchange: Exchange): number => (exchange.ok ? exchange.reply.milliseconds : PATIENCE);

/** @returns the document, where it is one. */
export function contentOf({ first }: Sampled): Record<string, unknown> | undefined {
  if (!first.ok || first.reply.status !== 200 || first.reply.cut) return undefined;
  const content = parseJson(first.reply.body);
  return isObject(content) ? content : undefined;
}

/** Is it there and JSON, fast and small enough for the gateway, and cached no longer than keys allow? */
export function checkDocument(verdicts: Verdicts, id: string, sampled: Sampled): Check[] {
  const { path, first } = sampled;
  if (!first.ok) {
    return [verdicts.failed(`${id}.document`, `GET ${path} was not answered: ${first.reason}.`, NOT_SERVED)];
  }
  return [
    checkForm(verdicts, `${id}.document`, sampled, first.reply),
    checkSpeed(verdicts, `${id}.speed`, sampled),
    checkSize(verdicts, `${id}.size`, path, first.reply),
    checkCache(verdicts, `${id}.cache`, path, first.reply),
  ];
}

const NOT_SERVED =
  'Check that the address is that of a Tollgate deployment; if it is, look at the log of its discovery function.';

function checkForm(verdicts: Verdicts, id: string, sampled: Sampled, { status, headers }: Reply): Check {
  const failed = (says: string) => verdicts.failed(id, `GET ${sampled.path} ${says}.`, NOT_SERVED);
  if (status >= 300 && status < 400) {
    return failed(`leads elsewhere (${status} to ${quoted(headers.location)}), where no gateway follows`);
  }
  if (status !== 200) return failed(`is answered with ${status}`);
  const type = headers['content-type'] ?? 'no type';
  if (contentOf(sampled) === undefined) return failed(`is no JSON object (${quoted(type)})`);
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(type)) {
    const next = 'Answer it as application/json: verifiers may refuse anything else.';
    return verdicts.failed(id, `GET ${sampled.path} is JSON and says that it is ${quoted(type)}.`, next);
  }
  return verdicts.ok(id, `GET ${sampled.path} is JSON, for anyone.`);
}

function checkSpeed(verdicts: Verdicts, id: string, { path, first, others }: Sampled): Check {
  const lost = others.find((exchange) => !exchange.ok);
  if (lost !== undefined && !lost.ok) {
    const says = `GET ${path} was answered once, and then no more: ${lost.reason}.`;
    return verdicts.failed(id, says, 'Try again; if it stays, look at the throttles and the 5xx alarm.');
  }
  const [cold, warm] = [timeOf(first), others.map(timeOf)];
  const says = `GET ${path} took ${Math.round(cold)} ms at first${rangeOf(warm)}, as measured from here.`;
  const slowest = Math.max(cold, ...warm);
  if (slowest < NEAR_MILLISECONDS) return verdicts.ok(id, says);
  const where =
    Math.max(0, ...warm) < NEAR_MILLISECONDS
      ? 'Only the first was slow, a cold start or the way to it: try again'
      : 'Try again from nearer to its region';
  const next = `The gateway gives up after ${MOST_MILLISECONDS} ms. ${where}; if it stays, give the discovery function more memory.`;
  return slowest > MOST_MILLISECONDS ? verdicts.failed(id, says, next) : verdicts.warning(id, says, next);
}

function rangeOf(warm: readonly number[]): string {
  if (warm.length === 0) return '';
  const [least, most] = [Math.round(Math.min(...warm)), Math.round(Math.max(...warm))];
  return least === most ? ` and ${most} ms afterwards` : ` and ${least} to ${most} ms afterwards`;
}

function checkSize(verdicts: Verdicts, id: string, path: string, { body, cut }: Reply): Check {
  const bytes = Buffer.byteLength(body);
  if (!cut && bytes <= MOST_BYTES) return verdicts.ok(id, `GET ${path} has ${bytes} bytes.`);
  const next = `The gateway reads ${MOST_BYTES} bytes at most, and refuses every token otherwise.`;
  return verdicts.failed(id, `GET ${path} has more than ${MOST_BYTES} bytes.`, next);
}

function checkCache(verdicts: Verdicts, id: string, path: string, { headers }: Reply): Check {
  const control = headers['cache-control'] ?? '';
  const ages = [...control.matchAll(/\b(?:s-maxage|max-age|stale-while-revalidate)="?(\d{1,12})/gi)];
  if (ages.length === 0 && !/\bno-(store|cache)\b/i.test(control)) {
    const next = `Send Cache-Control with a max-age of at most ${MOST_MAX_AGE} s.`;
    return verdicts.warning(id, `GET ${path} does not say how long it may be cached.`, next);
  }
  const seconds = Math.max(0, ...ages.map(([, age]) => Number(age)));
  if (seconds <= MOST_MAX_AGE) return verdicts.ok(id, `GET ${path} may be cached for ${seconds} s.`);
  const next = `A key may sign before everyone knows it: with the gateway's own two hours, ${MOST_MAX_AGE} s are the most.`;
  return verdicts.failed(id, `GET ${path} may be cached for ${seconds} s.`, next);
}
