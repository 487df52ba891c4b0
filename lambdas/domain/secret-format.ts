/**
 * The forms of everything that a client presents, and of the ids in them. Each machine secret carries its
 * credential's id, so that one read finds what to compare it with, and a checksum, so that a typo costs no
 * read at all and a secret scanner knows a leaked one when it sees it.
 *
 *     API key         tg_<clientId>_<credentialId>_<secret><checksum>
 *     client secret   tgs_<credentialId>_<secret><checksum>
 *     refresh token   tgr_<family>_<secret><checksum>         see refresh-token.ts
 *
 * An API key is read from its right end: its last two parts have fixed lengths, and a client id may hold a separator.
 *
 * The secret is 43 characters of base62, which is 256 bits. The checksum is the CRC-32 of all that precedes
 * it, as six base62 digits: it guards against slips, not against forgery.
 */
import { crc32 } from 'node:zlib';
import { customRandom } from 'nanoid';
import { CLIENT_ID, PASSWORD_CREDENTIAL_ID } from './client.ts';
import type { Random } from './ports.ts';
import { fail, ok, type Result } from './result.ts';

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** 43 digits of base62 hold 256 bits. */
export const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const PASSWORD_LENGTH = 24;
const CLIENT_ID_LENGTH = 16;
const CREDENTIAL_ID_LENGTH = 8;

const API_KEY_PREFIX = 'tg';
const CLIENT_SECRET_PREFIX = 'tgs';

/** `tg_` + 64 + `_` + 8 + `_` + 49: nothing longer is even looked at. */
const MAX_LENGTH = 126;

const CREDENTIAL_ID = /^[0-9a-z]{8}$/;
const API_KEY = new RegExp(`^${API_KEY_PREFIX}_(.+)_([0-9a-z]{8})_[0-9A-Za-z]{49}$`);
/** The last part of each form. */
export const SECRET_AND_CHECKSUM = /^[0-9A-Za-z]{49}$/;

/**
 * Reads an API key without any I/O. That it is well formed says nothing about whether it is right.
 *
 * @returns the ids in it, or `malformed`: another form, another length or a wrong checksum
 */
export function parseApiKey(text: string): Result<{ clientId: string; credentialId: string }, 'malformed'> {
  const [, clientId = '', credentialId = ''] = text.length > MAX_LENGTH ? [] : (API_KEY.exec(text) ?? []);
  const wellFormed = CLIENT_ID.test(clientId) && isCredentialId(credentialId) && hasItsChecksum(text);
  return wellFormed ? ok({ clientId, credentialId }) : fail('malformed');
}

/**
 * Reads a client secret without any I/O; see {@link parseApiKey}. Its checksum does not cover the client's id.
 *
 * @returns the credential's id, or `malformed`: another form, another length or a wrong checksum
 */
export function parseClientSecret(text: string): Result<{ credentialId: string }, 'malformed'> {
  const [prefix, credentialId = '', tail = '', ...rest] = partsOf(text);
  const wellFormed =
    prefix === CLIENT_SECRET_PREFIX &&
    rest.length === 0 &&
    isCredentialId(credentialId) &&
    SECRET_AND_CHECKSUM.test(tail) &&
    hasItsChecksum(text);
  return wellFormed ? ok({ credentialId }) : fail('malformed');
}

/** @returns a new API key of this client, under this credential's id. */
export const mintApiKey = (clientId: string, credentialId: string, random: Random): string =>
  withChecksum([API_KEY_PREFIX, clientId, credentialId, mintSecret(random)].join('_'));

/** @returns a new client secret, under this credential's id. */
export const mintClientSecret = (credentialId: string, random: Random): string =>
  withChecksum([CLIENT_SECRET_PREFIX, credentialId, mintSecret(random)].join('_'));

/** @returns a new id of a machine credential: eight characters, and never the one that passwords have. */
export function mintCredentialId(random: Random): string {
  const id = mint(BASE36, CREDENTIAL_ID_LENGTH, random);
  return isCredentialId(id) ? id : mintCredentialId(random);
}

/** @returns a new password: 24 characters of base62, 142 bits. Its form is never that of a client secret. */
export const mintPassword = (random: Random): string => mint(BASE62, PASSWORD_LENGTH, random);

/** @returns a new client id for a client that names none. */
export const mintClientId = (random: Random): string => mint(BASE36, CLIENT_ID_LENGTH, random);

/** @returns 256 bits as {@link SECRET_LENGTH} digits. */
export const mintSecret = (random: Random): string => mint(BASE62, SECRET_LENGTH, random);

const mint = (alphabet: string, size: number, random: Random): string =>
  customRandom(alphabet, size, random)();

/** @returns what stands between the separators; nothing where the text is too long to be any of these. */
export const partsOf = (text: string): string[] => (text.length > MAX_LENGTH ? [] : text.split('_', 5));

/**
 * `password` has the form of a minted id, but behind it stands a scrypt hash: no machine secret may name it.
 *
 * @returns whether it may be the id of a machine secret
 */
export const isCredentialId = (text: string): boolean =>
  CREDENTIAL_ID.test(text) && text !== PASSWORD_CREDENTIAL_ID;

export const withChecksum = (text: string): string => text + checksumOf(text);

export const hasItsChecksum = (text: string): boolean =>
  checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);

function checksumOf(text: string): string {
  let digits = '';
  for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / BASE62.length)) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
  }
  return digits.padStart(CHECKSUM_LENGTH, '0');
}
