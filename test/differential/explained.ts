/**
 * The differences between the local gateway and MiniStack's that are no bugs of ours. What differs and is not here
 * fails the comparison, and so does what is here and differs no longer. docs/emulator.md shows them.
 */
import type { Comparable, Difference } from './compare.ts';
import type { Explanation } from './report.ts';
import type { AbstractRequest } from './request.ts';

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';

export const explanations: readonly Explanation[] = [
  {
    id: 'no-challenge',
    right: 'local',
    source: `${GUIDE}/http-api-troubleshooting-jwt.html`,
    why: "the emulator's authorizer refuses without `www-authenticate`; on AWS each 401 of it has one",
    explains: ({ part, request, local, deployed }) =>
      part === 'www-authenticate' &&
      isOwn(request, local, 401, 'Unauthorized') &&
      isOwn(request, deployed, 401, 'Unauthorized') &&
      /^Bearer( scope="" error="invalid_token" error_description="[^"]+")?$/.test(
        local.headers[part] ?? '',
      ) &&
      deployed.headers[part] === undefined,
  },
  {
    id: 'default-content-type',
    right: 'local',
    source: 'https://github.com/awslabs/aws-lambda-go-api-proxy/issues/116',
    why: 'a response with a `statusCode` and without a `content-type` is text on AWS; the emulator calls it JSON',
    explains: ({ part, request, local, deployed }) =>
      part === 'content-type' &&
      routeOf(request) === 'POST /oauth2/revoke' &&
      [local, deployed].every(({ status, body }) => status === 200 && body === '') &&
      local.headers[part] === 'text/plain;charset=utf-8' &&
      deployed.headers[part] === 'application/json',
  },
  {
    id: 'preflight-denied',
    right: 'local',
    source: `${GUIDE}/http-api-cors.html`,
    why: 'the emulator does not read CORS out of a template, so it denies every OPTIONS; AWS answers them itself',
    explains: ({ part, request, local, deployed }) =>
      part === 'status' &&
      request.method === 'OPTIONS' &&
      local.status === 204 &&
      local.body === '' &&
      isOwn(request, deployed, 403, 'CORS origin denied'),
  },
  {
    id: 'no-cors-headers',
    right: 'local',
    source: `${GUIDE}/http-api-cors.html`,
    why: 'for the same reason the answers of its functions lack the CORS headers that AWS adds',
    explains: (difference) => lacksCors(difference) && !isOwn(difference.request, difference.local),
  },
  {
    id: 'no-cors-headers-on-errors',
    right: 'neither',
    source: `${GUIDE}/http-api-cors.html`,
    why: "the guide speaks of integrations' answers alone; the local gateway lets browsers read its own errors too",
    explains: (difference) => lacksCors(difference) && isOwn(difference.request, difference.local),
  },
  {
    id: 'any-signature-will-do',
    right: 'local',
    source: `${GUIDE}/http-api-access-control-iam.html`,
    why: 'the emulator does not verify SigV4 signatures: it does what a wrong one asks for',
    explains: ({ part, request, local, deployed }) =>
      part === 'status' &&
      isOperators(request) &&
      request.signed === 'wrong' &&
      isOwn(request, local, 403, 'Forbidden') &&
      deployed.status !== 403,
  },
  {
    id: 'any-authorization-will-do',
    right: 'local',
    source: `${GUIDE}/http-api-access-control-iam.html`,
    why: 'it also lets every other `Authorization` through to an operator route, whose function then refuses',
    explains: ({ part, request, local, deployed }) =>
      ['body', 'content-type', 'cache-control'].includes(part) &&
      isOperators(request) &&
      request.signed === undefined &&
      isOwn(request, local, 403, 'Forbidden') &&
      deployed.status === 403 &&
      deployed.body.includes('"code":"not_an_operator"'),
  },
  {
    id: 'broken-percent-encoding',
    right: 'neither',
    source: `${GUIDE}/http-api-develop-routes.html`,
    why: 'what AWS makes of a path with broken percent-encoding is not documented; the local gateway refuses it',
    explains: ({ part, request, local, deployed }) =>
      part === 'status' &&
      !isWellFormed(pathOf(request)) &&
      isOwn(request, local, 400, 'Bad Request') &&
      [401, 403, 404].includes(deployed.status),
  },
];

/** @returns what may differ at an address; on AWS itself nothing may. */
export const explanationsFor = (url: string): readonly Explanation[] =>
  new URL(url).hostname.endsWith('.amazonaws.com') ? [] : explanations;

const pathOf = ({ path }: AbstractRequest): string => path.split('?', 1)[0] ?? '';
const routeOf = (request: AbstractRequest): string => `${request.method} ${pathOf(request)}`;
const isOperators = (request: AbstractRequest): boolean => pathOf(request).startsWith('/admin/');

/** @returns whether it is the gateway that answered, and not a function: those always say what caches may keep. */
function isOwn(
  { method }: AbstractRequest,
  { status, headers, body }: Comparable,
  expected = status,
  text?: string,
): boolean {
  if (status !== expected) return false;
  if (method === 'HEAD') return body === '' && headers['cache-control'] === undefined;
  const own = /^\{"message":"([^"]*)"\}$/.exec(body)?.[1];
  return own !== undefined && (text === undefined || own === text);
}

function lacksCors({ part, request, local, deployed }: Difference): boolean {
  return (
    ['access-control-allow-origin', 'access-control-expose-headers'].includes(part) &&
    request.headers.some(([name]) => name === 'origin') &&
    local.headers[part] !== undefined &&
    deployed.headers[part] === undefined
  );
}

function isWellFormed(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
