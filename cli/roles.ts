/** `/admin/roles` as the verbs of `tollgate roles` use it: names that stand for scopes. */
import * as z from 'zod';
import { CommandFailure, EXIT } from './failure.ts';
import { askOperator, type OperatorAnswer } from './operator.ts';
import type { Target } from './target.ts';

const PATH = '/admin/roles';

/** Loose, so that what a newer server adds is handed on. */
const roleShape = z.looseObject({
  role: z.string(),
  scopes: z.array(z.string()),
  description: z.string().optional(),
  declared: z.boolean().optional(),
});

export type Role = z.output<typeof roleShape>;

const LIST = 'See `npx tollgate roles list`.';

const STEPS = {
  unknown_role: LIST,
  role_in_use:
    'See what a client has by `npx tollgate clients show <id>`, and take the role away by `npx tollgate clients update <id> --remove-role <role>`.',
  unknown_scope: 'Scopes are declared in lambdas/routes.ts.',
};

/** @throws {CommandFailure} where the server refuses, or is none of ours */
export async function getRoles(target: Target): Promise<Role[]> {
  const shape = z.object({ roles: z.array(roleShape) });
  const { body } = await askOperator(target, { method: 'GET', path: PATH, shape, help: 'roles list' });
  return body.roles;
}

/** Says what a role amounts to, whatever it was before. */
export const putRole = (
  target: Target,
  role: string,
  content: Pick<Role, 'scopes' | 'description'>,
): Promise<OperatorAnswer<Role>> =>
  askOperator(target, {
    ...{ method: 'PUT', path: pathOf(role), content, shape: roleShape },
    ...{ help: 'roles set', steps: STEPS, look: LIST },
  });

export async function deleteRole(target: Target, role: string): Promise<void> {
  await askOperator(target, {
    ...{ method: 'DELETE', path: pathOf(role), shape: z.unknown() },
    ...{ help: 'roles remove', steps: STEPS, look: LIST },
  });
}

/** As the server has it: nothing that is none comes to stand in an address. */
const ROLE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

function pathOf(role: string): string {
  if (ROLE.test(role)) return `${PATH}/${role}`;
  const next = 'It begins with a letter or digit, and has letters, digits and . _ : - in it, 64 at most.';
  throw new CommandFailure(EXIT.usage, 'That is no name that a role can have.', next);
}
