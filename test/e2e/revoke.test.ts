import { describe, expect, it } from 'vitest';
import { basic, bearer, call, form, login, reader, tampered, writer } from './support.ts';

const revoke = (token: string, headers: Record<string, string> = { 'x-api-key': reader.apiKey }, more = '') =>
  call('POST /oauth2/revoke', { headers: { ...headers, ...form }, body: `token=${token}${more}` });

const use = async (token: string) =>
  (await call('GET /protected-resource', { headers: bearer(token) })).status;

describe('POST /oauth2/revoke', () => {
  describe('200', () => {
    it('ends the token: the next call is refused with a challenge', async () => {
      const token = await login(reader.apiKey);
      expect(await use(token)).toBe(200);
      expect((await revoke(token)).status).toBe(200);
      const refused = await call('GET /protected-resource', { headers: bearer(token) });
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(refused.json()).toMatchObject({ code: 'token_revoked' });
    });

    it('ends that token only', async () => {
      const [ended, other] = await Promise.all([login(reader.apiKey), login(reader.apiKey)]);
      await revoke(ended);
      expect(await use(other)).toBe(200);
    });

    it('takes Basic, a wrong hint, and a token that is revoked already', async () => {
      const token = await login(reader.apiKey);
      const credentials = basic(reader.clientId, reader.clientSecret);
      expect((await revoke(token, credentials, '&token_type_hint=refresh_token')).status).toBe(200);
      expect((await revoke(token, credentials)).status).toBe(200);
      expect(await use(token)).toBe(401);
    });

    it('answers garbage like a token that is gone (RFC 7009 §2.2)', async () => {
      expect((await revoke('garbage')).status).toBe(200);
    });
  });

  it("leaves another client's token alone", async () => {
    const token = await login(writer.apiKey);
    expect((await revoke(token)).status).toBe(400);
    expect(await use(token)).toBe(200);
  });

  it('leaves a token alone whose copy was tampered with', async () => {
    const token = await login(reader.apiKey);
    await revoke(tampered(token, { exp: 4_102_444_800 }));
    expect(await use(token)).toBe(200);
  });

  it('400 without a token, and with two', async () => {
    expect(
      (await call('POST /oauth2/revoke', { headers: { 'x-api-key': reader.apiKey, ...form }, body: '' }))
        .status,
    ).toBe(400);
    expect((await revoke('a', { 'x-api-key': reader.apiKey }, '&token=b')).status).toBe(400);
  });

  it('401 without client authentication', async () => {
    const answer = await revoke('garbage', {});
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('admits no call that was sent after its answer, of hundreds in parallel', async () => {
    const token = await login(reader.apiKey);
    let answeredAt = Number.POSITIVE_INFINITY;
    const results: { sentAt: number; status: number }[] = [];
    const caller = async () => {
      for (let after = 0; after < 5; ) {
        const sentAt = performance.now();
        if (sentAt > answeredAt) after += 1;
        results.push({ sentAt, status: await use(token) });
      }
    };
    const callers = Array.from({ length: 20 }, caller);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await revoke(token)).status).toBe(200);
    answeredAt = performance.now();
    await Promise.all(callers);

    const sentAfter = results.filter(({ sentAt }) => sentAt > answeredAt);
    expect(sentAfter.length).toBe(100);
    expect(sentAfter.filter(({ status }) => status !== 401)).toEqual([]);
    expect(results.some(({ status }) => status === 200)).toBe(true);
  });
});
