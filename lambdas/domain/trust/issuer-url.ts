/** Which addresses can be an issuer's, or those of its keys: https, to a host and a path, and nothing else. */

/** Characters; a table's sort key has to hold them all percent-encoded. */
export const MAX_ISSUER = 255;
const MAX_URL = 512;

/** Visible ASCII; the URL parser would drop tabs and line ends, turn `\` into `/`, and hide an empty query. */
const PLAIN = /^[\x21\x22\x24-\x3E\x40-\x5B\x5D-\x7E]+$/;

/**
 * @param text an issuer's name, or the address of its keys
 * @param own this deployment's issuer: only where it is http on loopback itself, on a developer's machine, may
 *   others be so too
 * @returns whether the address may be fetched: https, without credentials, query and fragment
 */
export function isTrustableUrl(text: string, own: string): boolean {
  if (text.length > MAX_URL || !PLAIN.test(text)) return false;
  const url = parsed(text);
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  return text.startsWith('https://') || (text.startsWith('http://') && isLocal(url) && isLocalUrl(own));
}

/** @returns whether the text can be the `iss` of a trusted issuer's tokens. */
export const isIssuer = (text: string, own: string): boolean =>
  text.length <= MAX_ISSUER && isTrustableUrl(text, own);

/**
 * @returns whether two names lead to the same issuer, however they are spelled: case, port, a slash at the end, a dot
 *   at the end of the host
 */
export function isSameIssuer(one: string, other: string): boolean {
  const [first, second] = [parsed(one), parsed(other)].map((url) => url && canonical(url));
  return one === other || (first !== undefined && first === second);
}

/** @returns whether an address is on the very host and port, and by the very scheme, of an issuer. */
export function isOnHostOf(address: string, issuer: string): boolean {
  const [first, second] = [parsed(address), parsed(issuer)];
  return first !== undefined && first.origin === second?.origin && first.origin !== 'null';
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

const canonical = ({ hostname, port, pathname }: URL): string =>
  `${hostname.replace(/\.$/, '')}:${port}${pathname.replace(/\/+$/, '')}`;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const isLocal = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && LOOPBACK.test(hostname);

function isLocalUrl(text: string): boolean {
  const url = parsed(text);
  return url !== undefined && isLocal(url);
}
