/** How a secret comes in: never as an argument, which the shell's history keeps and everyone on the machine can see. */
import { CommandFailure, EXIT } from './failure.ts';

/** A secret, and where it may come from. */
export interface SecretSource {
  /** What it is, such as `API key`: for the prompt, and where there is none. */
  what: string;
  /** Environment variables that may have it, such as `TOLLGATE_API_KEY`; the first that is set counts. */
  env: readonly string[];
  /** What stands in its place on the command line: `-` is the standard input, all else is refused. */
  argument?: string | undefined;
}

/**
 * Reads a secret: of the standard input for `-`, else of the environment, else of a prompt that does not show it; without
 * a terminal, of the standard input as well.
 *
 * @throws {CommandFailure} `usage`, where there is none, or it stood on the command line
 */
export async function readSecret({ what, env, argument }: SecretSource): Promise<string> {
  if (argument !== undefined && argument !== '-') throw exposed(what, env);
  if (argument === '-') return standardInput(what, env);
  const name = env.find((one) => process.env[one] !== undefined);
  if (name !== undefined) return checked(process.env[name] ?? '', what, env);
  if (process.stdin.isTTY && process.stderr.isTTY) return prompted(what, env);
  return standardInput(what, env);
}

/** Longer than any header that the gateway takes (10,240 bytes). */
const MOST = 16_384;

async function standardInput(what: string, env: readonly string[]): Promise<string> {
  if (process.stdin.isTTY && process.stderr.isTTY) return prompted(what, env);
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MOST) break;
  }
  return checked(text.replace(/\r?\n$/, ''), what, env);
}

async function prompted(what: string, env: readonly string[]): Promise<string> {
  const { default: ask } = await import('@inquirer/password');
  const asked = ask(
    { message: `${what}:`, mask: false },
    { output: process.stderr, clearPromptOnDone: true },
  );
  // Ctrl-C gives none.
  return checked(await asked.catch(() => ''), what, env);
}

function checked(text: string, what: string, env: readonly string[]): string {
  const wrong =
    text === ''
      ? `There is no ${what}.`
      : text.length > MOST
        ? `The ${what} is too long to be one.`
        : undefined;
  if (wrong === undefined && !/\p{Cc}/u.test(text)) return text;
  throw new CommandFailure(
    EXIT.usage,
    wrong ?? `The ${what} has line breaks or control characters.`,
    waysIn(env),
  );
}

const exposed = (what: string, env: readonly string[]) =>
  new CommandFailure(
    EXIT.usage,
    `The ${what} stood on the command line, and was sent nowhere.`,
    `${waysIn(env)} The one that you gave is in your shell's history now: if it is real, take it out there.`,
  );

const waysIn = (env: readonly string[]): string =>
  `Pipe it in, put it into ${env.join(' or ')}, or type it when you are asked.`;
