import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../lambdas/openapi/document.ts';
import { groups } from '../../lambdas/openapi/operations/index.ts';
import { on, routes, scopes, token } from '../../lambdas/routes.ts';
import { documentedResponses, schemasOf } from '../support/openapi.ts';

const ISSUER = 'https://api.example.org';
const document = openApiDocument(ISSUER);
const text = JSON.stringify(document);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    key: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);
const operationOf = (key: string) => operations.find((each) => each.key === key)?.operation;

describe('the OpenAPI document', () => {
  it('is one of OpenAPI 3.1, by its meta-schema', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(text));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('has nothing that the strict rules of a linter find, examples that are not what their schemas say included', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
      [],
    );
  });

  it('has each route of the table, and no other', () => {
    expect(operations.map(({ key }) => key).sort()).toEqual(routes.map(({ key }) => key).sort());
  });

  it('has an operation for each route: in lambdas/openapi/operations, where one of these is missing', () => {
    const described = groups.flatMap((group) => Object.keys(group.operations));
    expect(routes.map(({ key }) => key).filter((key) => !described.includes(key))).toEqual([]);
  });

  it('describes no route that there is not, and none twice', () => {
    const described = groups.flatMap((group) => Object.keys(group.operations));
    expect(described.sort()).toEqual(routes.map(({ key }) => key).sort());
  });

  it('names the deployment as its server, and the token endpoint of that', () => {
    expect(document.servers).toEqual([{ url: ISSUER, description: 'This deployment.' }]);
    expect(text).toContain(`"tokenUrl":"${ISSUER}/oauth2/token"`);
  });

  it('has every scope there is', () => {
    const { securitySchemes } = document.components as Record<string, Record<string, unknown>>;
    expect(securitySchemes?.oauth2).toMatchObject({ flows: { clientCredentials: { scopes } } });
  });

  it('says that one of several scopes is enough, and what a call costs', () => {
    expect(operationOf('GET /usage')).toMatchObject({
      security: [
        { oauth2: ['read:usage'] },
        { accessToken: ['read:usage'] },
        { oauth2: ['read:usage:all'] },
        { accessToken: ['read:usage:all'] },
      ],
    });
    expect(operationOf('GET /products/{name}')).toMatchObject({
      'x-price': [{ per_call_micro_dollars: 48, per_kilobyte_out_micro_dollars: 2 }],
    });
  });

  it('says that operators sign', () => {
    const signed = operations.filter(({ key }) => key.includes(' /admin/'));
    expect(signed.map(({ operation }) => operation.security)).toEqual(signed.map(() => [{ awsSigV4: [] }]));
  });

  it('has an example for each body of each status', () => {
    const without = documentedResponses(document)
      .filter(({ media }) => media.example === undefined && Object.keys(media.examples ?? {}).length === 0)
      .map(({ key, status }) => [key, status]);
    expect(without).toEqual([]);
  });

  it('has examples of requests that the schemas take', () => {
    const schemas = schemasOf(document);
    const faults = operations.flatMap(({ key, operation }) =>
      Object.entries((operation.requestBody as { content?: Record<string, Content> })?.content ?? {}).flatMap(
        ([type, { schema, examples }]) =>
          Object.entries(examples).flatMap(([name, { value }]) => {
            const fault = schemas.faultIn(schema, value);
            return fault === undefined ? [] : [[key, type, name, fault]];
          }),
      ),
    );
    expect(faults).toEqual([]);
  });

  it('has a route of one’s own that nobody described, with what the table and the guard know of it', () => {
    const own = on<{ handler: unknown }>(
      'orders',
      'GET /orders/{orderId}',
      token({ anyOf: ['read:products'] }),
      30,
      'Orders',
    );
    const { paths, tags } = openApiDocument(ISSUER, [own]);
    expect(paths['/orders/{orderId}']?.get).toMatchObject({
      operationId: 'getOrdersOrderId',
      summary: 'Orders',
      parameters: [{ name: 'orderId', in: 'path', required: true }],
      responses: { 401: {}, 403: {}, 429: {}, 503: {} },
    });
    expect(tags).toMatchObject([{ name: 'More' }]);
  });
});

interface Content {
  schema: object;
  examples: Record<string, { value: unknown }>;
}
