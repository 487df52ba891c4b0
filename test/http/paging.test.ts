import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, linkTo, parsePageQuery, positionIn } from '../../lambdas/http/paging.ts';
import { requestEvent } from '../support/event.ts';

const query = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 });

describe('a cursor', () => {
  it('says where the next page begins, in letters that a query can hold', () => {
    fc.assert(
      fc.property(query, fc.jsonValue(), (of, position) => {
        const cursor = formatCursor(of, position);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(positionIn(cursor, of)).toEqual(JSON.parse(JSON.stringify(position)));
      }),
    );
  });

  it('is good for no other query', () => {
    fc.assert(
      fc.property(query, query, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(positionIn(formatCursor(one, 'here'), other)).toBeUndefined();
      }),
    );
  });

  it('is nothing that somebody made up', () => {
    const encoded = (text: string) => Buffer.from(text).toString('base64url');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map(encoded), fc.json().map(encoded)), (text) => {
        expect(positionIn(text, ['a'])).toBeUndefined();
      }),
    );
  });
});

describe('the query of a page', () => {
  const limits = { usual: 20, most: 100 };
  const parse = (given: Record<string, string>) =>
    parsePageQuery(requestEvent('GET /list', { query: given }), ['sub'], limits);

  it('has the usual limit where none is asked for, and the parameters that there are', () => {
    expect(parsePageQuery(requestEvent('GET /list'), [], limits)).toEqual({
      ok: true,
      value: { limit: 20, given: {} },
    });
    expect(parse({ sub: 'a b', limit: '100', cursor: 'abc' })).toEqual({
      ok: true,
      value: { limit: 100, cursor: 'abc', given: { sub: 'a b' } },
    });
  });

  it.each(['', '0', '-1', '01', '1.5', '101', '1e1', '9'.repeat(400), '１', '5,5'])(
    'has no limit %j',
    (limit) => {
      expect(parse({ limit })).toMatchObject({ ok: false, failure: { statusCode: 400 } });
    },
  );

  it('has no parameter that is not known, by whatever name', () => {
    for (const name of ['__proto__', 'constructor', 'Limit', '']) {
      expect(parse({ ...JSON.parse(`{${JSON.stringify(name)}: "1"}`) })).toMatchObject({ ok: false });
    }
  });

  it('is in the link to the next page', () => {
    const page = { limit: 5, given: { sub: 'a b&c' } };
    expect(linkTo(page, 'next')).toEqual({ link: '<?limit=5&cursor=next&sub=a+b%26c>; rel="next"' });
    expect(linkTo(page, undefined)).toEqual({});
  });
});
