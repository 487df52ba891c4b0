import { describe, expect, it } from 'vitest';
import { credentialFault } from '../../cli/credential-fault.ts';
import { EXIT } from '../../cli/failure.ts';
import { refusal } from '../../cli/refusal.ts';

describe('what AWS says of credentials that are no good', () => {
  it.each([
    ['The security token included in the request is expired', /expired: sign in again/],
    ['ExpiredTokenException The provided token has expired.', /expired: sign in again/],
    ['Signature expired: 20261122T000000Z is now earlier than 20261122T010000Z', /clock/],
    ['Signature not yet current: 20261122T100000Z is still later than 20261122T090000Z', /clock/],
    ['The security token included in the request is invalid.', /not taken/],
    ['The request signature we calculated does not match the signature you provided.', /not taken/],
  ])('%s', (message, says) => {
    expect(credentialFault(message)).toMatch(says);
    const failure = refusal({ status: 403, body: { message } }, { route: 'GET /admin/clients', help: '' });
    expect(failure).toMatchObject({ exitCode: EXIT.unreachable, next: expect.stringMatching(says) });
  });

  it('is not what it says of a missing permission', () => {
    const body = { message: 'Forbidden' };
    expect(credentialFault(body.message)).toBeUndefined();
    const failure = refusal({ status: 403, body }, { route: 'GET /admin/clients', help: '' });
    expect(failure).toMatchObject({
      exitCode: EXIT.refused,
      next: expect.stringMatching(/execute-api:Invoke/),
    });
  });

  it('is never what a problem of ours is about', () => {
    const body = { code: 'expired', detail: 'The offer has expired.' };
    const failure = refusal({ status: 403, body }, { route: 'GET /admin/clients', help: '' });
    expect(failure.exitCode).toBe(EXIT.refused);
  });
});
