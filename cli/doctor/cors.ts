/** May web pages use the deployment? The gateway answers preflights by itself, unless an authorizer catches them. */
import { type Answer, askAll, isNoRoute } from './answers.ts';
import { type Check, few, quoted, verdicts } from './check.ts';
import type { Http, Reply } from './http.ts';
import { type KnownRoute, requestTo } from './routes.ts';

const { ok, warning, failed, skipped } = verdicts('CORS');

/** Of a page that nobody has allowed by name. */
const STRANGER = 'https://tollgate-doctor.example';

/** @param origin a web page's that has to be let in; by default it is found out whether any page is */
export async function checkCors(
  http: Http,
  routes: readonly KnownRoute[],
  origin: string | undefined,
): Promise<Check[]> {
  const asked = routes
    .filter(({ access }) => access === 'client' || access === 'token')
    .map(({ key }) => key);
  const preflights = await preflight(http, asked, origin ?? STRANGER);
  const answers = preflights.filter((answer) => !isNoRoute(answer));
  const caught = answers.filter(({ exchange }) => exchange.ok && [401, 403].includes(exchange.reply.status));
  if (caught.length > 0) return [caughtBy(caught)];
  const [first] = answers;
  if (first === undefined) return [off(origin)];
  if (!first.exchange.ok) {
    const next = 'Try again; if it stays, look at the 5xx alarm.';
    return [failed('cors.preflight', `A preflight was not answered: ${first.exchange.reason}.`, next)];
  }
  const refused = answers.filter(
    ({ exchange }) => !exchange.ok || !admits(exchange.reply, origin ?? STRANGER),
  );
  if (refused.length === answers.length) return [closed(origin)];
  if (refused.length > 0) {
    const says = `Preflights of some routes are not answered: ${few(refused.map(({ route }) => route))}.`;
    return [
      failed(
        'cors.preflight',
        says,
        'See whether a route of your own catches OPTIONS (method ANY or $default).',
      ),
    ];
  }
  return [
    admitted(origin),
    checkAllowed(answers),
    checkCredentials(first.exchange.reply, origin),
    await checkExposed(http, origin),
  ];
}

/** A preflight of each route, as a page's script would cause it. */
function preflight(http: Http, keys: readonly string[], origin: string): Promise<Answer[]> {
  const methods = new Map(
    keys
      .map(requestTo)
      .map((request) => request.split(' '))
      .map(([method = '', path = '']) => [`OPTIONS ${path}`, method]),
  );
  return askAll(http, [...methods.keys()], (request) => ({
    headers: {
      origin,
      'access-control-request-method': methods.get(request) ?? 'GET',
      'access-control-request-headers': 'authorization',
    },
  }));
}

const caughtBy = (caught: readonly Answer[]): Check =>
  failed(
    'cors.preflight',
    `Preflights are refused, and browsers then send nothing more: ${few(caught.map(({ route }) => route))}.`,
    'Keep authorizers away from OPTIONS (name the methods of a route, not ANY or $default), and have the API answer it.',
  );

const off = (origin: string | undefined): Check =>
  origin === undefined
    ? skipped(
        'cors.preflight',
        'CORS is off: no web page may use this.',
        'Deploy with allowedOrigins if one should.',
      )
    : failed('cors.preflight', 'CORS is off.', 'Deploy with this origin among the allowedOrigins.');

const closed = (origin: string | undefined): Check =>
  origin === undefined
    ? skipped(
        'cors.preflight',
        'A web page that nobody named is not let in: CORS is off, or for some origins only.',
        'Give --origin to find out about one of yours.',
      )
    : failed(
        'cors.preflight',
        `${origin} is not let in.`,
        'Deploy with this origin among the allowedOrigins.',
      );

const admits = ({ status, headers }: Reply, origin: string): boolean =>
  status >= 200 && status < 300 && ['*', origin].includes(headers['access-control-allow-origin'] ?? '');

const admitted = (origin: string | undefined): Check =>
  ok(
    'cors.preflight',
    `Preflights are answered without a token; ${origin === undefined ? 'any web page' : origin} may use this.`,
  );

function checkAllowed(preflights: readonly Answer[]): Check {
  const wrong = preflights.filter(
    ({ exchange }) =>
      exchange.ok && !lists(exchange.reply.headers['access-control-allow-headers'], 'authorization'),
  );
  if (wrong.length === 0) return ok('cors.headers', 'Web pages may send Authorization.');
  const says = `Web pages may not send Authorization: ${few(wrong.map(({ route }) => route))}.`;
  return failed('cors.headers', says, 'Put authorization among the allowed headers of the API.');
}

function checkCredentials({ headers }: Reply, origin: string | undefined): Check {
  const id = 'cors.credentials';
  const sends = headers['access-control-allow-credentials'] === 'true';
  if (!sends || origin !== undefined)
    return ok(id, 'Browsers add nothing by themselves for a page that nobody named.');
  const next = 'Name the origins that may, or allow no credentials: tokens need none.';
  return warning(id, 'Any web page may let the browser send its cookies along.', next);
}

/** The token of a login is in a header that scripts see only if they may. */
async function checkExposed(http: Http, origin: string | undefined): Promise<Check> {
  const id = 'cors.exposed';
  const exchange = await http.send('POST /auth', { headers: { origin: origin ?? STRANGER } });
  const exposed = exchange.ok ? exchange.reply.headers['access-control-expose-headers'] : undefined;
  if (lists(exposed, 'authorization'))
    return ok(id, 'Web pages may read the token from the Authorization header.');
  const says = `Web pages may not read the Authorization header of a login (exposed: ${quoted(exposed ?? 'nothing')}).`;
  return failed(id, says, 'Put authorization among the exposed headers of the API.');
}

const lists = (header: string | undefined, name: string): boolean =>
  (header ?? '').split(',').some((item) => ['*', name].includes(item.trim().toLowerCase()));
