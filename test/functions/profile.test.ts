import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID } from '../../lambdas/domain/client.ts';
import { profile } from '../../lambdas/functions/profile/handler.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';

const get = (userId: string) =>
  profile(aliceRequest('GET /users/{userId}/profile', { pathParameters: { userId } }), alice, unmetered);

describe('GET /users/{userId}/profile', () => {
  it('answers 200 with the profile of the id', async () => {
    const answer = await get('mary-ann');
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body ?? '')).toEqual({ user_id: 'mary-ann', display_name: 'Mary Ann' });
  });

  it.each(['', 'alice-', '%61lice', 'alice\0', 'alice\n', '../alice', '__proto__', 'a'.repeat(9000)])(
    'answers 404 for %j, which is no id',
    async (userId) => {
      const answer = await get(userId);
      expect(answer.statusCode).toBe(404);
      expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'user_not_found' });
    },
  );

  it('answers any text without repeating what is no id', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 12 }), async (userId) => {
        const answer = await get(userId);
        expect(answer.statusCode).toBe(CLIENT_ID.test(userId) ? 200 : 404);
      }),
    );
  });
});
