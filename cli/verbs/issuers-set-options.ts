/** The options of `tollgate issuers set` that make up a mapping, as the operator writes them. */
import { usage } from '../issuers.ts';
import { readKeys } from '../key-file.ts';
import type { ByClaim, Wanted } from '../presets/record.ts';

export interface MappingOptions {
  param?: string[];
  match?: string[];
  client?: string;
  scope?: string[];
  role?: string[];
  scopesFrom?: string[];
  rolesFrom?: string[];
  subject?: string;
  tenant?: string;
  claim?: string[];
  tokenLifetime?: number;
  audience?: string[];
  jwks?: string;
  singleUse?: boolean;
}

/** @throws {CommandFailure} `usage`, where one of them cannot be read */
export function wantedOf(options: MappingOptions): Wanted {
  const { client, scope, role, subject, tenant, claim, tokenLifetime, audience, jwks, singleUse } = options;
  if (client === undefined) throw usage('It was not said in whose name tokens are issued.', 'Give --client.');
  const scopes_from = byClaim('--scopes-from', options.scopesFrom, (scopes) => scopes.join(' '));
  const roles_from = byClaim('--roles-from', options.rolesFrom, (roles) => roles);
  return {
    client_id: client,
    parameters: single('--param', options.param),
    match: grouped(pairs('--match', options.match)),
    ...(subject !== undefined && { subject }),
    ...(tenant !== undefined && { tenant }),
    ...(scope !== undefined && { scope: scope.join(' ') }),
    ...(role !== undefined && { roles: role }),
    ...(scopes_from !== undefined && { scopes_from }),
    ...(roles_from !== undefined && { roles_from }),
    ...(claim !== undefined && { claims: single('--claim', claim) }),
    ...(tokenLifetime !== undefined && { token_lifetime: tokenLifetime }),
    ...(audience !== undefined && { audiences: audience }),
    ...(jwks !== undefined && { jwks: { keys: readKeys(jwks) } }),
    ...(singleUse !== undefined && { singleUse }),
  };
}

/** `name=value`, at the first equals sign. */
const pairs = (option: string, texts: readonly string[] = []): [name: string, value: string][] =>
  texts.map((text) => {
    const [, name, value] = /^([^=]+)=([\s\S]+)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw usage(`${option} ${text} is no name=value.`, HELP);
    return [name, value];
  });

function single(option: string, texts?: readonly string[]): Record<string, string> {
  const named = pairs(option, texts);
  if (new Map(named).size < named.length) throw usage(`${option} names the same thing twice.`, HELP);
  return Object.fromEntries(named);
}

/** By way of a Map: a claim may be called like something that every object has. */
function grouped(named: readonly [string, string][]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of named) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(groups);
}

/** `claim:value=given`. A claim may be a URL, so the colon before `//` does not end it; values may have more colons. */
function byClaim<Given>(
  option: string,
  texts: readonly string[] | undefined,
  join: (given: string[]) => Given,
): ByClaim<Given> | undefined {
  if (texts === undefined) return undefined;
  const rules = texts.map((text) => {
    const [, claim = '', value = '', given = ''] = /^((?:[^:]|:\/\/)+):(.+)=([^=]+)$/s.exec(text) ?? [];
    if (claim === '') throw usage(`${option} ${text} is no claim:value=….`, HELP);
    return { claim, value, given };
  });
  const [claim = '', ...others] = new Set(rules.map((rule) => rule.claim));
  if (others.length > 0) throw usage(`${option} can look at one claim only.`, HELP);
  const values = Object.entries(grouped(rules.map(({ value, given }) => [value, given])));
  return { claim, values: Object.fromEntries(values.map(([value, given]) => [value, join(given)])) };
}

const HELP = 'See `npx tollgate issuers set --help`.';
