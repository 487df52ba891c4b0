/**
 * What a deployment may configure, read once from the CDK context (`cdk.json` or `-c key=value`). The command
 * line hands over strings, `cdk.json` also numbers and lists: both are understood.
 */
import type { Node } from 'constructs';
import * as z from 'zod';
import { EXPORT_TARGETS, type ExportTarget, parseExportTarget } from './export-target.ts';

export interface Config {
  /** Name of the deployment. `prod` keeps its data when the stack goes. */
  stage: string;
  /** The `iss` of every token; by default the API's own address. */
  issuer?: string | undefined;
  /** The `aud` of every token. */
  audience: string;
  /** Seconds. */
  tokenLifetime: number;
  /** Origins that browsers may call from, by default all: tokens are sent by scripts, never by browsers themselves. */
  allowedOrigins: string[];
  /** Days that a key signs. */
  keyRotationDays: number;
  /** Days that usage records are kept. */
  usageRetentionDays: number;
  /** Who is told of alarms. */
  alarmEmail?: string | undefined;
  /** Tags for the API alone, on top of the stack's. */
  apiTags: Record<string, string>;
  /** Where the ledger's records are shipped to as well; nowhere by default. */
  exportTo?: ExportTarget | undefined;
}

const integer = (from: number, to: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(from).max(to));

const commaSeparated = z.union([
  z.array(z.string()),
  z.string().transform((list) => (list === '' ? [] : list.split(',').map((part) => part.trim()))),
]);

const jsonObject = z.union([z.record(z.string(), z.string()), z.string().transform(parseJson)]);

const settings = {
  stage: {
    shape: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,19}$/)
      .default('dev'),
    expected: 'a lower-case name of at most 20 letters, digits and hyphens',
  },
  issuer: {
    shape: z.string().refine(isIssuer).optional(),
    expected:
      'an https URL without query, fragment, credentials and trailing slash (http for a loopback host only)',
  },
  audience: {
    shape: z
      .string()
      .regex(/^[\x21-\x2B\x2D-\x7E]{1,256}$/)
      .default('tollgate'),
    expected: 'one name or URI without spaces and commas',
  },
  tokenLifetime: { shape: integer(60, 86_400).default(900), expected: 'seconds, from 60 to 86400' },
  allowedOrigins: {
    shape: commaSeparated.pipe(z.array(z.string().refine(isOrigin))).default(['*']),
    expected: 'a list, or comma-separated: origins such as https://app.example.com, or *',
  },
  keyRotationDays: { shape: integer(1, 365).default(30), expected: 'days, from 1 to 365' },
  usageRetentionDays: { shape: integer(1, 3650).default(90), expected: 'days, from 1 to 3650' },
  alarmEmail: { shape: z.email().optional(), expected: 'an e-mail address' },
  apiTags: {
    shape: jsonObject.pipe(z.record(z.string().min(1), z.string())).default({}),
    expected: 'a JSON object of strings, such as {"team":"payments"}',
  },
  exportTo: { shape: z.string().transform(exportTarget).optional(), expected: EXPORT_TARGETS },
} satisfies { [Key in keyof Config]: { shape: z.ZodType<Config[Key]>; expected: string } };

/** The context keys, in the order in which they are documented. */
export const configKeys = Object.keys(settings) as (keyof Config)[];

/**
 * Reads the configuration.
 *
 * @param context where the values come from, such as `(key) => app.node.tryGetContext(key)`
 * @throws Error that names every mistake: the key, what was given and what is expected
 */
export function readConfig(context: (key: string) => unknown): Config {
  const mistakes: string[] = [];
  const entries = configKeys.map((key) => {
    const { shape, expected } = settings[key];
    const given = context(key) ?? undefined;
    const parsed = shape.safeParse(given);
    if (!parsed.success) mistakes.push(`  ${key}: given ${JSON.stringify(given)}, expected ${expected}`);
    return [key, parsed.data];
  });
  if (mistakes.length > 0) throw new Error(`configuration (CDK context):\n${mistakes.join('\n')}`);
  return Object.fromEntries(entries) as Config;
}

function exportTarget(text: string, context: z.RefinementCtx): ExportTarget {
  const target = parseExportTarget(text);
  if (target !== undefined) return target;
  context.addIssue({ code: 'custom', message: 'no target' });
  return z.NEVER;
}

/** @returns the configuration of an app, or of a construct's place in one. */
export const configOf = (node: Node): Config => readConfig((key) => node.tryGetContext(key));

/** @returns whether a text can be the `iss` of tokens and the address of the discovery document. */
export function isIssuer(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && isWebAddress(url) && !/[?#\s]|\/$/.test(text);
}

function isOrigin(text: string): boolean {
  const url = parseUrl(text);
  return text === '*' || (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text);
}

function isWebAddress(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  const loopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
