/**
 * The API as an OpenAPI 3.1 document: what `routes.ts` says of each route, and what its operation adds. Nothing here is
 * written twice: bodies are the schemas that validate them, prices and scopes are those of the routes.
 */
import { EVER, type PriceBook } from '../domain/ledger/price.ts';
import { type Route, routes } from '../routes.ts';
import type { Body, Operation, Parameter, Schema } from './operation.ts';
import { generic, groups } from './operations/index.ts';
import { pathParameters, responseHeaders } from './parameters.ts';
import { errorExamples, responsesOf } from './responses.ts';
import { ruleOf, securityOf, securitySchemes } from './security.ts';
import { shared } from './shared.ts';

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, DocumentedOperation>>;
  [member: string]: unknown;
}

interface DocumentedOperation {
  operationId: string;
  responses: Record<string, unknown>;
  [member: string]: unknown;
}

/**
 * @param issuer the address of the API, without a trailing slash
 * @param table the routes, by default those that deploy
 */
export function openApiDocument(issuer: string, table: readonly Route[] = routes): OpenApiDocument {
  const documented = table.map((route) => [route, operationOf(route)] as const);
  const used = groups.filter(({ operations }) => table.some(({ key }) => operations[key] !== undefined));
  const others = documented.some(([route]) => groupOf(route) === undefined);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tollgate',
      version: '0.1.0',
      summary: 'Tokens for HTTP APIs, and what they protect.',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer, description: 'This deployment.' }],
    tags: [...used.map(({ tag }) => tag), ...(others ? [generic.tag] : [])],
    paths: pathsOf(documented),
    components: {
      securitySchemes: securitySchemes(issuer),
      schemas: Object.assign({}, shared, ...used.map(({ schemas }) => schemas)),
      headers: mapped(responseHeaders, ({ description, schema }) => ({ description, schema })),
      examples: errorExamples(documented),
    },
  };
}

const groupOf = ({ key }: Route) => groups.find(({ operations }) => operations[key] !== undefined);

const operationOf = (route: Route): Operation =>
  groupOf(route)?.operations[route.key] ?? generic.operation(route);

function pathsOf(documented: readonly (readonly [Route, Operation])[]): OpenApiDocument['paths'] {
  const paths: OpenApiDocument['paths'] = {};
  for (const [route, operation] of documented) {
    const [method = '', path = ''] = route.key.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: documentedOf(route, operation) };
  }
  return paths;
}

function documentedOf(route: Route, operation: Operation): DocumentedOperation {
  const description = [operation.description, ruleOf(route.access)].filter((part) => part !== undefined);
  const parameters = parametersOf(route, operation);
  return {
    operationId: operation.id,
    tags: [(groupOf(route) ?? generic).tag.name],
    summary: route.summary,
    ...(description.length > 0 && { description: description.join('\n\n') }),
    security: operation.security ?? securityOf(route.access),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== undefined && { requestBody: bodyOf(operation.body) }),
    responses: responsesOf(route, operation),
    'x-price': pricesOf(route.price),
  };
}

function parametersOf({ key }: Route, { query = {}, headers = {} }: Operation): Schema[] {
  const inPath = [...key.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const unknown: Parameter = { description: 'Part of the path.', schema: { type: 'string' } };
  return [
    ...inPath.map((name) =>
      parameterOf('path', name, { ...(pathParameters[name] ?? unknown), required: true }),
    ),
    ...Object.entries(query).map(([name, parameter]) => parameterOf('query', name, parameter)),
    ...Object.entries(headers).map(([name, parameter]) => parameterOf('header', name, parameter)),
  ];
}

const parameterOf = (place: string, name: string, { required = false, ...parameter }: Parameter): Schema => ({
  ...{ name, in: place, required },
  ...parameter,
});

const bodyOf = ({ mediaTypes = ['application/json'], schema, examples, optional = false }: Body): Schema => {
  const media = { schema, examples: mapped(examples, (value) => ({ value })) };
  return { required: !optional, content: Object.fromEntries(mediaTypes.map((type) => [type, media])) };
};

/** All prices with their starts: the last one that has begun is in force. */
const pricesOf = (book: PriceBook): Schema[] =>
  book.map(({ from, price: { perCall = 0, perKilobyteOut = 0, byHandler } }) => ({
    ...(from !== EVER && { from }),
    per_call_micro_dollars: perCall,
    ...(perKilobyteOut > 0 && { per_kilobyte_out_micro_dollars: perKilobyteOut }),
    ...(byHandler === true && { by_handler: true }),
  }));

const mapped = <From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

const INTRODUCTION = `A client trades an API key, Basic credentials or another token for a short-lived RS256 access token
(RFC 9068). The gateway checks it on every call, a revoked one is refused on the very next, and every call is booked
with its price: \`x-price\` says the prices of \`routes.ts\` in micro-dollars, from when on; operators may have set others
since (\`GET /admin/prices\`).

Errors of the token endpoints are those of OAuth 2.0 (RFC 6749 §5.2), all others are problem details (RFC 9457) with a
stable \`code\`. What the gateway refuses by itself is \`{"message": …}\`. \`Retry-After\` says when to try again.

\`/admin/*\` is for operators: requests signed with AWS credentials (SigV4).`;
