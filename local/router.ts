/** Finds the route of a request as an HTTP API does: exact beats parameter beats greedy beats `$default`. */
import Router, { type HTTPMethod } from 'find-my-way';

export interface Match<Route> {
  route: Route;
  /** Decoded. */
  pathParameters: Record<string, string>;
}

export type Find<Route> = (method: string, path: string) => Match<Route> | 'malformed' | undefined;

/**
 * @param routes each with its route key, `METHOD /path/{parameter}`, `ANY /path/{proxy+}` or `$default`
 * @returns what finds the route of a method and a path as it stands in the request line, without query:
 * `undefined` where none matches, `malformed` where the path's percent-encoding is broken. An encoded slash parts
 * segments like any other, and slashes before the first segment count as one.
 */
export function createRouter<Route extends { key: string }>(routes: readonly Route[]): Find<Route> {
  const router = Router({ caseSensitive: true, maxParamLength: 10_240 });
  const found = () => undefined;
  for (const route of routes.toSorted(specificFirst)) {
    const [method = '', template = ''] = route.key.split(' ');
    if (route.key === '$default') continue;
    const { path, names } = translate(template);
    for (const one of method === 'ANY' ? METHODS : [method as HTTPMethod]) {
      // A route of its own method has been added before and wins over ANY.
      if (router.findRoute(one, path) === null) router.on(one, path, found, { route, names });
    }
  }
  const fallback = routes.find(({ key }) => key === '$default');
  return (method, path) => {
    const decoded = decode(path);
    if (decoded === undefined) return 'malformed';
    const result = router.find(method as HTTPMethod, literal(decoded.replace(/^\/+/, '/')));
    const match = result === null ? undefined : matchOf<Route>(result);
    return match ?? (fallback === undefined ? undefined : { route: fallback, pathParameters: {} });
  };
}

const METHODS: HTTPMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

const specificFirst = (one: { key: string }, other: { key: string }) =>
  Number(one.key.startsWith('ANY ')) - Number(other.key.startsWith('ANY '));

/** Parameters are renumbered, because their names may hold what the router gives a meaning. */
function translate(template: string): { path: string; names: string[] } {
  const names: string[] = [];
  const path = template.replace(/\{([^}+]+)(\+?)\}|:/g, (whole, name: string | undefined, greedy: string) => {
    if (name === undefined) return whole.repeat(2);
    names.push(name);
    return greedy === '+' ? '*' : `:p${names.length - 1}`;
  });
  return { path, names };
}

function matchOf<Route>({
  params,
  store,
}: {
  params: Record<string, string | undefined>;
  store: { route: Route; names: string[] };
}): Match<Route> | undefined {
  const values = store.names.map((name, index) => [name, params[`p${index}`] ?? params['*'] ?? ''] as const);
  // A parameter is a whole segment, so an empty one is not there.
  if (values.some(([, value]) => value === '')) return undefined;
  return { route: store.route, pathParameters: Object.fromEntries(values) };
}

function decode(path: string): string | undefined {
  try {
    return path.startsWith('/') && !/[?#]/.test(path) ? decodeURIComponent(path) : undefined;
  } catch {
    return undefined;
  }
}

/** What is decoded already means itself to a router that decodes and looks for a query. */
const literal = (decoded: string): string => decoded.replace(/[%?#;]/g, encodeURIComponent);
