/** `/admin/revocations` as the verbs of `tollgate tokens` use it: what is revoked, and what is to be. */
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from './failure.ts';
import { askOperator } from './operator.ts';
import type { Target } from './target.ts';

const PATH = '/admin/revocations';

const facts = {
  target: z.object({ kind: z.string(), id: z.string() }),
  issued_before: z.number().optional(),
  revoked_at: z.string().nullable().optional(),
  reason: z.string().nullable().optional(),
};

/** Loose, so that `--json` hands on what a newer server adds. */
const foundShape = z.looseObject({ revoked: z.boolean(), ...facts });
const revokedShape = z.looseObject({ revoked: z.union([z.literal(true), z.literal('already')]), ...facts });
const allShape = z.looseObject({
  revoked: z.union([z.literal(true), z.literal('already')]),
  issued_before: z.number(),
  keys: z.array(revokedShape),
});

export type FoundRevocation = z.output<typeof foundShape>;

/** What can be revoked, as the routes name it. */
export type TargetNames =
  | { jti: string }
  | { client_id: string; credential_id?: string }
  | { subject: string }
  | { tenant: string }
  | { kid: string };

/** @throws {CommandFailure} */
export const getRevocation = async (target: Target, names: TargetNames): Promise<FoundRevocation> =>
  (
    await askOperator(target, {
      ...({ method: 'GET', path: PATH, shape: foundShape, help: 'tokens inspect' } as const),
      query: { ...names },
    })
  ).body;

const STEPS = {
  invalid_issued_before:
    "Give a time that is past, by the server's clock; `npx tollgate doctor` compares the clocks.",
};

/** @param names what to revoke; all tokens where absent. @throws {CommandFailure} */
export const postRevocation = async (
  target: Target,
  names: TargetNames | undefined,
  issuedBefore: number | undefined,
): Promise<z.output<typeof revokedShape> | z.output<typeof allShape>> =>
  (
    await askOperator(target, {
      ...({ method: 'POST', path: PATH, shape: z.union([revokedShape, allShape]) } as const),
      content: { ...names, ...(issuedBefore !== undefined && { issued_before: issuedBefore }) },
      help: 'tokens revoke',
      steps: STEPS,
      look: 'Repeat it: to revoke twice does no harm.',
    })
  ).body;

export interface TargetNameOptions {
  jti?: string;
  client?: string;
  subject?: string;
  tenant?: string;
  credential?: string;
  key?: string;
}

/** @returns what the options name; nothing where none does. @throws {CommandFailure} `usage` where several do */
export function namesOf(options: TargetNameOptions): TargetNames | undefined {
  const { jti, client, subject, tenant, credential, key } = options;
  const given: [option: string, names: TargetNames | undefined][] = [
    ['--jti', jti === undefined ? undefined : { jti }],
    ['--client', client === undefined ? undefined : { client_id: client }],
    ['--subject', subject === undefined ? undefined : { subject }],
    ['--tenant', tenant === undefined ? undefined : { tenant }],
    ['--credential', credential === undefined ? undefined : credentialNames(credential)],
    ['--key', key === undefined ? undefined : { kid: key }],
  ];
  const [first, ...more] = given.filter(([, names]) => names !== undefined);
  if (more.length === 0) return first?.[1];
  const both = [first, ...more].map((each) => each?.[0]).join(' and ');
  throw new CommandFailure(EXIT.usage, `${both} were both given.`, 'Give one of them at a time.');
}

/** A client's id has no slash, a credential's may have. */
function credentialNames(text: string): TargetNames {
  const [, client_id = '', credential_id = ''] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
  if (client_id !== '') return { client_id, credential_id };
  throw new CommandFailure(
    EXIT.usage,
    'It was not said whose credential: its id alone is not enough.',
    'Give --credential <client-id>/<credential-id>, such as reader/a1b2c3d4.',
  );
}

/** @returns what is named, in words, such as `the client reader` */
export function inWords(names: TargetNames): string {
  if ('jti' in names) return `the token ${printable(names.jti)}`;
  if ('subject' in names) return `the subject ${printable(names.subject)}`;
  if ('tenant' in names) return `the tenant ${printable(names.tenant)}`;
  if ('kid' in names) return `the key ${printable(names.kid)}`;
  const { client_id, credential_id } = names;
  const client = printable(client_id);
  return credential_id === undefined
    ? `the client ${client}`
    : `the credential ${printable(credential_id)} of ${client}`;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** `2026-11-22T12:00:00Z`, seconds since the epoch, or `now`. @returns seconds since the epoch */
export function instant(text: string): number {
  if (text === 'now') return Math.floor(Date.now() / 1000);
  if (/^\d{9,11}$/.test(text)) return Number(text);
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return Math.floor(at / 1000);
  throw new InvalidArgumentError(
    'It has to be a time with its zone, such as 2026-11-22T12:00:00Z, or `now`.',
  );
}
