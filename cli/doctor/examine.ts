/** The examination: every check, in the order in which they are told. */
import type { Check } from './check.ts';
import { verdicts } from './check.ts';
import { checkConnection, checkReachable } from './connection.ts';
import { checkCors } from './cors.ts';
import { checkDiscovery, isSafe } from './discovery.ts';
import { checkDocument, contentOf, sample } from './documents.ts';
import { checkOperatorRoutes, checkOtherRoutes, checkTokenEndpoints } from './endpoints.ts';
import type { Http } from './http.ts';
import { checkKeys, usableKeys } from './keys.ts';
import { checkProtected } from './protected.ts';
import type { KnownRoute } from './routes.ts';
import { checkToken, type PresentedToken } from './token.ts';

export interface Patient {
  /** Of the deployment, without a slash at the end. */
  url: string;
  http: Http;
  routes: readonly KnownRoute[];
  /** The `aud` that its tokens have. */
  audience: string;
  /** A web page's that has to be let in. */
  origin?: string | undefined;
  token?: PresentedToken | undefined;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Is told what is being looked at. */
  onStep?: (what: string) => void;
}

/** @returns the checks; a single one, failed, where the server cannot be reached at all. */
export async function examine(patient: Patient): Promise<Check[]> {
  const { url, http, routes, onStep: step = () => undefined } = patient;
  step('the discovery documents');
  const openid = await sample(http, '/.well-known/openid-configuration');
  const reachable = checkReachable(url, openid.first);
  if (!openid.first.ok) return [reachable];
  const oauth = await sample(http, '/.well-known/oauth-authorization-server');
  step('the keys');
  const documents = { openid: contentOf(openid), oauth: contentOf(oauth) };
  const jwks = await sample(http, pathOfKeys(url, documents.openid?.jwks_uri));
  const keys = await usableKeys(contentOf(jwks));
  step('the token endpoints');
  const tokenEndpoints = await checkTokenEndpoints(http, routes);
  step('the protected routes');
  const genuine = {
    issuer: url,
    audience: patient.audience,
    key: keys[0],
    now: patient.clock(),
    token: tokenToTry(patient),
  };
  const protectedRoutes = await checkProtected(http, routes, genuine);
  step('the operator routes and CORS');
  return [
    reachable,
    ...checkConnection(url, openid.first.reply, tokenEndpoints.answers),
    ...checkDocument(verdicts('Discovery'), 'discovery.openid', openid),
    ...checkDocument(verdicts('Discovery'), 'discovery.oauth', oauth),
    ...checkDiscovery(url, documents),
    ...checkDocument(verdicts('Keys'), 'keys.jwks', jwks),
    ...(await checkKeys(contentOf(jwks))),
    ...(patient.token === undefined
      ? []
      : await checkToken(patient.token, { issuer: url, keys, now: patient.clock() })),
    ...protectedRoutes,
    ...tokenEndpoints.checks,
    ...(await checkOperatorRoutes(http, routes)),
    ...checkOtherRoutes(routes),
    ...(await checkCors(http, routes, patient.origin)),
  ];
}

/** Not even a changed copy of a token goes where it does not come from, or where others can read it. */
const tokenToTry = ({ url, token }: Patient): PresentedToken | undefined =>
  token?.claims.iss === url && isSafe(new URL(url)) ? token : undefined;

/** Never further than this deployment: a document could name anything as the place of its keys. */
function pathOfKeys(url: string, uri: unknown): string {
  const path = typeof uri === 'string' && uri.startsWith(`${url}/`) ? uri.slice(url.length) : '';
  return /^\/[\x21\x22\x24-\x7e]+$/.test(path) ? path : '/.well-known/jwks.json';
}
