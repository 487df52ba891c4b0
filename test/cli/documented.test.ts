/** Every `npx tollgate …` of the documentation is a command that there is, with options that it takes. Nothing is run. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../cli/main.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pagesIn = (folder: string): string[] =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`);
const pages = ['README.md', ...pagesIn('docs'), ...pagesIn('examples')].sort();

interface Line {
  page: string;
  command: string;
}

const lines: Line[] = [];
const named: Line[] = [];
for (const page of pages) {
  const text = readFileSync(`${root}${page}`, 'utf8');
  const blocks = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block);
  for (const line of blocks.flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n'))) {
    for (const [, command = ''] of line.matchAll(/\bnpx tollgate ([^\n]*)/g)) lines.push({ page, command });
  }
  // In a sentence a command may be named without all that it takes.
  const prose = text.replace(/^ *```\w*\n[\s\S]*?^ *```/gm, '');
  for (const [, command = ''] of prose.matchAll(/`(?:npx )?tollgate ([a-z][^`]*)`/g))
    named.push({ page, command: command.replace(/\s+/g, ' ') });
}

describe('the documentation', () => {
  let tollgate: Command;
  beforeAll(async () => {
    tollgate = await program();
    for (const command of all(tollgate)) {
      command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
      if (command.commands.length === 0) command.action(() => undefined);
    }
  });

  it('has commands', () => {
    expect(lines.length).toBeGreaterThan(20);
    expect(named.length).toBeGreaterThan(5);
  });

  it('has only commands that can be given as they stand there', async () => {
    const wrong: string[] = [];
    for (const { page, command } of lines) {
      await tollgate.parseAsync(wordsOf(command), { from: 'user' }).catch((error: unknown) => {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0 || isPlaceholder.test(error.message)) return;
        wrong.push(`${page}: tollgate ${command}: ${error.message}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  it('names no command that there is not', () => {
    const wrong = named.filter(({ command }) => !isThere(tollgate, wordsOf(command)));
    expect(wrong).toEqual([]);
  });
});

/** What stands for a value is none; that there is such an option has been seen by then. */
const isPlaceholder = /argument '([^']*…[^']*|THE_\w+)' is invalid/;

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

/** The verbs have to be there, and of what follows each option. */
function isThere(tollgate: Command, words: readonly string[]): boolean {
  let command = tollgate;
  for (const word of words) {
    if (word.startsWith('-')) {
      const known = [...command.options, ...tollgate.options].some(
        ({ long, short }) => word.split('=')[0] === long || word === short,
      );
      if (!known && !/^--?(help|h|version)$/.test(word)) return false;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined && command.commands.length > 0) return false;
    command = next ?? command;
  }
  return true;
}

/** The words of a shell's line, up to where the command ends. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [part, double, single, plain] of line
    .replace(/<[\w-]+>/g, '…')
    .matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'|<>;)#&][^\s"'|<>;)]*)|\s+|./g)) {
    if (/^[|<>;)#&]/.test(part)) break;
    const word = double ?? single ?? plain;
    if (word !== undefined) words.push(word);
  }
  return words;
}
