/** What the guard answers when it lets nothing through: RFC 9457 problems with the challenges of RFC 6750 §3. */
import type { AccessRefusal } from '../domain/access.ts';
import type { Response } from './event.ts';
import { problem } from './respond.ts';

/** 401: the token says too little, or is over. */
export const invalidToken = (): Response =>
  problem(
    {
      status: 401,
      code: 'invalid_token',
      title: 'Invalid token',
      detail: 'The token is expired or lacks what this API needs to know. Log in again.',
    },
    challenge({ error: 'invalid_token', error_description: 'the token is expired or incomplete' }),
  );

/** 401: the token, or something it stands for, was revoked. Which of them is nobody's business but the owner's. */
export const tokenRevoked = (): Response =>
  problem(
    {
      status: 401,
      code: 'token_revoked',
      title: 'Token revoked',
      detail: 'The token was revoked. Log in again.',
    },
    challenge({ error: 'invalid_token', error_description: 'the token was revoked' }),
  );

/** 403: the token is valid, and not enough for this. */
export const accessRefused = ({ code, scope }: AccessRefusal): Response =>
  problem(
    { status: 403, code, title: 'Not allowed', detail: DETAILS[code] },
    challenge({ error: 'insufficient_scope', ...(scope !== undefined && { scope }) }),
  );

/** 503: whether the token was revoked could not be found out. */
export const ledgerUnavailable = (): Response =>
  problem(
    {
      status: 503,
      code: 'ledger_unavailable',
      title: 'Try again',
      detail: 'Whether the token is still good cannot be found out at the moment.',
    },
    { 'retry-after': '1' },
  );

/** 500: a mistake of ours; what it was is in the log. */
export const internalError = (): Response =>
  problem({
    status: 500,
    code: 'internal_error',
    title: 'Internal error',
    detail: 'Something went wrong on our side. The request id leads to it in the log.',
  });

const DETAILS = {
  insufficient_scope: 'The token lacks a scope that this route asks for.',
  not_the_owner: 'This belongs to someone else.',
} as const satisfies Record<AccessRefusal['code'], string>;

const challenge = (attributes: Record<string, string>) => ({
  'www-authenticate': `Bearer ${Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}`,
});
