/** The credentials of a client, as operators see them: never a secret, never a hash. */
import * as z from 'zod';
import { askOperator } from './operator.ts';
import { listAll } from './pages.ts';
import type { Column } from './table.ts';
import type { Target } from './target.ts';

/** Loose, so that `--json` hands on what a newer server adds. */
const credentialShape = z.looseObject({
  credential_id: z.string(),
  kind: z.string(),
  state: z.string().optional(),
  created_at: z.string().optional(),
  valid_until: z.string().optional(),
});

export type ListedCredential = z.output<typeof credentialShape>;

const pathOf = (clientId: string): string => `/admin/clients/${encodeURIComponent(clientId)}/credentials`;

/** @param help the verb that asks. @throws {CommandFailure} */
export const listCredentials = (
  target: Target,
  clientId: string,
  help: string,
): Promise<ListedCredential[]> =>
  listAll(target, { path: pathOf(clientId), member: 'credentials', item: credentialShape, help });

export const CREDENTIAL_COLUMNS: readonly Column<ListedCredential>[] = [
  { head: 'Credential', of: ({ credential_id }) => credential_id },
  { head: 'Kind', of: ({ kind }) => kind },
  { head: 'State', of: ({ state }) => state },
  { head: 'Created', of: ({ created_at }) => created_at },
  { head: 'Valid until', of: ({ valid_until }) => valid_until },
];

/** Which credential, and of whom. */
export interface CredentialName {
  clientId: string;
  credentialId: string;
}

const STEPS = {
  unknown_credential: 'See which there are: `npx tollgate credentials list --client <id>`.',
  credential_revoked:
    'What was revoked stays revoked: `npx tollgate credentials add` gives the client another one.',
};

/** Ends a credential for good, and revokes its tokens. @throws {CommandFailure} */
export const revokeCredential = async (target: Target, name: CredentialName): Promise<void> => {
  await askOperator(target, {
    ...{ method: 'DELETE', path: pathOfOne(name), shape: z.unknown(), steps: STEPS },
    ...{ help: 'credentials revoke', look: 'Do it again: it can be repeated.' },
  });
};

/** @throws {CommandFailure} */
export const setCredentialState = async (
  target: Target,
  name: CredentialName,
  state: 'active' | 'disabled',
  help: string,
): Promise<ListedCredential> => {
  const { body } = await askOperator(target, {
    ...{ method: 'PATCH', path: pathOfOne(name), shape: credentialShape, steps: STEPS, help },
    ...{ content: { state }, ifMatch: '*', look: 'Do it again: it can be repeated.' },
  });
  return body;
};

const pathOfOne = ({ clientId, credentialId }: CredentialName): string =>
  `${pathOf(clientId)}/${encodeURIComponent(credentialId)}`;
