/** The discovery documents: who is the issuer, where are its keys, and do both documents say the same? */
import { isDeepStrictEqual } from 'node:util';
import { type Check, few, quoted, verdicts } from './check.ts';

const { ok, failed, skipped } = verdicts('Discovery');

/** A document's content; `undefined` where it is none. */
type Content = Readonly<Record<string, unknown>> | undefined;

export interface DiscoveryDocuments {
  /** Of OpenID Connect Discovery 1.0: the one that the gateway reads. */
  openid: Content;
  /** Of RFC 8414. */
  oauth: Content;
}

/** @param url of the deployment, as it is used */
export function checkDiscovery(url: string, { openid, oauth }: DiscoveryDocuments): Check[] {
  const document = openid ?? oauth;
  if (document === undefined)
    return [skipped('discovery.issuer', 'There is no document to look at.', SEE_ABOVE)];
  return [
    checkIssuer(url, document.issuer),
    checkJwksUri(url, document.jwks_uri),
    checkEndpoints(url, document),
    ...(openid !== undefined && oauth !== undefined ? [checkAgreement(openid, oauth)] : []),
  ];
}

const SEE_ABOVE = 'First see to what failed above.';

function checkIssuer(url: string, issuer: unknown): Check {
  const id = 'discovery.issuer';
  if (issuer === url) return ok(id, `The issuer is ${quoted(issuer)}, the very address that was used.`);
  const exact = 'The gateway compares issuers letter by letter';
  if (typeof issuer === 'string' && issuer.endsWith('/')) {
    const next = `${exact}: deploy with an issuer without a slash at the end.`;
    return failed(id, `The issuer ends with a slash: ${quoted(issuer)}.`, next);
  }
  const next = `${exact}: use the deployment by its issuer's address, or deploy with this one as the issuer.`;
  return failed(id, `The issuer is ${quoted(issuer)} and not ${quoted(url)}.`, next);
}

function checkJwksUri(url: string, uri: unknown): Check {
  const id = 'discovery.jwks-uri';
  const says = `The jwks_uri is ${quoted(uri)}`;
  if (typeof uri !== 'string' || !URL.canParse(uri)) {
    return failed(id, `${says}, which is no URL.`, 'Without it nobody can verify a token: deploy again.');
  }
  if (!isSafe(new URL(uri))) {
    return failed(
      id,
      `${says}, which is not https.`,
      'Serve it by https: whoever is on the way could exchange the keys.',
    );
  }
  if (!uri.startsWith(`${url}/`)) {
    const next =
      'Whoever serves it decides which tokens are valid. The keys below are those of this deployment.';
    return failed(id, `${says}, which is not below ${quoted(url)}.`, next);
  }
  return ok(id, `${says}, on the issuer itself.`);
}

/** Where standard clients send their credentials, because the document says so. */
const ENDPOINTS = ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint'];

function checkEndpoints(url: string, document: NonNullable<Content>): Check {
  const id = 'discovery.endpoints';
  const missing = ENDPOINTS.filter((name) => document[name] === undefined);
  if (missing.length > 0) {
    const next = 'Standard clients find them nowhere else: deploy this version.';
    return failed(id, `The document names no ${few(missing)}.`, next);
  }
  const elsewhere = ENDPOINTS.filter((name) => !isBelow(url, document[name]));
  if (elsewhere.length > 0) {
    const says = `Not on the issuer itself: ${few(elsewhere.map((name) => `${name} ${quoted(document[name])}`))}.`;
    return failed(id, says, 'Clients would send their credentials there: see what stands in front of it.');
  }
  return ok(id, 'Clients are led to endpoints on the issuer itself, with their credentials.');
}

const isBelow = (url: string, endpoint: unknown): boolean =>
  typeof endpoint === 'string' && endpoint.startsWith(`${url}/`) && isSafe(new URL(endpoint));

/** @returns whether nobody on the way can change what is sent: https, or no way at all. */
export const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' ||
  (protocol === 'http:' && /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));

function checkAgreement(openid: Record<string, unknown>, oauth: Record<string, unknown>): Check {
  const id = 'discovery.same';
  const differing = Object.keys(oauth).filter((name) => !isDeepStrictEqual(openid[name], oauth[name]));
  if (differing.length === 0) return ok(id, 'Both documents say the same.');
  const next =
    'Clients that read the one and the other get different answers: see whether a cache kept one of them.';
  return failed(id, `The two documents differ in ${few(differing.map(quoted))}.`, next);
}
