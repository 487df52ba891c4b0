import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differences } from '../e2e/differences.ts';
import { explanations } from './explained.ts';
import type { Explanation } from './report.ts';

const PAGE = new URL('../../docs/emulator.md', import.meta.url);
const TABLE = /(<!-- differential:.*-->\n)[\s\S]*?(<!-- \/differential -->)/;

describe('docs/emulator.md', () => {
  it('has the table of explained.ts (npm test -- test/differential/documented.test.ts -u writes it)', async () => {
    const text = readFileSync(PAGE, 'utf8');
    expect(text).toMatch(TABLE);
    await expect(text.replace(TABLE, (_, begin, end) => `${begin}${table()}${end}`)).toMatchFileSnapshot(
      PAGE.pathname,
    );
  });

  it('names each difference once', () => {
    const ids = explanations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(differences)));
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});

const skips = (id: string): string => Object.entries(differences).find(([name]) => name === id)?.[1] ?? '';

const RIGHT: Readonly<Record<Explanation['right'], string>> = {
  local: 'the local gateway',
  deployed: 'the emulator',
  neither: 'not known',
};

const table = (): string =>
  [
    '| difference | who does as AWS does | why | not asserted end to end | |\n|---|---|---|---|---|\n',
    ...explanations.map(
      ({ id, right, why, source }) =>
        `| \`${id}\` | ${RIGHT[right]} | ${why} | ${skips(id)} | [source](${source}) |\n`,
    ),
  ].join('');
