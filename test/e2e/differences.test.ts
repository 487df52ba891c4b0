import { expect, inject, it } from 'vitest';
import { differenceIn, parse, present } from './differences.ts';
import { operator } from './support.ts';

it('skips nothing against the local runner', () => {
  if (inject('url') !== undefined) return;
  expect(present).toEqual([]);
  expect(operator).toBeDefined();
});

it('skips nothing for a difference that is not known', () => {
  expect(() => parse('no-challenge,no-idea')).toThrow('no-idea');
  expect(differenceIn('a token: with a challenge [no-challenge]')).toBe('no-challenge');
  expect(differenceIn('a token [no-idea]')).toBeUndefined();
});
