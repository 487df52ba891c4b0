/** `tollgate roles remove`: a role that nobody has is no more (`DELETE /admin/roles/{role}`). */
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { printable } from '../failure.ts';
import { withYes } from '../options.ts';
import { deleteRole } from '../roles.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate roles`. */
export function addRolesRemove(roles: Command): void {
  const verb = roles
    .command('remove')
    .description('remove a role that no client and no trusted issuer has')
    .argument('<role>', 'its name, as `tollgate roles list` shows it');
  withYes(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (role: string, _options, command: Command) =>
      remove(role, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
While somebody has it, it is not removed, and ten of them are named.

Examples:
  $ npx tollgate roles remove night-shift --local
  $ npx tollgate roles remove night-shift --stack Tollgate-dev --yes`;

interface Options extends TargetOptions {
  yes?: boolean;
}

async function remove(role: string, options: Options): Promise<void> {
  const target = await findTarget(options);
  await confirm(`${target.url} will remove the role ${printable(role)}.`, options);
  await deleteRole(target, role);
  process.stdout.write(`The role ${printable(role)} is removed.\n`);
}
