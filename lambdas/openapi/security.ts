/** Who may call a route, in the words of OpenAPI. */
import type { Access, TokenAccess } from '../domain/access.ts';
import { scopes } from '../routes.ts';
import type { Schema } from './operation.ts';

type Requirement = Readonly<Record<string, readonly string[]>>;

/** @param issuer where the token endpoint is */
export const securitySchemes = (issuer: string): Readonly<Record<string, Schema>> => ({
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'An API key of a client, such as `tg_<client>_<credential>_<secret>`.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'The id of a client and its secret (`client_secret_basic`), or of a user and the password.',
  },
  clientAssertion: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JWT that the client has signed with a key of its own (`private_key_jwt`, RFC 7523).',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token (RFC 9068), from `POST /auth` or `POST /oauth2/token`.',
  },
  oauth2: {
    type: 'oauth2',
    description: 'The same access token, asked for by a client in its own name.',
    flows: { clientCredentials: { tokenUrl: `${issuer}/oauth2/token`, scopes } },
  },
  awsSigV4: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'AWS Signature Version 4, service `execute-api`: whoever has AWS credentials that may `execute-api:Invoke` the route is an operator. `npx tollgate` signs by itself, so does `curl --aws-sigv4`.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
});

/** @returns the requirements: one of them is enough. */
export function securityOf(access: Access): readonly Requirement[] {
  switch (access.kind) {
    case 'open':
      return [];
    case 'client':
      return [{ apiKey: [] }, { basic: [] }];
    case 'operator':
      return [{ awsSigV4: [] }];
    case 'token':
      return alternativesOf(access).flatMap((names) => [{ oauth2: names }, { accessToken: names }]);
  }
}

/** Any of some scopes are as many requirements; all of some are one. */
function alternativesOf({ anyOf, allOf }: TokenAccess): readonly (readonly string[])[] {
  return anyOf.length === 0 ? [allOf] : anyOf.map((scope) => [...new Set([scope, ...allOf])]);
}

/** @returns what no security requirement can say; nothing where they say it all. */
export function ruleOf(access: Access): string | undefined {
  if (access.kind !== 'token' || access.own === undefined) return undefined;
  const { pathParameter, claim, orScope } = access.own;
  const or = orScope === undefined ? '' : `, or the scope \`${orScope}\``;
  return `It takes a token whose claim \`${claim}\` is the \`${pathParameter}\` of the path${or}.`;
}
