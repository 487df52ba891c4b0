import fc from 'fast-check';
import stringWidth from 'string-width';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Column, printTable } from '../../cli/table.ts';

interface Thing {
  id: string;
  name: string;
  calls: string;
}

const COLUMNS: Column<Thing>[] = [
  { head: 'Id', of: ({ id }) => id },
  { head: 'Name', of: ({ name }) => name, shrinks: true },
  { head: 'Nothing', of: () => undefined },
  { head: 'Calls', of: ({ calls }) => calls, align: 'right' },
];

/** @param screen how wide the terminal is; none where it is no terminal */
function printed(things: Thing[], screen?: number): string {
  let text = '';
  const { isTTY, columns } = process.stdout;
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  Object.assign(process.stdout, { isTTY: screen !== undefined, columns: screen });
  vi.stubEnv('NO_COLOR', '1');
  try {
    printTable(COLUMNS, things, 'There is none.');
  } finally {
    write.mockRestore();
    Object.assign(process.stdout, { isTTY, columns });
  }
  return text;
}

afterEach(() => void vi.unstubAllEnvs());

const long = { id: 'a1', name: 'A name that is far too long for a narrow terminal', calls: '12' };

describe('a table', () => {
  it('has a line for each thing, numbers at the right, and no column that says nothing', () => {
    expect(
      printed([
        { ...long, name: 'A' },
        { id: 'b22', name: 'Bc', calls: '3456' },
      ]),
    ).toBe(['  Id   Name  Calls', '  a1   A        12', '  b22  Bc     3456', ''].join('\n'));
  });

  it('is a sentence where there is nothing', () => {
    expect(printed([])).toBe('There is none.\n');
  });

  it('stands straight with characters that are two columns wide', () => {
    const lines = printed([
      { ...long, name: '日本語' },
      { ...long, name: 'abcdef' },
    ])
      .trimEnd()
      .split('\n');
    expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
  });

  it('cuts names where the terminal is too narrow, and never an id', () => {
    expect(printed([long], 40)).toContain('…');
    expect(
      printed([long], 40)
        .split('\n')
        .every((line) => stringWidth(line) <= 40),
    ).toBe(true);
    expect(printed([{ ...long, id: 'x'.repeat(20) }], 40)).toContain('x'.repeat(20));
  });

  it('is a block for each thing where the terminal is too narrow even so', () => {
    const id = 'x'.repeat(38);
    expect(
      printed(
        [
          { ...long, id, name: 'A' },
          { ...long, id },
        ],
        40,
      ),
    ).toBe(`  Id     ${id}\n  Name   A\n  Calls  12\n\n  Id     ${id}\n  Name   ${long.name}\n  Calls  12\n`);
  });

  it('has times to the second', () => {
    expect(printed([{ ...long, id: '2026-11-22T13:44:13.153Z' }])).toContain(
      '  2026-11-22T13:44:13Z  A name',
    );
  });

  it('gives all of it to what is no terminal', () => {
    expect(printed([long])).toContain(long.name);
  });

  it('is as many lines as there are things, whatever their names are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (names) => {
        const text = printed(names.map((name) => ({ ...long, name })));
        expect(text.split('\n')).toHaveLength(names.length + 2);
        expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
      }),
    );
  });
});
