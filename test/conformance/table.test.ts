/** The table that leads from the clauses to the tests cannot rot: whatever it names has to be there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const HERE = import.meta.dirname;
const RFCS = [6749, 6750, 7009, 7521, 7523, 7662, 8414, 8693, 8725, 9068, 9700];

interface Row {
  clause: string;
  level: string;
  asks: string;
  shown: string;
}

interface Reference {
  /** Of the test file, from this folder. */
  path: string;
  title: string;
}

const sections = new Map(
  readFileSync(join(HERE, 'README.md'), 'utf8')
    .split(/^## /m)
    .flatMap((text) => {
      const rfc = /^RFC (\d+):/.exec(text)?.[1];
      return rfc === undefined ? [] : [[Number(rfc), rowsOf(text)] as const];
    }),
);

function rowsOf(section: string): Row[] {
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    const [clause = '', level = '', asks = '', shown = ''] = cells.map((cell) => cell.trim());
    return { clause, level, asks, shown: cells.length === 4 ? shown : '' };
  });
}

/** Links to test files with a title behind each: `[name](path) ` and the title in backticks. */
const referencesOf = ({ shown }: Row): Reference[] =>
  [...shown.matchAll(/\[[^\]]+\]\(([^)]+)\) `([^`]+)`/g)].map(([, path = '', title = '']) => ({
    path,
    title: title.replaceAll('\\|', '|'),
  }));

const sources = new Map<string, string>();

function sourceOf(path: string): string {
  const file = resolve(HERE, path);
  const source = sources.get(file) ?? (existsSync(file) ? readFileSync(file, 'utf8') : '');
  sources.set(file, source);
  return source;
}

/** A title stands in the source as a string of its own, in whichever quotes. */
const isThere = ({ path, title }: Reference): boolean => {
  const source = sourceOf(path);
  return ["'", '"', '`'].some((quote) => source.includes(quote + title + quote));
};

describe('the table of clauses', () => {
  it('has a section for each RFC', () => {
    expect([...sections.keys()].sort((a, b) => a - b)).toEqual(RFCS);
  });

  it.each(RFCS)(
    'RFC %s: each row has a clause, a level, what it asks, and a test or the reason why not',
    (rfc) => {
      const rows = sections.get(rfc) ?? [];
      expect(rows.length).toBeGreaterThan(3);
      for (const row of rows) {
        expect(row, JSON.stringify(row)).toEqual({
          clause: expect.stringMatching(/^(§\d+(\.\d+)*|Appendix [A-Z](\.\d+)*)([,–-] ?§?\d+(\.\d+)*)*$/),
          level: expect.stringMatching(/^(MUST|MUST NOT|SHOULD|SHOULD NOT|MAY|REQUIRED|OPTIONAL|—)$/),
          asks: expect.stringMatching(/.{5}/),
          shown: expect.stringMatching(/^\[|^not done: .{5}|^not applicable: .{5}/),
        });
      }
    },
  );

  it.each(RFCS)('RFC %s: each test that a row names is there', (rfc) => {
    const missing = (sections.get(rfc) ?? [])
      .flatMap(referencesOf)
      .filter((reference) => !isThere(reference));
    expect(missing).toEqual([]);
  });

  it.each(RFCS)('RFC %s: each row that begins with a link names a test', (rfc) => {
    const rows = (sections.get(rfc) ?? []).filter(({ shown }) => shown.startsWith('['));
    const linked = (shown: string) => shown.match(/\]\(/g)?.length ?? 0;
    const broken = rows.filter((row) => referencesOf(row).length !== linked(row.shown));
    expect(broken).toEqual([]);
  });

  it.each(RFCS)('RFC %s: no clause is asked for the same twice', (rfc) => {
    const keys = (sections.get(rfc) ?? []).map(({ clause, asks }) => `${clause} ${asks}`);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it('leads to every file of tests beside it', () => {
    const named = new Set(
      [...sections.values()]
        .flat()
        .flatMap(referencesOf)
        .map(({ path }) => resolve(HERE, path)),
    );
    const files = readdirSync(HERE).filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts');
    expect(files.filter((name) => !named.has(join(HERE, name)))).toEqual([]);
    expect([...named].map((file) => relative(HERE, file)).every((path) => path.endsWith('.test.ts'))).toBe(
      true,
    );
  });
});
