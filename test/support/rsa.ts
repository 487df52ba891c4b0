/** RSA keys take a while to make, a tenth of a second and more; where a test is not about them, one is as good as another. */
import { type GenerateKeyPairResult, generateKeyPair } from 'jose';

const made = new Map<string, Promise<GenerateKeyPairResult>>();

/** @returns the pair of that name, the same one for all files that this process runs; other names have others. */
export function rsaKey(name: string): Promise<GenerateKeyPairResult> {
  const pair = made.get(name) ?? generateKeyPair('RS256', { extractable: true });
  made.set(name, pair);
  return pair;
}
