/** The two secrets of the key ring, as rotation reads and writes them. */
import type { Jwks, Ring } from '../domain/key-ring.ts';
import type { VersionedDocument } from '../domain/rotation.ts';
import { CorruptSecret, formatJwks, formatRing, parseJwks, parseRing } from './ring-format.ts';
import { type SecretDocumentOptions, secretDocument } from './secret-document.ts';

type Options = Omit<SecretDocumentOptions<unknown>, 'parse' | 'format'>;

/** @returns the private half. It throws {@link CorruptSecret} rather than have keys replaced that it cannot read. */
export const ringDocument = (options: Options): VersionedDocument<Ring> =>
  secretDocument({ ...options, parse: parseRing, format: formatRing });

/** @returns the public half. One that cannot be read counts as empty: it is made of the ring and is written anew. */
export const publishedDocument = (options: Options): VersionedDocument<Jwks> =>
  secretDocument<Jwks>({ ...options, parse: jwksOrNone, format: formatJwks });

function jwksOrNone(text: string): Jwks {
  try {
    return parseJwks(text);
  } catch (error) {
    if (error instanceof CorruptSecret) return { keys: [] };
    throw error;
  }
}
