import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityTag, ifMatch, unmet } from '../../lambdas/http/entity-tag.ts';
import { requestEvent } from '../support/event.ts';

const asked = (headers: Record<string, string>) => requestEvent('PUT /admin/roles/{role}', { headers });
const code = (headers: Record<string, string>, revision?: string) => {
  const { body } = unmet(asked(headers), revision) ?? {};
  return body === undefined ? undefined : JSON.parse(body).code;
};

describe('a request with conditions', () => {
  it('goes on without any, and where If-Match names what is there', () => {
    for (const headers of [{}, { 'if-match': '"r1"' }, { 'if-match': '"r0", "r1"' }, { 'if-match': '*' }]) {
      expect(code(headers, 'r1')).toBeUndefined();
    }
    expect(code({}, undefined)).toBeUndefined();
    expect(code({ 'if-none-match': '*' }, undefined)).toBeUndefined();
  });

  it.each([
    ['another revision', { 'if-match': '"r0"' }, 'r1'],
    ['a weak tag', { 'if-match': 'W/"r1"' }, 'r1'],
    ['no tag', { 'if-match': 'r1' }, 'r1'],
    ['nothing', { 'if-match': '' }, 'r1'],
    ['anything, where nothing is', { 'if-match': '*' }, undefined],
    ['a revision, where nothing is', { 'if-match': '"r1"' }, undefined],
    ['that nothing is there, where something is', { 'if-none-match': '*' }, 'r1'],
  ])('is refused where they want %s', (_, headers, revision) => {
    expect(code(headers as Record<string, string>, revision)).toBe('changed_meanwhile');
  });

  it('takes back the very tag that an answer had, and whatever else is sent is no tag of it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string(), (revision, text) => {
        expect(ifMatch(asked({ 'if-match': entityTag(revision).etag ?? '' }))).toEqual([revision]);
        if (text.trim() !== '*') expect(code({ 'if-match': text }, revision)).toBe('changed_meanwhile');
      }),
    );
  });
});
