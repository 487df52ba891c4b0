/**
 * A secret that is replaced only by those who have seen what they replace.
 *
 * Secrets Manager has no conditional write, but a version's id may be chosen (`ClientRequestToken`) and is
 * taken once. So the id of the next version is derived from the id of the version that was read:
 *
 *     A reads v1                              A puts sha256(v1)  → is v2
 *               B reads v1                                            B puts sha256(v1)  → exists: conflict
 */
import { createHash } from 'node:crypto';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { StoreUnavailable } from '../domain/ports.ts';
import type { Versioned, VersionedDocument } from '../domain/rotation.ts';
import { readSecret, type SecretAccess } from './secrets-manager.ts';

export interface DocumentFormat<Value> {
  /** @throws Error where the text is not such a value */
  parse(text: string): Value;
  format(value: Value): string;
}

export interface SecretDocumentOptions<Value> extends SecretAccess, DocumentFormat<Value> {
  /** Waits for so many milliseconds. */
  pause(milliseconds: number): Promise<void>;
}

/** How often a version is read again that should not be current any more: 4 seconds in all. */
const LATE_READS = 4;

export function secretDocument<Value>(options: SecretDocumentOptions<Value>): VersionedDocument<Value> {
  const { parse, format, pause, ...secret } = options;
  const successors = new Map<string | undefined, number>();

  const readCurrent = async () => {
    let current = await readSecret(secret);
    // What is known to be replaced is current all the same: the read lags, or somebody has rolled it back.
    for (let late = 0; late < LATE_READS && successors.has(current?.version); late += 1) {
      await pause(250 * 2 ** late);
      current = await readSecret(secret);
    }
    return current;
  };

  return {
    read: async () => {
      const current = await readCurrent();
      return { version: current?.version, value: current && parse(current.text) };
    },
    replace: async ({ version }: Versioned<Value>, value) => {
      // The id of a first successor is taken for good. After a rollback the next in line is tried, and it is
      // the same for every writer. What never was cannot be rolled back to.
      const successor = version === undefined ? 0 : (successors.get(version) ?? 0);
      const outcome = await put(secret, format(value), tokenAfter(version, successor));
      successors.set(version, successor + 1);
      return outcome;
    },
  };
}

const tokenAfter = (version: string | undefined, successor: number): string =>
  createHash('sha256')
    .update(`${version ?? ''}#${successor}`)
    .digest('hex');

async function put(
  { client, secretId }: SecretAccess,
  text: string,
  token: string,
): Promise<'written' | 'conflict'> {
  try {
    await client.send(
      new PutSecretValueCommand({ SecretId: secretId, SecretString: text, ClientRequestToken: token }),
    );
    return 'written';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceExistsException') return 'conflict';
    throw new StoreUnavailable('writing a secret failed', { cause: error });
  }
}
