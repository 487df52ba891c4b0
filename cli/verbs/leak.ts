/** `tollgate leak`: what to do about a secret that was found where it should not be (`POST /admin/leaks`). */
import type { Command } from 'commander';

/** Adds the verb to `tollgate`. */
export function addLeak(tollgate: Command): void {
  tollgate.command('leak').description('a secret has leaked: end it, revoke its tokens, tell what it did');
}
