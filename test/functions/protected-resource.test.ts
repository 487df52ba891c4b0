import { beforeAll, describe, expect, it } from 'vitest';
import { whoIsCalling } from '../../lambdas/functions/protected-resource/handler.ts';
import { callerOf } from '../../lambdas/http/caller.ts';
import { unmetered } from '../support/caller.ts';
import { aliceClaims, testTokens } from '../support/tokens.ts';

let tokens: Awaited<ReturnType<typeof testTokens>>;
beforeAll(async () => {
  tokens = await testTokens();
});

describe('GET /protected-resource', () => {
  it('answers 200 with who is calling and the claims of the login, and never the token', async () => {
    const claims = { tenant: 'acme', roles: 'buyer', userID: '42', __proto__x: 'y' };
    const request = await tokens.request('GET /protected-resource', { claims });
    const caller = callerOf(request);
    if (!caller.ok) throw new Error(caller.failure);
    const answer = await whoIsCalling(request, caller.value, unmetered);
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body ?? '')).toEqual({
      sub: 'alice',
      client_id: 'alice',
      scope: 'read:products read:usage',
      roles: ['buyer'],
      tenant: 'acme',
      txn: aliceClaims.txn,
      jti: aliceClaims.jti,
      exp: Number(aliceClaims.exp),
      claims: { userID: '42', __proto__x: 'y' },
    });
    const signature = request.headers.authorization?.split('.')[2] ?? 'none';
    expect(JSON.stringify(answer)).not.toContain(signature);
  });
});
