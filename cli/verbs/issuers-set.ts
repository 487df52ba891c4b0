/** `tollgate issuers set`: trusts an issuer, by a preset or a whole record (`PUT /admin/issuers`). */
import { type Command, Option } from 'commander';
import { printable } from '../failure.ts';
import { getIssuers, putIssuer, rowsOf, usage } from '../issuers.ts';
import { refusePrivate } from '../key-file.ts';
import { collect, duration, readJson } from '../options.ts';
import { printJson, printReport, type Report } from '../output.ts';
import { presetNames, presetOf } from '../presets/index.ts';
import { type IssuerRecord, recordOf, warningsOf } from '../presets/record.ts';
import { findTarget, sameTarget, type Target, type TargetOptions } from '../target.ts';
import { type MappingOptions, wantedOf } from './issuers-set-options.ts';

/** Adds the verb to `tollgate issuers`. */
export function addIssuersSet(issuers: Command): void {
  issuers
    .command('set')
    .description(
      'trust an issuer, or change how; what was said of it before is replaced, unless --append is given',
    )
    .addOption(new Option('--preset <name>', 'what is known of a provider').choices(presetNames))
    .option('--param <name=value>', 'a parameter of the preset; repeatable', collect)
    .option('--match <claim=pattern>', 'what a token has to say; repeatable', collect)
    .option('--client <client-id>', 'the client in whose name tokens are issued')
    .option('--scope <scope>', 'a scope that they get; repeatable', collect)
    .option('--role <role>', 'a role that they get; repeatable', collect)
    .option('--scopes-from <claim:value=scope>', 'a scope for a value of a claim; repeatable', collect)
    .option('--roles-from <claim:value=role>', 'a role for a value of a claim; repeatable', collect)
    .option('--subject <template>', "the template of sub; by default the preset's")
    .option('--tenant <template>', 'the template of the tenant')
    .option('--claim <name=template>', 'a further claim; repeatable', collect)
    .option('--token-lifetime <duration>', 'how long the new tokens live at most: 900s, 15m, 1h', duration)
    .option(
      '--audience <audience>',
      "an aud to accept; repeatable; by default this deployment's issuer",
      collect,
    )
    .option('--jwks <file>', 'the public keys, where they cannot be fetched: JWK Set, JWK or PEM')
    .option('--single-use', 'each token counts once, by its jti')
    .option('--no-single-use', 'a token may be handed over again')
    .option('--append', 'keep what there is, and add the mapping and audiences to it')
    .option('--file <file>', 'the whole record as JSON, instead of all of the above; - is the standard input')
    .option('--json', "print the server's answer as JSON, and nothing else")
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => set(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
The first mapping that matches decides. Patterns: * is anything without / and :, ** is anything.
A claim within a claim is named by a JSON Pointer, such as /kubernetes.io/namespace.

Examples:
  $ npx tollgate issuers set --local --preset github-actions --match repository_id=1296269 \\
      --match ref=refs/heads/main --match event_name=push --client ci --scope read:products
  $ npx tollgate issuers set --stack Tollgate-dev --file issuer.json`;

interface Options extends TargetOptions, MappingOptions {
  preset?: string;
  append?: boolean;
  file?: string;
  json?: boolean;
}

async function set(options: Options): Promise<void> {
  const { record, warnings } = recordFrom(options);
  const target = await findTarget(options);
  const put = options.append ? await appended(target, record as IssuerRecord) : { content: record };
  const { issuer, isNew } = await putIssuer(target, put);
  if (options.json) return printJson(issuer);
  printReport({
    title: isNew ? 'The issuer is trusted.' : `The issuer was trusted before; ${nowOf(options)}.`,
    rows: rowsOf(issuer),
    notes: [...(issuer.warnings ?? []).map((warning) => `Look at ${printable(warning)}.`), ...warnings],
    next: nextOf(options),
  });
}

function recordFrom(options: Options): { record: unknown; warnings: string[] } {
  if (options.file !== undefined) return { record: wholeRecord(options.file, options), warnings: [] };
  const preset = presetOf(options.preset ?? '');
  if (preset === undefined) throw usage('It was not said which issuer.', 'Give --preset, or --file.');
  const wanted = wantedOf(options);
  return {
    record: recordOf(preset, wanted),
    warnings: [...warningsOf(preset, wanted), ...GRANTS[preset.tokens]],
  };
}

/** What else may be said beside the whole record: to whom, and how the answer is shown. */
const BESIDE_A_RECORD = new Set(['file', 'local', 'stack', 'region', 'json']);

function wholeRecord(file: string, options: Options): unknown {
  const others = Object.keys(options).filter((name) => !BESIDE_A_RECORD.has(name));
  if (others.length > 0) {
    throw usage('--file is the whole record.', 'Say everything there, and give --file alone.');
  }
  const record = readJson(file);
  refusePrivate(file, (record as { jwks?: { keys?: unknown } } | null)?.jwks?.keys);
  return record;
}

const nowOf = ({ append }: Options): string =>
  append ? 'this is how it is now' : 'what was said of it is replaced by this';

const BEARER = 'A workload hands its own token over: its client needs the grant jwt-bearer.';
const EXCHANGE = "A person's token is exchanged: its client needs the grant token-exchange, and that alone.";
const GRANTS = { workloads: [BEARER], people: [EXCHANGE], both: [BEARER, EXCHANGE] } as const;

/** Of two operators who append at the same moment one is refused: neither takes away what the other has added. */
async function appended(target: Target, record: IssuerRecord): Promise<Parameters<typeof putIssuer>[1]> {
  const before = (await getIssuers(target)).find(({ issuer }) => issuer === record.issuer);
  if (before === undefined) return { content: record, ifAbsent: true };
  const { etag: ifMatch, ...kept } = before;
  const audiences = [...new Set([...kept.audiences, ...(record.audiences ?? [])])];
  return { content: { ...kept, audiences, mappings: [...kept.mappings, ...record.mappings] }, ifMatch };
}

function nextOf(options: Options): Report['next'] {
  const page = presetOf(options.preset ?? '')?.page;
  const all = 'See all that are trusted';
  return {
    does: page === undefined ? all : `docs/issuers/${page} shows the call. ${all}`,
    command: `npx tollgate issuers list ${sameTarget(options)}`,
  };
}
