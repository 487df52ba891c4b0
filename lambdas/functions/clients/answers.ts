/** What the routes of clients and credentials refuse alike. */
import { CLIENT_ID } from '../../domain/client.ts';
import { ifMatch } from '../../http/entity-tag.ts';
import type { Request, Response } from '../../http/event.ts';
import { refused } from '../../http/operator.ts';

export const unknownClient = (): Response =>
  refused(
    404,
    'unknown_client',
    'There is no client of this id. GET /admin/clients lists those that there are.',
  );

export const unknownCredential = (): Response =>
  refused(
    404,
    'unknown_credential',
    'The client has no credential of this id. GET /admin/clients/{clientId}/credentials lists those that it has.',
  );

/** Somebody else was first: whoever asked has not seen what is there now. */
export const changedMeanwhile = (): Response =>
  refused(
    412,
    'changed_meanwhile',
    'Somebody else has changed it meanwhile. Read it again, and decide anew.',
  );

/** @returns 428 for a change that does not say what it is a change of. */
export const unconditional = (request: Request): Response | undefined =>
  ifMatch(request) === undefined ? refused(428, 'precondition_required', PRECONDITION) : undefined;

const PRECONDITION =
  'A change needs If-Match with the entity tag of what was read, so that nobody overwrites what somebody else did meanwhile; * is whatever is there.';

/** @returns the id in the path, where it can be one. */
export function clientIdIn({ pathParameters }: Request): string | undefined {
  const id = pathParameters?.clientId ?? '';
  return CLIENT_ID.test(id) ? id : undefined;
}

/** That of a secret, `password`, or a key's. */
export const CREDENTIAL_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** @returns the id in the path, where it can be one. */
export function credentialIdIn({ pathParameters }: Request): string | undefined {
  const id = pathParameters?.credentialId ?? '';
  return CREDENTIAL_ID.test(id) ? id : undefined;
}

/** The revision that a write has to find, where the request names one; see `unmet` for whether it was met so far. */
export const revisionFor = (request: Request, revision: string): string | undefined => {
  const wanted = ifMatch(request);
  return wanted === undefined || wanted === '*' ? undefined : revision;
};
