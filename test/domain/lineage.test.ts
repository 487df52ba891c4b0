import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLineage, MAX_LINEAGE, parseLineage } from '../../lambdas/domain/lineage.ts';
import { revocationKinds } from '../../lambdas/domain/revocation.ts';

describe('a lineage', () => {
  const target = fc.record(
    {
      kind: fc.constantFrom(...revocationKinds),
      id: fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => !/\p{Cs}/u.test(id)),
      issuedAt: fc.integer({ min: 0, max: 999_999_999_999 }),
    },
    { requiredKeys: ['kind', 'id'] },
  );

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(target, { minLength: 1, maxLength: MAX_LINEAGE }), (targets) => {
        expect(parseLineage(formatLineage(targets))).toEqual(targets);
      }),
    );
  });

  it('is read whole or not at all, and nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z]+:[%\w@: ]*$/)), (text) => {
        const lineage = parseLineage(text);
        if (lineage !== undefined) expect(lineage).toHaveLength(text.split(' ').length);
      }),
    );
  });

  it.each([
    '',
    ' ',
    'token',
    'token:',
    'token:%',
    'token:a@',
    'token:a@x',
    'token:a@1@2',
    'nobody:a',
    'token:a  token:b',
    'token:a b',
    'token:a:b',
    Array(MAX_LINEAGE + 1)
      .fill('token:a')
      .join(' '),
  ])('is none: %j', (text) => {
    expect(parseLineage(text)).toBeUndefined();
  });
});
