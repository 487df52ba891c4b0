import { describe, expect, it } from 'vitest';
import { bearer, call, json, login, reader } from './support.ts';

describe('POST /admin/clients', () => {
  const body = '{"client_name": "intruder", "scope": "read:users"}';

  it.each([
    ['nobody', {}],
    ['an API key', { 'x-api-key': reader.apiKey }],
    [
      'a made-up signature',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
        'x-amz-date': '20260101T000000Z',
      },
    ],
  ] as [string, Record<string, string>][])('403 for %s', async (_, headers) => {
    const answer = await call('POST /admin/clients', { headers: { ...headers, ...json }, body });
    expect(answer.status).toBe(403);
  });

  it('403 for a token, whatever its scopes', async () => {
    const headers = { ...bearer(await login(reader.apiKey)), ...json };
    expect((await call('POST /admin/clients', { headers, body })).status).toBe(403);
  });
});
