import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayRequest } from '../../local/event.ts';
import { verifySignature } from '../../local/sigv4.ts';
import { MINUTE, NOW, SECOND } from '../support/clock.ts';

const operator = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'the-operator-of-this-test' };

describe('IAM authorization', () => {
  it('admits a signed request and says who signed', async () => {
    expect(await verify(await signed())).toEqual({
      iam: expect.objectContaining({
        accessKey: 'LOCALOPERATOR',
        accountId: '123456789012',
        userArn: 'arn:aws:iam::123456789012:user/operator',
      }),
    });
  });

  it('admits paths and queries with anything in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
        fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
        async (segments, query) => {
          const path = segments.map((segment) => `/${encodeURIComponent(`x${segment}`)}`).join('');
          expect(await verify(await signed({ path, query }))).toBeDefined();
        },
      ),
      { numRuns: 50 },
    );
  });

  describe('refuses', () => {
    it('what is not signed', async () => {
      const request = await signed();
      expect(await verify({ ...request, rawHeaders: ['host', 'localhost'] })).toBeUndefined();
    });

    it('another secret, and a key that is not the operator’s', async () => {
      expect(
        await verify(await signed({ credentials: { ...operator, secretAccessKey: 'x' } })),
      ).toBeUndefined();
      expect(await verify(await signed({ credentials: { ...operator, accessKeyId: 'x' } }))).toBeUndefined();
    });

    it('a changed body, path, query, method or signed header', async () => {
      const request = await signed();
      const host = request.rawHeaders.map((value) => (value === 'localhost:1' ? 'localhost:2' : value));
      const changes: Partial<GatewayRequest>[] = [
        { body: Buffer.from('{"other": true}') },
        { path: '/admin/other' },
        { query: 'a=1' },
        { method: 'PUT' },
        { rawHeaders: host },
      ];
      for (const change of changes) expect(await verify({ ...request, ...change })).toBeUndefined();
    });

    it('a changed body even where the payload hash header is the old one and signed', async () => {
      const request = await signed();
      expect(request.rawHeaders).toContain('x-amz-content-sha256');
      expect(await verify({ ...request, body: Buffer.from('x') })).toBeUndefined();
    });

    it('a payload that is declared as not signed', async () => {
      const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
      expect(await verify(await signed({ headers }))).toBeUndefined();
    });

    it('a date more than five minutes off, either way', async () => {
      const request = await signed();
      expect(await verify(request, NOW + 5 * MINUTE)).toBeDefined();
      expect(await verify(request, NOW + 5 * MINUTE + SECOND)).toBeUndefined();
      expect(await verify(request, NOW - 5 * MINUTE - SECOND)).toBeUndefined();
    });

    it('a signature for another service or region', async () => {
      expect(await verify(await signed({ service: 'lambda' }))).toBeUndefined();
      expect(await verify(await signed({ region: 'eu-west-1' }))).toBeUndefined();
    });

    it('a signature that does not cover host and date', async () => {
      for (const name of ['host', 'x-amz-date']) {
        const request = await signed();
        const rawHeaders = request.rawHeaders.map((value) =>
          value.replace(/SignedHeaders=[^,]+/, (list) => list.replace(new RegExp(`;?${name}`), '')),
        );
        expect(await verify({ ...request, rawHeaders })).toBeUndefined();
      }
    });

    it('any header that is no signature', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string(), async (authorization) => {
          const request = await signed();
          const at = request.rawHeaders.indexOf('authorization') + 1;
          expect(await verify({ ...request, rawHeaders: request.rawHeaders.with(at, authorization) })).toBe(
            undefined,
          );
        }),
        { numRuns: 50 },
      );
    });
  });
});

const verify = (request: GatewayRequest, now = NOW) => verifySignature(request, operator, now);

interface SignedOptions {
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  credentials?: typeof operator;
  service?: string;
  region?: string;
}

async function signed(options: SignedOptions = {}): Promise<GatewayRequest> {
  const { path = '/admin/clients', query = {}, headers = {}, credentials = operator } = options;
  const { service = 'execute-api', region = 'us-east-1' } = options;
  const body = Buffer.from('{"client_name":"x"}');
  const request = await new SignatureV4({ credentials, region, service, sha256: Sha256 }).sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: 'localhost',
      path,
      query,
      headers: { host: 'localhost:1', 'content-type': 'application/json', ...headers },
      body,
    },
    { signingDate: new Date(NOW) },
  );
  const wire = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return {
    method: 'POST',
    path,
    query: wire.join('&'),
    rawHeaders: Object.entries(request.headers).flat(),
    body,
    sourceIp: '127.0.0.1',
    requestId: 'request-1',
    time: NOW,
  };
}
