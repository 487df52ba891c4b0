/** What two answers differ in, once what may differ is masked. */
import type { AbstractRequest } from './request.ts';
import type { Target } from './target.ts';
import type { Answer } from './wire.ts';

/** Headers that a client can depend on. */
export const COMPARED = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-type',
  'location',
  'pragma',
  'retry-after',
  'set-cookie',
  'vary',
  'www-authenticate',
] as const;

/** An answer with ids, times, tokens and the target's own address masked. */
export interface Comparable {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** JSON in one spelling, other text as it is. */
  body: string;
}

export interface Difference {
  request: AbstractRequest;
  /** `status`, `body` or a header's name. Where the status differs, the rest of the answer is not looked at. */
  part: string;
  local: Comparable;
  deployed: Comparable;
}

/** @returns each part in which the answers differ. */
export function differencesOf(
  request: AbstractRequest,
  local: Comparable,
  deployed: Comparable,
): Difference[] {
  if (local.status !== deployed.status) return [{ request, part: 'status', local, deployed }];
  const parts = COMPARED.filter((name) => local.headers[name] !== deployed.headers[name]);
  const body = request.method !== 'HEAD' && local.body !== deployed.body ? ['body'] : [];
  return [...body, ...parts].map((part) => ({ request, part, local, deployed }));
}

/** @returns the answer as it can be held against that of another target. */
export function comparable(request: AbstractRequest, answer: Answer, target: Target): Comparable {
  const mask = (text: string) => masked(text, target);
  const named = COMPARED.map((name) => [name, answer.headers[name]] as const);
  const given = named.filter(([, value]) => value !== undefined && value !== '');
  const path = request.path.split('?')[0];
  const isReport = path === '/usage' && answer.status === 200;
  return {
    status: answer.status,
    headers: Object.fromEntries(given.map(([name, value]) => [name, mask(String(value))])),
    body: isReport ? reportShape(answer.body) : mask(inOneSpelling(answer.body)),
  };
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<token>'],
  [/tgs?_[\w-]+/g, '<secret>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/"(exp|iat|nbf|created_at|retry_after)":"?[\d.TZ:-]+"?/g, '"$1":<time>'],
  [/"client_id":"[a-z0-9]{16}"/g, '"client_id":<made up>'],
  [/"(kid|n|password|client_secret|api_key)":"[^"]+"/g, '"$1":<own>'],
];

function masked(text: string, { base, secrets }: Target): string {
  const own = text.replaceAll(base.href.replace(/\/$/, ''), '<url>').replaceAll(secrets.run ?? '', '<run>');
  return MASKS.reduce((before, [pattern, mask]) => before.replace(pattern, mask), own);
}

/** Two spellings of one JSON value are one to a client. */
function inOneSpelling(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}

/** A report of all that was called until then, which no two targets are asked at the same moment. */
function reportShape(body: string): string {
  try {
    const { rows, total, from: _, to: __, ...rest } = JSON.parse(body) as Record<string, unknown>;
    return JSON.stringify({ ...rest, rows: Array.isArray(rows), total: Object.keys(total as object) });
  } catch {
    return body.split(/\r?\n/, 1)[0] ?? '';
  }
}
