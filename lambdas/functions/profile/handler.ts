/**
 * Sample of a claim-level rule. That it is one's own profile, or that the token has `read:users`, is what the line in
 * `routes.ts` says and the guard enforces; nothing of it is repeated here.
 */
import { CLIENT_ID } from '../../domain/client.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { json, problem } from '../../http/respond.ts';

/** `GET /users/{userId}/profile`: 200 with a profile made of the id, or 404 `user_not_found` where it is no id. */
export const profile: ProtectedHandler = async ({ pathParameters }) => {
  const userId = pathParameters?.userId ?? '';
  if (CLIENT_ID.test(userId)) return json(200, { user_id: userId, display_name: displayName(userId) });
  const detail = 'There is no user of this id.';
  return problem({ status: 404, code: 'user_not_found', title: 'No such user', detail });
};

const displayName = (userId: string): string =>
  userId
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join(' ');
