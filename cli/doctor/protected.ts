/** Routes that ask for a token: is everything refused that is none? */
import { type Answer, askAll, expectStatus, isNoRoute, judge } from './answers.ts';
import { type Check, few, verdicts } from './check.ts';
import { type Forgery, forge, type Genuine } from './forgeries.ts';
import type { Http } from './http.ts';
import type { KnownRoute } from './routes.ts';

const verdictsHere = verdicts('Protected routes');

/** @param routes those of them that ask for a token are looked at */
export async function checkProtected(
  http: Http,
  routes: readonly KnownRoute[],
  genuine: Genuine,
): Promise<Check[]> {
  const asked = routes.filter(({ access }) => access === 'token');
  const keys = asked.map(({ key }) => key);
  const all = await askAll(http, keys, () => ({}));
  const absent = all.filter((answer) => isNoRoute(answer) && !isCertain(asked, answer.route));
  const bare = all.filter((answer) => !absent.includes(answer));
  if (bare.length === 0)
    return [verdictsHere.warning('protected.routes', 'None of the known routes is there.', NAME_YOURS)];
  // Whoever lets in somebody without a token would do with a forged one whatever the route does.
  const refusing = bare.filter(({ exchange }) => exchange.ok && exchange.reply.status === 401);
  const forged = await tryForgeries(http, refusing, await forge(genuine));
  return [
    whichRoutes(bare, absent),
    judge(verdictsHere, bare, {
      id: 'protected.no-token',
      complaint: expectStatus(401),
      right: 'Without a token the answer is 401.',
      wrong: 'Not refused without a token',
      next: nextFor(bare),
    }),
    ...forged.map(({ forgery, answers }) => checkForgery(forgery, answers)),
    checkChallenge([...bare, ...forged.flatMap(({ answers }) => answers)]),
  ];
}

const NAME_YOURS = 'Name those that you have: --route "GET /orders/{id}", once for each, or use --stack.';

const isCertain = (routes: readonly KnownRoute[], route: string): boolean =>
  routes.some(({ key, certain }) => key === route && certain);

interface Tried {
  forgery: Forgery;
  answers: readonly Answer[];
}

async function tryForgeries(
  http: Http,
  refusing: readonly Answer[],
  forgeries: readonly Forgery[],
): Promise<Tried[]> {
  const routes = refusing.map(({ route }) => route);
  const tried: Tried[] = [];
  for (const forgery of forgeries) {
    const headers = { authorization: `Bearer ${forgery.token}` };
    tried.push({ forgery, answers: await askAll(http, routes, () => ({ headers })) });
  }
  return tried;
}

function whichRoutes(bare: readonly Answer[], absent: readonly Answer[]): Check {
  const there = few(
    bare.map(({ route }) => route),
    20,
  );
  const missing = absent.length === 0 ? '' : ` Not there: ${few(absent.map(({ route }) => route))}.`;
  return verdictsHere.ok('protected.routes', `Looked at ${there}.${missing}`);
}

const checkForgery = ({ id, what }: Forgery, answers: readonly Answer[]): Check =>
  judge(verdictsHere, answers, {
    id: `protected.${id}`,
    complaint: expectStatus(401),
    right: `Refused: ${what}.`,
    wrong: `Not refused with 401, ${what}`,
    next: nextFor(answers),
  });

/** What can be said of the cause depends on the worst of the answers. */
function nextFor(answers: readonly Answer[]): string {
  const statuses = answers.flatMap(({ exchange }) => (exchange.ok ? [exchange.reply.status] : []));
  const some = (is: (status: number) => boolean) => statuses.some(is);
  if (some((status) => status < 400 || [400, 409, 413, 415, 422].includes(status))) {
    return 'Anybody is let in. Give the route the JWT authorizer (access `token()` in lambdas/routes.ts) and deploy, now.';
  }
  if (some((status) => status === 404))
    return 'Check the path: the gateway, or the function behind it, knows nothing there.';
  if (some((status) => status === 403)) {
    return 'Clients take 403 for final and do not log in again: see what answers in place of the JWT authorizer.';
  }
  return "See the API's access log: authorizerError and integrationError say what happened.";
}

const checkChallenge = (answers: readonly Answer[]): Check =>
  judge(
    verdictsHere,
    answers.filter(({ exchange }) => exchange.ok && exchange.reply.status === 401),
    {
      id: 'protected.challenge',
      complaint: ({ headers }) =>
        /^Bearer\b/i.test(headers['www-authenticate'] ?? '') ? undefined : 'does not',
      right: 'Each 401 says WWW-Authenticate: Bearer (RFC 6750 §3).',
      wrong: 'Each 401 has to say WWW-Authenticate: Bearer',
      next: 'API Gateway sends it by itself: see what stands in front of it and takes the header away.',
    },
  );
