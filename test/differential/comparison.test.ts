/** The comparison itself: what it sends, what it takes for a difference, and what makes it fail. */
import { describe, expect, it } from 'vitest';
import { routes } from '../../lambdas/routes.ts';
import { type Comparable, comparable, type Difference, differencesOf } from './compare.ts';
import { explanations, explanationsFor } from './explained.ts';
import { scenariosOf } from './generate.ts';
import { credentials } from './material.ts';
import { ambiguous, type Explanation, staleOf, unexplained } from './report.ts';
import { type AbstractRequest, describeRequest, fill } from './request.ts';
import type { Target } from './target.ts';

const request: AbstractRequest = {
  name: 'a request',
  method: 'GET',
  path: '/protected-resource',
  headers: [],
};
const answer = (change: Partial<Comparable> = {}): Comparable => ({
  status: 200,
  headers: {},
  body: '',
  ...change,
});

describe('the requests', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(scenariosOf(1)).toEqual(scenariosOf(1));
    expect(scenariosOf(1)).not.toEqual(scenariosOf(2));
  });

  it('try every route with every kind of credential', () => {
    const names = new Set(scenariosOf(1).flatMap((scenario) => scenario.map(({ name }) => name)));
    for (const { key } of routes)
      for (const { name } of credentials) expect(names).toContain(`${key} ${name}`);
  });

  it('are data, with placeholders for what is secret', () => {
    expect(fill('Bearer {{token.reader}}', { 'token.reader': 'x' })).toBe('Bearer x');
    expect(() => fill('{{token.reader}}', {})).toThrow('{{token.reader}}');
    const described = describeRequest({ ...request, headers: [['authorization', '{{token.reader}}']] });
    expect(described).toBe('a request: GET /protected-resource [authorization: {{token.reader}}]');
  });
});

describe('a difference', () => {
  const part = (local: Comparable, deployed: Comparable, sent = request) =>
    differencesOf(sent, local, deployed).map((difference) => difference.part);

  it('is another status, and then nothing else of the answer', () => {
    expect(part(answer(), answer({ status: 401, body: 'x' }))).toEqual(['status']);
  });

  it('is another body, and each other header that clients depend on', () => {
    const headers = { 'cache-control': 'no-store', 'retry-after': '1' };
    expect(part(answer({ headers }), answer({ body: 'x' }))).toEqual([
      'body',
      'cache-control',
      'retry-after',
    ]);
    expect(part(answer({ body: 'x' }), answer(), { ...request, method: 'HEAD' })).toEqual([]);
  });

  it('is none where only ids, tokens, times, addresses or the spelling of JSON differ', () => {
    const seen = (origin: string, run: string, body: string) =>
      comparable(request, { status: 200, headers: { date: run }, body }, target(origin, run));
    const one =
      '{"iss":"http://a.example/p","jti":"019aa000-0000-7000-8000-000000000001","exp":1,"n":"left-1"}';
    const other =
      '{"iss": "http://b.example/q", "jti": "019aa000-0000-7000-8000-00000000000f", "exp": 2, "n": "x"}';
    expect(seen('http://a.example/p', 'left', one)).toEqual(seen('http://b.example/q', 'right', other));
  });
});

describe('an explanation', () => {
  const difference: Difference = {
    request,
    part: 'status',
    local: answer(),
    deployed: answer({ status: 500 }),
  };
  const entry = (id: string, explains: boolean): Explanation => ({
    ...{ id, right: 'local', source: 'https://example.com', why: 'because' },
    explains: () => explains,
  });

  it('is missing for a difference: both answers are shown', () => {
    expect(unexplained([difference], [entry('other', false)])).toEqual([
      expect.stringMatching(
        /^status of a request: GET .*\n +local +\{"status":200.*\n +deployed \{"status":500/,
      ),
    ]);
    expect(unexplained([difference], [entry('this', true)])).toEqual([]);
  });

  it('is one too many', () => {
    expect(ambiguous([difference], [entry('one', true), entry('two', true)])).toEqual([
      expect.stringMatching(/^one, two: status of a request/),
    ]);
  });

  it('is stale once nothing differs for it', () => {
    expect(staleOf([difference], [entry('this', true), entry('gone', false)])).toEqual(['gone']);
  });

  it('is of an emulator: AWS needs none', () => {
    expect(explanationsFor('https://abc.execute-api.eu-west-1.amazonaws.com')).toEqual([]);
    expect(explanationsFor('http://localhost:4566/_aws/execute-api/abcd1234/$default')).toBe(explanations);
  });

  it('explains no handler that runs here and is refused there, nor the other way round', () => {
    const refused = answer({ status: 401, body: '{"message":"Unauthorized"}' });
    const admitted = answer({ status: 200, body: '{"sub":"reader"}' });
    const both = [
      differencesOf(request, admitted, refused),
      differencesOf(request, refused, admitted),
    ].flat();
    expect(unexplained(both, explanations)).toHaveLength(2);
  });
});

const target = (origin: string, run: string): Target => ({
  base: new URL(origin),
  secrets: { run },
  operator: { accessKeyId: '', secretAccessKey: '', region: '' },
});
