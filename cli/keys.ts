/** `/admin/keys` as the verbs of `tollgate keys` use it. */
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from './failure.ts';
import { askOperator } from './operator.ts';
import type { Column } from './table.ts';
import type { Target } from './target.ts';

const time = z.string().optional();

/** Loose, so that `--json` hands on what a newer server adds. */
const keyShape = z.looseObject({
  kid: z.string(),
  state: z.string(),
  published_at: time,
  may_sign_from: time,
  signs_from: time,
  signs_until: time,
  dropped_from: time,
});

const ringShape = z.looseObject({ signing: z.string().nullable(), keys: z.array(keyShape) });

export type Ring = z.output<typeof ringShape>;
type Key = z.output<typeof keyShape>;

/** @throws {CommandFailure} */
export const getRing = async (target: Target): Promise<Ring> =>
  (await askOperator(target, { method: 'GET', path: '/admin/keys', shape: ringShape, help: 'keys list' }))
    .body;

/**
 * @param lost the key that somebody else may have; without one the keys are rotated
 * @param again the options that name the target
 * @throws {CommandFailure} `refused` where no key is ready to take over, or there is none of this id
 */
export const postRotation = async (target: Target, lost: string | undefined, again: string): Promise<Ring> =>
  (
    await askOperator(target, {
      ...({ method: 'POST', path: '/admin/keys/rotations', shape: ringShape, help: 'keys rotate' } as const),
      content: lost === undefined ? {} : { revoke_key: lost },
      look: `See how far it came: \`npx tollgate keys list ${again}\`.`,
      steps: {
        key_not_ready:
          'Wait until then. Has a key been lost? `npx tollgate keys rotate --emergency <kid>` does not wait.',
        unknown_key: `If you have dropped it before, it is done. See which there are: \`npx tollgate keys list ${again}\`.`,
        ring_changed: `See what changed: \`npx tollgate keys list ${again}\`.`,
      },
    })
  ).body;

/** An RFC 7638 thumbprint. @throws {CommandFailure} `usage` for what is none */
export function checkedKid(text: string): string {
  if (/^[\w-]{43}$/.test(text)) return text;
  const what = `${printable(text).slice(0, 64) || 'Nothing'} is no key's id: those have 43 characters.`;
  throw new CommandFailure(EXIT.usage, what, 'See which there are: `npx tollgate keys list`.');
}

const STATES: Readonly<Record<string, string>> = {
  signing: 'signs',
  ready: 'ready to sign',
  new: 'too new to sign',
  past: 'signs no more',
};

export const KEY_COLUMNS: readonly Column<Key>[] = [
  { head: 'Key', of: ({ kid }) => kid },
  { head: 'State', of: ({ state }) => STATES[state] ?? state },
  { head: 'Published', of: ({ published_at }) => published_at },
  { head: 'May sign from', of: ({ may_sign_from }) => may_sign_from },
  { head: 'Signs from', of: ({ signs_from }) => signs_from },
  { head: 'Until', of: ({ signs_until }) => signs_until },
  { head: 'Gone from', of: ({ dropped_from }) => dropped_from },
];
