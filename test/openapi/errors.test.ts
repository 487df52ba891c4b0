import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../lambdas/openapi/document.ts';
import { type Route, routes } from '../../lambdas/routes.ts';
import { codesIn } from '../support/error-codes.ts';

const { paths, components } = openApiDocument('https://api.example.org');
const folders = [...new Set(routes.map((route) => route.function))];
const found = await codesIn(folders);

/** The guard's answer to who lacks a scope, or asks for what is somebody else's: only routes with such a rule have it. */
const OF_RULES = ['insufficient_scope', 'not_the_owner'];

/** Stands in the log alone: the answer is `server_error` or `internal_error`. */
const LOGGED = ['sums_disagree'];

describe('every error of a function is in the document', () => {
  it.each(folders)('%s', (folder) => {
    const said = wordsOf(routes.filter((route) => route.function === folder));
    const codes = [...(found.get(folder)?.codes ?? [])];
    expect(codes.filter((code) => ![...OF_RULES, ...LOGGED].includes(code) && !said.has(code))).toEqual([]);
  });

  it('and where there is no such code, none is said', () => {
    const invented = folders.flatMap((folder) => {
      const { codes = new Set<string>(), prefixes = new Set<string>() } = found.get(folder) ?? {};
      const isMade = (code: string) =>
        code.endsWith('_unavailable') || [...prefixes].some((prefix) => code.startsWith(prefix));
      return enumeratedIn(routes.filter((route) => route.function === folder))
        .filter((code) => !codes.has(code) && !isMade(code))
        .map((code) => `${folder}: ${code}`);
    });
    expect(invented).toEqual([]);
  });
});

const operationsOf = (of: readonly Route[]) =>
  of.map(({ key }) => {
    const [method = '', path = ''] = key.split(' ');
    return paths[path]?.[method.toLowerCase()];
  });

/** Every word in what is said of these routes, and in the schemas that it refers to. */
function wordsOf(of: readonly Route[]): ReadonlySet<string> {
  const text = JSON.stringify(operationsOf(of));
  const { schemas } = components as { schemas: Record<string, object> };
  const referred = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => schemas[name]);
  return new Set((text + JSON.stringify(referred)).match(/[a-z]+(?:_[a-z]+)+/g));
}

/** The codes that stand in the schemas of these routes' errors. */
function enumeratedIn(of: readonly Route[]): string[] {
  const codes = new Set<string>();
  for (const operation of operationsOf(of)) {
    for (const [status, response] of Object.entries(operation?.responses ?? {})) {
      if (Number(status) < 400) continue;
      JSON.stringify(response, (name, value) => {
        if (name === 'enum') for (const code of value) codes.add(code);
        return value;
      });
    }
  }
  return [...codes];
}
