/** `tollgate issuers presets`: what is known of which provider, without asking anybody. */
import type { Command } from 'commander';
import { printJson, printTables } from '../output.ts';
import { presets } from '../presets/index.ts';
import type { Preset } from '../presets/preset.ts';

/** Adds the verb to `tollgate issuers`. */
export function addIssuersPresets(issuers: Command): void {
  issuers
    .command('presets')
    .description('the providers of which something is known: their parameters, and what has to be matched')
    .option('--json', 'print the names as JSON, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((options: { json?: boolean }) => {
      if (options.json) printJson({ presets: presets.map(({ name, title }) => ({ name, title })) });
      else printTables(presets.map(rowsOf), '');
    });
}

const EXAMPLES = `
Examples:
  $ npx tollgate issuers presets
  $ npx tollgate issuers presets --json`;

const rowsOf = (preset: Preset): [name: string, value: string | undefined][] => [
  [preset.name, preset.title],
  ['  issuer', /^{.*}$/.test(preset.issuer) ? undefined : preset.issuer],
  ...Object.entries(preset.parameters).map(([name, parameter]): [string, string] => [
    `  --param ${name}`,
    parameter.default === undefined ? parameter.is : `${parameter.is}; by default ${parameter.default}`,
  ]),
  ['  --match', preset.pins.map((set) => Object.keys(set).join(' and ')).join(', or ')],
  ['  sub', preset.subject],
  ['  page', `docs/issuers/${preset.page}`],
];
