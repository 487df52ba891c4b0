/** What a deployment publishes, to judge a token by: its issuer and keys, and which scopes a route asks for. */
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { exchange } from '../exchange.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { notOurs } from '../refusal.ts';
import type { Target } from '../target.ts';

const discoveryShape = z.looseObject({ issuer: z.string() });
const jwksShape = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })),
});
const requirements = z.array(z.record(z.string(), z.array(z.string())));
const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ security: requirements.optional() }))),
});

/** @throws {CommandFailure} where it publishes none */
export async function publishedBy(target: Target): Promise<{ issuer: string; jwks: JSONWebKeySet }> {
  const [discovery, jwks] = await Promise.all([
    read(target, '/.well-known/openid-configuration', discoveryShape),
    read(target, '/.well-known/jwks.json', jwksShape),
  ]);
  return { issuer: discovery.issuer, jwks: jwks as JSONWebKeySet };
}

/**
 * @param route such as `GET /products/{name}`
 * @returns scopes of which one set has to be there whole; `undefined` where the route asks for no token
 * @throws {CommandFailure} `usage` where there is no such route
 */
export async function scopesOf(target: Target, route: string): Promise<string[][] | undefined> {
  const [method = '', path = ''] = route.split(' ');
  const { paths } = await read(target, '/openapi.json', documentShape);
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) {
    const next =
      'Give it as the gateway has it, such as "GET /products/{name}"; `npx tollgate open` shows all.';
    throw new CommandFailure(EXIT.usage, 'There is no such route.', next);
  }
  const alternatives = (operation.security ?? []).flatMap(({ accessToken }) =>
    accessToken === undefined ? [] : [accessToken],
  );
  return alternatives.length === 0 ? undefined : alternatives;
}

async function read<Shape extends z.ZodType>(
  target: Target,
  path: string,
  shape: Shape,
): Promise<z.output<Shape>> {
  const { status, bytes } = await exchange(target, target.url + path, { method: 'GET', headers: {} });
  const parsed = shape.safeParse(jsonIn(bytes));
  if (status !== 200 || !parsed.success) throw notOurs(status);
  return parsed.data;
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
