import { describe, expect, it } from 'vitest';
import {
  fillIdentity,
  fillTemplate,
  isIdentityTemplate,
  isSubjectTemplate,
  isTemplate,
} from '../../../lambdas/domain/trust/claim-template.ts';

const claims = { repository: 'acme/shop', a: 'p', b: 'q:r', nested: { id: 7 }, empty: '', list: ['x'] };

describe('a template', () => {
  it.each([
    ['github:{repository}', 'github:acme/shop'],
    ['{a}', 'p'],
    ['plain', 'plain'],
    ['{a}{a} {/nested/id}!', 'pp 7!'],
  ])('%s becomes %s', (template, text) => {
    expect(fillTemplate(template, claims)).toEqual({ ok: true, value: text });
  });

  it.each(['{missing}', 'x:{empty}', '{list}', '{nested}', '{__proto__}', '{constructor}'])(
    '%s lacks its claim, and says which',
    (template) => {
      const name = /\{(\w+)\}/.exec(template)?.[1];
      expect(fillTemplate(template, claims)).toEqual({
        ok: false,
        failure: `the token has no usable claim ${name}`,
      });
    },
  );

  it('fills in a value as it is, braces and dollars included', () => {
    const filled = fillTemplate('x:{a}', { a: '{b} $& $1', b: 'no' });
    expect(filled).toEqual({ ok: true, value: 'x:{b} $& $1' });
  });

  it.each(['', '{', '}', '{}', '{a', 'a}', '{{a}}', '{a}}', 'a\nb', 'x'.repeat(257), '{a}'.repeat(11)])(
    '%j is none',
    (text) => {
      expect(isTemplate(text)).toBe(false);
      expect(fillTemplate(text, claims).ok).toBe(false);
    },
  );
});

describe('a template of an identity', () => {
  it('has text between two claims', () => {
    expect(isIdentityTemplate('x:{a}/{b}')).toBe(true);
    expect(isIdentityTemplate('x:{a}{b}')).toBe(false);
  });

  it('does not mix up two different pairs', () => {
    expect(fillIdentity('x:{a}:{b}', { a: 'p', b: 'q:r' })).toEqual({ ok: true, value: 'x:p:q:r' });
    expect(fillIdentity('x:{a}:{b}', { a: 'p:q', b: 'r' }).ok).toBe(false);
    expect(fillIdentity('x:{a}::{b}', { a: 'p:', b: 'r' }).ok).toBe(false);
  });

  it.each(['x:{a}:{b}', 'x:{a}-{b}', 'x:{a}--{b}!', 'x:{a}:-{b}', 'x:{a}-:-{b}'])(
    '%s makes different texts of different claims',
    (template) => {
      const values = ['a', ':', '-'].flatMap((one) => ['', 'a', ':', '-'].map((other) => one + other));
      const longer = values.flatMap((one) => ['', ...values].map((other) => one + other));
      const owners = new Map<string, string>();
      for (const a of new Set(longer)) {
        for (const b of values) {
          const filled = fillIdentity(template, { a, b });
          if (!filled.ok) continue;
          expect(owners.get(filled.value) ?? JSON.stringify([a, b])).toBe(JSON.stringify([a, b]));
          owners.set(filled.value, JSON.stringify([a, b]));
        }
      }
      expect(owners.size).toBeGreaterThan(100);
    },
  );
});

describe('a template of a subject', () => {
  it.each(['github:{repository}', 'k8s:ci', 'k8s:{/ns}/{/name}', 'https://idp.example/{sub}'])(
    '%s',
    (text) => {
      expect(isSubjectTemplate(text)).toBe(true);
    },
  );

  it.each([
    '{sub}',
    '{iss}:{sub}',
    'github{repository}',
    ':{sub}',
    'a :{sub}',
    'github/{a}:{b}',
    'x:{a}{b}',
    '',
  ])('not %j, which could be taken for a client or somebody else', (text) =>
    expect(isSubjectTemplate(text)).toBe(false),
  );
});
