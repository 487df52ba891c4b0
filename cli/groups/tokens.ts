/** `tollgate tokens`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addTokensInspect } from '../verbs/tokens-inspect.ts';
import { addTokensRevoke } from '../verbs/tokens-revoke.ts';

/** Adds the verbs of the group. */
export function addTokens(program: Command): void {
  const group = program.command('tokens').description('look into tokens, and revoke them');
  for (const add of [addTokensInspect, addTokensRevoke]) add(group);
}
