/** Key rings in memory, and what a gateway makes of them. */
import type { Jwks, KeyMaterial, Ring } from '../../lambdas/domain/key-ring.ts';
import type { VersionedDocument } from '../../lambdas/domain/rotation.ts';

export interface MemoryDocument<Value> extends VersionedDocument<Value> {
  /** What is in it now. */
  current(): Value | undefined;
}

/** @returns a document that keeps the promises of {@link VersionedDocument}. */
export function memoryDocument<Value>(): MemoryDocument<Value> {
  let version = 0;
  let current: Value | undefined;
  return {
    current: () => current,
    read: async () => ({ version: current === undefined ? undefined : String(version), value: current }),
    replace: async (read, value) => {
      if (read.version !== (current === undefined ? undefined : String(version))) return 'conflict';
      version += 1;
      current = value;
      return 'written';
    },
  };
}

/** @returns the document with `step` awaited before each operation. */
export const stepped = <Value>(
  document: VersionedDocument<Value>,
  step: (operation: 'read' | 'replace') => Promise<void>,
): VersionedDocument<Value> => ({
  read: async () => {
    await step('read');
    return document.read();
  },
  replace: async (read, value) => {
    await step('replace');
    return document.replace(read, value);
  },
});

/** @returns a source of keys that are told apart and cannot sign: for rules that never look inside. */
export function emptyKeys(): () => Promise<KeyMaterial> {
  let count = 0;
  return async () => {
    count += 1;
    const part = `part-${count}`;
    const members = { n: part, e: 'AQAB', d: part, p: part, q: part, dp: part, dq: part, qi: part };
    return { kid: `key-${count}`, privateJwk: { kty: 'RSA', ...members } };
  };
}

export const kidsOf = (keys: Ring | Jwks | undefined): string[] => keys?.keys.map(({ kid }) => kid) ?? [];
