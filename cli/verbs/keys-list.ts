/** `tollgate keys list`: which keys there are, and which one signs (`GET /admin/keys`). */
import type { Command } from 'commander';
import { getRing, KEY_COLUMNS } from '../keys.ts';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate keys`. */
export function addKeysList(keys: Command): void {
  const verb = keys.command('list').description('which signing keys there are, and which one signs');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
No key material is shown: the server does not give any away.

Examples:
  $ npx tollgate keys list --local
  $ npx tollgate keys list --stack Tollgate-dev --json`;

interface Options extends TargetOptions {
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const ring = await getRing(await findTarget(options));
  if (options.json) return printJson(ring);
  printTable(KEY_COLUMNS, ring.keys, 'There is no key yet: the rotation makes the first one.');
  if (ring.signing === null) process.stdout.write('\nNo key signs now: logins are answered with 503.\n');
}
