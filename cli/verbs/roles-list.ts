/** `tollgate roles list`: the roles, and what each amounts to (`GET /admin/roles`). */
import type { Command } from 'commander';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { getRoles, type Role } from '../roles.ts';
import { type Column, printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate roles`. */
export function addRolesList(roles: Command): void {
  const verb = roles.command('list').description('the roles, and what each amounts to');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate roles list --local
  $ npx tollgate roles list --stack Tollgate-dev --json`;

interface Options extends TargetOptions {
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const roles = await getRoles(await findTarget(options));
  if (options.json) printJson({ roles });
  else printTable(COLUMNS, roles, 'There is no role.');
}

const COLUMNS: readonly Column<Role>[] = [
  { head: 'Role', of: ({ role }) => role },
  { head: 'Scopes', of: ({ scopes }) => scopes.join(' ') },
  { head: 'Set by', of: ({ declared }) => (declared ? 'the deployment' : 'operators') },
  { head: 'Description', of: ({ description }) => description, shrinks: true },
];
