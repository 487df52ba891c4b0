/**
 * What Lambda asks before the gateway may invoke a function: the function's resource policy, one
 * `AWS::Lambda::Permission` each. Without one AWS answers every call of the route with 500.
 */
import type { Api } from './api.ts';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { ACCOUNT, API_ID, functionNameOf, REGION } from './physical.ts';
import type { Resource } from './template.ts';

/** @throws Error that names each route whose function the API may not invoke */
export function requireInvokePermissions(
  api: Api,
  resources: Readonly<Record<string, Resource>>,
  scope: Scope,
): void {
  const permissions = Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Permission')
    .map(({ Properties }) => resolveIntrinsics(Properties, scope) as Record<string, unknown>)
    .filter(({ Principal }) => Principal === 'apigateway.amazonaws.com');
  const forbidden = api.routes.filter(
    ({ key, functionName }) =>
      !permissions.some(
        (permission) => nameOf(permission.FunctionName) === functionName && covers(permission.SourceArn, key),
      ),
  );
  if (forbidden.length === 0) return;
  const lines = forbidden.map(({ key, functionName }) => `  - ${key}: ${functionName}`);
  throw new Error(`no AWS::Lambda::Permission lets the API invoke the function of:\n${lines.join('\n')}`);
}

/** A permission may name its function or give its ARN. */
const nameOf = (fn: unknown): string => functionNameOf(String(fn)) ?? String(fn);

/** `ArnLike`, as Lambda compares: `*` is any run of characters, `?` any one. Without a source any will do. */
function covers(sourceArn: unknown, routeKey: string): boolean {
  if (sourceArn === undefined) return true;
  const [method, path] = routeKey.split(' ');
  const route = path === undefined ? `*/${method}` : `${method}${path}`;
  const pattern = String(sourceArn)
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replaceAll('\\*', '.*')
    .replaceAll('\\?', '.');
  return new RegExp(`^${pattern}$`).test(
    `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API_ID}/$default/${route}`,
  );
}
