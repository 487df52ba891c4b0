/** Asks before something that cannot be taken back. Every verb that ends or deletes something calls this first. */
import { CommandFailure, EXIT } from './failure.ts';

/** Whether not to ask: `--yes`, which `withYes` of options.ts adds to a verb. */
export interface Confirmed {
  yes?: boolean;
}

/**
 * Asks on the terminal; where there is none, it has to be confirmed by `--yes`. Find the deployment before, and name it
 * in the sentence: what is about to happen is to be read here.
 *
 * @param what happens, as a whole sentence, such as `https://… will delete the client reader.`; printable already
 * @throws {CommandFailure} `usage`, where it was not confirmed: change nothing then
 */
export async function confirm(what: string, { yes = false }: Confirmed): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw unconfirmed(`${what} There is no terminal to ask on: give --yes if that is meant.`);
  }
  const { default: ask } = await import('@inquirer/confirm');
  const asked = ask({ message: `${what} Go on?`, default: false }, { output: process.stderr });
  // Ctrl-C is a no.
  if (!(await asked.catch(() => false))) throw unconfirmed('Nothing was changed. Answer y to go on.');
}

const unconfirmed = (next: string) => new CommandFailure(EXIT.usage, 'It was not confirmed.', next);
