import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { completionFor } from '../../cli/completion.ts';
import { program } from '../../cli/main.ts';

/** Sources the script in a real bash, and completes the last word as readline would. */
const IN_BASH = `
try() { COMP_WORDS=(tollgate "$@"); COMP_CWORD=$#; _tollgate; echo "\${COMPREPLY[*]}"; }
`;

let script: string;
beforeAll(async () => {
  script = completionFor('bash', await program());
});

const complete = (...words: string[]): string[] => {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync('bash', ['-c', `${script}${IN_BASH}try ${quoted}`], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim().split(' ').filter(Boolean);
};

describe('tollgate completion bash, sourced', () => {
  it.each([
    ['a group by its beginning', ['cl'], ['clients']],
    ['the verbs of a group', ['credentials', 'ro'], ['rotate']],
    ['the options of a verb', ['credentials', 'rotate', 'a1', '--ov'], ['--overlap']],
    ['those of the command itself, behind a verb', ['clients', 'list', '--stac'], ['--stack']],
    ['a verb behind an option', ['--local', 'clients', 'cre'], ['create']],
    ['the values of an option that has few', ['clients', 'create', '--kind', ''], ['service', 'user']],
    ['the shells', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['nothing for a value that can be anything', ['clients', 'create', '--name', ''], []],
  ])('completes %s', (_, words, expected) => {
    expect(complete(...words)).toEqual(expected);
  });

  it('completes files where an option takes one', () => {
    expect(complete('clients', 'create', '--jwks', 'package.j')).toEqual(['package.json']);
  });
});

describe.each(['zsh', 'fish'] as const)('tollgate completion %s', (shell) => {
  it('has every verb, and no quote that would end its own', async () => {
    const written = completionFor(shell, await program());
    expect(written).toContain('/credentials/rotate');
    for (const line of written.split('\n')) expect((line.match(/'/g) ?? []).length % 2).toBe(0);
  });
});
