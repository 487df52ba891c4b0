/** `tollgate keys rotate`: the next key signs from now on, or a lost one is dropped (`POST /admin/keys/rotations`). */
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { checkedKid, getRing, KEY_COLUMNS, postRotation, type Ring } from '../keys.ts';
import { withJson, withYes } from '../options.ts';
import { printJson } from '../output.ts';
import { printTable } from '../table.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate keys`. */
export function addKeysRotate(keys: Command): void {
  const verb = keys
    .command('rotate')
    .description('let the next key sign now; or drop one that somebody else may have')
    .option(
      '--emergency [kid]',
      'drop this key, or the one that signs now, at once: all that it signed is refused',
    );
  withYes(withJson(verb))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => rotate(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Keys rotate by themselves; this is for whoever cannot wait. Nobody has to log in again: the key before stays
published until nothing that it signed can be alive. The next key has to have been published for three hours.

--emergency is for a key that has leaked: every token that it signed is refused on its next call, all clients log in
again. The kid stands in the header of its tokens: \`tollgate tokens inspect\`. Without one it is the key that signs now;
with --yes it has to be named, because a script that runs twice would drop the next key too.

Examples:
  $ npx tollgate keys rotate --local
  $ npx tollgate keys rotate --stack Tollgate-dev --emergency NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs`;

interface Options extends TargetOptions {
  emergency?: string | true;
  json?: boolean;
  yes?: boolean;
}

async function rotate(options: Options): Promise<void> {
  const { emergency, yes } = options;
  const named = typeof emergency === 'string' ? checkedKid(emergency) : undefined;
  if (emergency === true && yes) throw unnamed();
  const target = await findTarget(options);
  const ring = emergency === undefined || yes ? undefined : await getRing(target);
  const lost = emergency === true ? signingIn(ring) : named;
  const happens = lost === undefined ? USUAL : inEmergency(lost, ring);
  await confirm(`${target.url} ${happens}`, options);
  const after = await postRotation(target, lost, sameTarget(options));
  if (options.json) return printJson(after);
  process.stdout.write(`${done(lost, after.signing)}\n\n`);
  printTable(KEY_COLUMNS, after.keys, 'There is no key.');
}

const unnamed = () =>
  new CommandFailure(EXIT.usage, 'It was not said which key is lost.', 'With --yes, give --emergency <kid>.');

function signingIn(ring: Ring | undefined): string {
  if (ring?.signing) return ring.signing;
  const next = 'Name the one that is lost: `npx tollgate keys list` shows all.';
  throw new CommandFailure(EXIT.usage, 'No key signs now.', next);
}

const USUAL =
  'will sign with its next key from now on. Tokens that there are stay good; this cannot be repeated for three hours.';

/** @param ring as it is now, where there is time to look */
function inEmergency(kid: string, ring: Ring | undefined): string {
  const what = `will drop the key ${kid} for good. Every token that it signed is refused from then on, and its clients log in again.`;
  const left = ring?.keys.filter((key) => key.kid !== kid) ?? [];
  if (ring === undefined || left.some(({ state }) => state !== 'new')) return what;
  const from = left.map(({ may_sign_from: time }) => time ?? '').find((time) => time !== '');
  const until = from === undefined ? 'a new one is known everywhere' : printable(from);
  return `${what} No other key may sign before ${until}: until then logins are answered with 503.`;
}

function done(lost: string | undefined, signing: string | null): string {
  const now =
    signing === null ? 'No key is ready: logins are answered with 503 until one is.' : `${signing} signs.`;
  return lost === undefined ? now : `${lost} is dropped, and all that it signed is refused. ${now}`;
}
