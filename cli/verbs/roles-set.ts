/** `tollgate roles set`: what a role amounts to (`PUT /admin/roles/{role}`). */
import type { Command } from 'commander';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { collect, withJson } from '../options.ts';
import { printJson, printReport } from '../output.ts';
import { putRole } from '../roles.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate roles`. */
export function addRolesSet(roles: Command): void {
  const verb = roles
    .command('set')
    .description('say what a role amounts to; what was said before is replaced')
    .argument('<role>', 'its name: letters, digits and . _ : -')
    .option('--scope <scope>', 'a scope that it gives; repeatable', collect)
    .option('--description <text>', 'for people');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (role: string, _options, command: Command) =>
      set(role, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
It counts for tokens that are issued a minute later; those that there are keep the scopes that they have. Roles that are
declared in lambdas/routes.ts are changed there.

Examples:
  $ npx tollgate roles set night-shift --local --scope read:products --scope read:users
  $ npx tollgate roles set auditor --stack Tollgate-dev --scope read:usage:all --description "Reads the books"`;

interface Options extends TargetOptions {
  scope?: string[];
  description?: string;
  json?: boolean;
}

async function set(role: string, options: Options): Promise<void> {
  const { scope, description } = options;
  if (scope === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'It was not said what the role gives.',
      'Give --scope at least once.',
    );
  }
  const scopes = scope.flatMap((each) => each.split(/\s+/)).filter((each) => each !== '');
  const target = await findTarget(options);
  const content = { scopes, ...(description !== undefined && { description }) };
  const { status, body } = await putRole(target, role, content);
  if (options.json) return printJson(body);
  printReport({
    title: status === 201 ? 'The role is set.' : 'There was a role of this name; this is what it is now.',
    rows: [
      ['Role', printable(body.role)],
      ['Scopes', printable(body.scopes.join(' '))],
      ['Description', printable(body.description ?? '')],
    ],
    notes: ['It counts for tokens that are issued a minute from now on.'],
    next: {
      does: 'Give it to a client',
      command: `npx tollgate clients update <client-id> --add-role ${printable(body.role)} ${sameTarget(options)}`,
    },
  });
}
