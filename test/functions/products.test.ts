import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byHandler, priceBook } from '../../lambdas/domain/ledger/price.ts';
import { ADDING, MAX_ADDED, productsHandler } from '../../lambdas/functions/products/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import type { ProtectedHandler } from '../../lambdas/http/guard.ts';
import { createMeter } from '../../lambdas/http/meter.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import type { EventOptions } from '../support/event.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

const read = (handler: ProtectedHandler, name: string) =>
  handler(aliceRequest('GET /products/{name}', { pathParameters: { name } }), alice, unmetered);

const create = (
  handler: ProtectedHandler,
  body: string,
  options: EventOptions = {},
  { meter } = createMeter(priceBook(byHandler)),
) => handler(aliceRequest('POST /products', { body, headers: JSON_TYPE, ...options }), alice, meter);

const codeOf = ({ body }: Response) => JSON.parse(body ?? '').code;

describe('GET /products/{name}', () => {
  it.each(['lamp', 'chair', 'desk'])('answers 200 for the %s that is there from the start', async (name) => {
    const answer = await read(productsHandler(), name);
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ name, price: expect.any(Number) });
  });

  it.each(['sofa', '', '%6camp', 'lamp\0', 'LAMP', '../lamp', '__proto__', 'constructor', 'x'.repeat(9000)])(
    'answers 404 for %j, without repeating it',
    async (name) => {
      const answer = await read(productsHandler(), name);
      expect(answer.statusCode).toBe(404);
      expect(codeOf(answer)).toBe('product_not_found');
      expect(Object.keys(answer.headers ?? {})).not.toContain('location');
    },
  );
});

describe('POST /products', () => {
  it('answers 201 with where it is, and it is there', async () => {
    const handler = productsHandler();
    const answer = await create(handler, '{"name": "sofa", "price": 499000000}');
    expect(answer.statusCode).toBe(201);
    expect(answer.headers?.location).toBe('/products/sofa');
    expect((await read(handler, 'sofa')).body).toBe(answer.body);
    expect((await read(productsHandler(), 'sofa')).statusCode).toBe(404);
  });

  it('answers 201 again for the same name, and the newer one is there', async () => {
    const handler = productsHandler();
    await create(handler, '{"name": "lamp", "price": 1}');
    await create(handler, '{"name": "lamp", "price": 2}');
    expect(JSON.parse((await read(handler, 'lamp')).body ?? '')).toEqual({ name: 'lamp', price: 2 });
  });

  it.each([
    ['a product that is added', '{"name": "sofa"}', ADDING],
    ['one that is refused', '{"name": "Sofa"}', 0],
  ])('charges for %s', async (_, body, charged) => {
    const counted = createMeter(priceBook(byHandler));
    await create(productsHandler(), body, {}, counted);
    expect(counted.close()).toBe(charged);
  });

  it('keeps no more than so many, the newest', async () => {
    const handler = productsHandler();
    for (let i = 0; i <= MAX_ADDED; i++) await create(handler, `{"name": "p${i}"}`);
    expect((await read(handler, 'p0')).statusCode).toBe(404);
    expect((await read(handler, 'p1')).statusCode).toBe(200);
    expect((await read(handler, `p${MAX_ADDED}`)).statusCode).toBe(200);
    expect((await read(handler, 'lamp')).statusCode).toBe(200);
  });

  it.each([
    '',
    'no json',
    '[]',
    'null',
    '"lamp"',
    '{}',
    '{"name": ""}',
    '{"name": 1}',
    '{"name": "Sofa"}',
    '{"name": "a b"}',
    '{"name": "../x"}',
    '{"name": "sofa", "price": -1}',
    '{"name": "sofa", "price": 1.5}',
    '{"name": "sofa", "price": "1"}',
    '{"name": "sofa", "price": 1e300}',
    '{"name": "sofa", "colour": "red"}',
    '{"name": "sofa", "name": "sofa"}',
    '{"__proto__": {"name": "sofa"}}',
    `{"name": "${'x'.repeat(65)}"}`,
    `${'['.repeat(5000)}`,
  ])('answers 400 for the body %s', async (body) => {
    const handler = productsHandler();
    const answer = await create(handler, body);
    expect(answer.statusCode).toBe(400);
    expect(codeOf(answer)).toBe('invalid_product');
    expect((await read(handler, 'sofa')).statusCode).toBe(404);
  });

  it('answers 400 for another media type', async () => {
    const answer = await create(productsHandler(), '{"name": "sofa"}', { headers: {} });
    expect(answer.statusCode).toBe(400);
  });

  it('answers 413 for a body beyond the limit', async () => {
    const answer = await create(productsHandler(), JSON.stringify({ name: 'x'.repeat(20_000) }));
    expect(answer.statusCode).toBe(413);
    expect(codeOf(answer)).toBe('product_too_large');
  });

  it('answers 201 or 400 for any JSON, and nothing else', async () => {
    const handler = productsHandler();
    const product = fc.record({ name: fc.string(), price: fc.oneof(fc.integer(), fc.double(), fc.string()) });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          product.map((one) => JSON.stringify(one)),
        ),
        async (body) => {
          expect([201, 400]).toContain((await create(handler, body)).statusCode);
        },
      ),
    );
  });
});
