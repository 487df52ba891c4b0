/** The hashes that chain closed hours: of an hour's records, and of a link with all before it. */
import { createHash } from 'node:crypto';
import type { Seals } from '../domain/ledger/ports.ts';

export const seals: Seals = {
  digest() {
    const hash = createHash('sha256');
    return {
      add: (record) => void hash.update(`${canonicalJson({ ...record })}\n`),
      end: () => hash.digest('hex'),
    };
  },
  seal: (link) => ({
    ...link,
    hash: createHash('sha256')
      .update(canonicalJson({ ...link }))
      .digest('hex'),
  }),
};

/**
 * RFC 8785 for what is flat and has no fractions: JSON as ECMAScript writes it (§3.2.2), without white space, the
 * properties in the order of their names' code units (§3.2.3). An array as `JSON.stringify`'s second argument names
 * the properties and gives their order.
 *
 * @param flat properties that are absent, or `undefined`, are not in it
 */
export const canonicalJson = (flat: Readonly<Record<string, string | number | undefined>>): string =>
  JSON.stringify(flat, Object.keys(flat).sort());
