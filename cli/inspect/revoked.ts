/** Whether a token is revoked: the operators' route is asked for each thing whose revocation would end it. */
import type { JWTPayload } from 'jose';
import { printable } from '../failure.ts';
import { type FoundRevocation, getRevocation, inWords, type TargetNames } from '../revocations.ts';
import type { Target } from '../target.ts';
import { guard, type Reason } from './reasons.ts';

/** Something that would end the token, and since when it has it. */
interface Inherited {
  names: TargetNames;
  /** When that was issued, in seconds since the epoch. */
  issuedAt: number;
}

/** As many as a token of ours can have: whoever wrote more into it is not asked for. */
const MOST = 26;

/** @param kid of the key that verified it. @throws {CommandFailure} */
export async function revokedReasons(target: Target, claims: JWTPayload, kid: string): Promise<Reason[]> {
  const all = targetsOf(claims, kid);
  if (all === undefined)
    return [guard('invalid_lineage', 'what it came of, its claim lineage, cannot be read.')];
  const found = await Promise.all(all.map(({ names }) => getRevocation(target, names)));
  return found.flatMap((revocation, index) => {
    const one = all[index];
    return one !== undefined && ends(revocation, one) ? [reasonOf(revocation, one.names)] : [];
  });
}

const ends = ({ revoked, issued_before: before }: FoundRevocation, { names, issuedAt }: Inherited): boolean =>
  revoked && ('jti' in names || (before !== undefined && issuedAt <= before));

function reasonOf({ revoked_at, reason }: FoundRevocation, names: TargetNames): Reason {
  const since = revoked_at ? ` since ${printable(revoked_at)}` : '';
  const why = reason ? ` (${REASONS[reason] ?? printable(reason)})` : '';
  return guard('token_revoked', `${inWords(names)} is revoked${since}${why}.`);
}

const REASONS: Readonly<Record<string, string>> = {
  client_request: 'its client asked for it',
  session_ended: 'its session ended',
  refresh_reused: 'a refresh token was used twice',
  key_compromised: 'the key was lost',
  operator: 'an operator decided it',
  leaked: 'it has leaked',
};

/** @returns the token's own, and those that it has by its lineage; `undefined` where that cannot be read */
function targetsOf(claims: JWTPayload, kid: string): Inherited[] | undefined {
  const { jti = '', sub = '', iat = 0, lineage } = claims;
  const [client, credential, tenant] = ['client_id', 'credential_id', 'tenant'].map((name) =>
    textOf(claims[name]),
  );
  const own: TargetNames[] = [
    { jti },
    { client_id: client ?? '' },
    { client_id: client ?? '', credential_id: credential ?? '' },
    { subject: sub },
    { kid },
    ...(tenant === undefined || tenant === '' ? [] : [{ tenant }]),
  ];
  const inherited =
    lineage === undefined
      ? []
      : textOf(lineage)
          .split(' ')
          .map((text) => parse(text, iat));
  const known = inherited.filter((one) => one !== undefined);
  if (known.length < inherited.length) return undefined;
  const all = [...own.map((names) => ({ names, issuedAt: iat })), ...known];
  return all.length > MOST ? undefined : all;
}

/** `kind:id@iat`, the id percent-encoded. */
function parse(text: string, iat: number): Inherited | undefined {
  const [, kind = '', encoded = '', seconds] = /^([a-z]+):([^\s:@]+)(?:@(\d{1,12}))?$/.exec(text) ?? [];
  const names = namesOf(kind, encoded);
  return names && { names, issuedAt: seconds === undefined ? iat : Number(seconds) };
}

function namesOf(kind: string, encoded: string): TargetNames | undefined {
  try {
    return KINDS[kind]?.(decodeURIComponent(encoded));
  } catch {
    return undefined;
  }
}

const KINDS: Readonly<Record<string, (id: string) => TargetNames | undefined>> = {
  token: (jti) => ({ jti }),
  client: (client_id) => ({ client_id }),
  subject: (subject) => ({ subject }),
  tenant: (tenant) => ({ tenant }),
  key: (kid) => ({ kid }),
  credential: (id) => {
    const slash = id.indexOf('/');
    return slash < 1 ? undefined : { client_id: id.slice(0, slash), credential_id: id.slice(slash + 1) };
  },
};

const textOf = (claim: unknown): string => (typeof claim === 'string' ? claim : '');
