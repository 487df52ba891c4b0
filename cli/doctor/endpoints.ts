/** Routes that authenticate by themselves: the token endpoints by the client's credentials, the operator's by IAM. */
import { type Answer, askAll, expectStatus, isNoRoute, judge } from './answers.ts';
import { type Check, few, verdicts } from './check.ts';
import { type Http, isObject, parseJson, type Reply } from './http.ts';
import type { KnownRoute, RouteAccess } from './routes.ts';

const tokenEndpoints = verdicts('Token endpoints');
const operatorRoutes = verdicts('Operator routes');
const openRoutes = verdicts('Open routes');

/** @returns the checks, and the answers without credentials, which no cache may have kept. */
export async function checkTokenEndpoints(
  http: Http,
  routes: readonly KnownRoute[],
): Promise<{ checks: Check[]; answers: readonly Answer[] }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answers = await askAll(http, keysOf(routes, 'client'), (route) => ({ headers, ...bodyFor(route) }));
  const refused = answers.filter(({ exchange }) => exchange.ok && exchange.reply.status === 401);
  const checks = [
    judge(tokenEndpoints, answers, {
      id: 'token-endpoints.refuse',
      complaint: expectStatus(401),
      right: `Without credentials the answer is 401 at ${few(answers.map(({ route }) => route))}.`,
      wrong: 'Not refused with 401 without credentials',
      next: 'Check that this version is deployed; if it is, look at the log of the function.',
    }),
    judge(tokenEndpoints, refused, {
      id: 'token-endpoints.challenge',
      complaint: ({ headers }) =>
        /^Basic\b/i.test(headers['www-authenticate'] ?? '') ? undefined : 'does not',
      right: 'Each 401 says WWW-Authenticate: Basic (RFC 6749 §5.2).',
      wrong: 'Each 401 has to say WWW-Authenticate: Basic',
      next: 'The function sends it: see what stands in front of it and takes the header away.',
    }),
    judge(tokenEndpoints, answers, {
      id: 'token-endpoints.no-store',
      complaint: ({ headers }) =>
        /\bno-store\b/i.test(headers['cache-control'] ?? '') ? undefined : 'does not',
      right: 'No cache may keep what they answer.',
      wrong: 'Each answer has to say Cache-Control: no-store',
      next: 'The function sends it: see what stands in front of it, for a cache there would hand out tokens.',
    }),
    judge(tokenEndpoints, refused, {
      id: 'token-endpoints.error',
      complaint: (reply) => (isOauthError(reply) ? undefined : 'does not'),
      right: 'Errors are JSON in the form of RFC 6749.',
      wrong: 'Errors have to be JSON with an `error` (RFC 6749 §5.2)',
      next: 'Something else than Tollgate answers there: check the address and what stands in front of it.',
    }),
  ];
  return { checks, answers };
}

/** The token endpoint asks for a grant before it asks for credentials, for not every grant takes them. */
const bodyFor = (route: string) =>
  route === 'POST /oauth2/token' ? { body: 'grant_type=client_credentials' } : {};

const keysOf = (routes: readonly KnownRoute[], wanted: RouteAccess): string[] =>
  routes.filter(({ access }) => access === wanted).map(({ key }) => key);

function isOauthError({ headers, body }: Reply): boolean {
  const parsed = parseJson(body);
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  return isJson && isObject(parsed) && typeof parsed.error === 'string';
}

const MADE_UP_SIGNATURE = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=tollgate-doctor/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
  'x-amz-date': '20260101T000000Z',
};

export async function checkOperatorRoutes(http: Http, routes: readonly KnownRoute[]): Promise<Check[]> {
  const { skipped } = operatorRoutes;
  const all = await askAll(http, keysOf(routes, 'operator'), () => ({}));
  const unsigned = all.filter((answer) => !isNoRoute(answer));
  if (unsigned.length === 0) {
    const next = 'It may be kept from this address on purpose; if not, deploy this version.';
    return [skipped('operator.unsigned', 'There is no operator route at this address.', next)];
  }
  // Who lets in a request without a signature would do for a wrong one whatever the route does.
  const refusing = unsigned.filter(({ exchange }) => exchange.ok && exchange.reply.status === 403);
  const madeUp = await askAll(
    http,
    refusing.map(({ route }) => route),
    () => ({ headers: MADE_UP_SIGNATURE }),
  );
  const next = 'Give the route IAM authorization (access `operator` in lambdas/routes.ts) and deploy, now.';
  return [
    judge(operatorRoutes, unsigned, {
      id: 'operator.unsigned',
      complaint: expectStatus(403),
      right: `Without a signature the answer is 403 at ${few(unsigned.map(({ route }) => route))}.`,
      wrong: 'Not refused with 403 without a signature',
      next,
    }),
    ...(refusing.length === 0
      ? []
      : [
          judge(operatorRoutes, madeUp, {
            id: 'operator.made-up-signature',
            complaint: expectStatus(403),
            right: 'A made-up signature is refused.',
            wrong: 'Not refused with 403, a made-up signature',
            next,
          }),
        ]),
  ];
}

/** Routes of a stack that nobody here knows and that ask for nothing, or for something of their own. */
export function checkOtherRoutes(routes: readonly KnownRoute[]): Check[] {
  const open = routes.filter(({ access, certain }) => access === 'open' && certain).map(({ key }) => key);
  const other = keysOf(routes, 'other');
  return [
    ...(open.length === 0
      ? []
      : [
          openRoutes.warning(
            'open.routes',
            `Open to anyone: ${few(open)}.`,
            'If one of them is not meant to be, give it an access in lambdas/routes.ts and deploy.',
          ),
        ]),
    ...(other.length === 0
      ? []
      : [
          openRoutes.skipped(
            'open.other',
            `With an authorizer of their own: ${few(other)}.`,
            'What they refuse has to be tested where they were made.',
          ),
        ]),
  ];
}
