/** From a preset and what an operator wants of it to the record that `PUT /admin/issuers` takes. */
import { CommandFailure, EXIT } from '../failure.ts';
import type { PinSet, Preset } from './preset.ts';

/** Which of an issuer's tokens are meant, and what they become. */
export interface MappingRecord {
  match: Record<string, string | string[]>;
  client_id: string;
  subject: string;
  tenant?: string;
  scope?: string;
  roles?: string[];
  scopes_from?: ByClaim<string>;
  roles_from?: ByClaim<string[]>;
  claims?: Record<string, string>;
  token_lifetime?: number;
}

export interface ByClaim<Given> {
  claim: string;
  values: Record<string, Given>;
}

/** What the operator decides. What is absent or empty is not in the record. */
export interface Wanted extends Omit<MappingRecord, 'match' | 'subject'> {
  parameters: Readonly<Record<string, string>>;
  match: Readonly<Record<string, readonly string[]>>;
  subject?: string;
  audiences?: readonly string[];
  jwks?: unknown;
  singleUse?: boolean;
}

export interface IssuerRecord {
  issuer: string;
  jwks_uri?: string;
  jwks?: unknown;
  algorithms: readonly string[];
  audiences?: readonly string[];
  single_use: boolean;
  mappings: MappingRecord[];
}

/** @throws {CommandFailure} `usage`, where a parameter is missing or wrong, or a stranger's token would match */
export function recordOf(preset: Preset, wanted: Wanted): IssuerRecord {
  const fill = filler(preset, wanted.parameters);
  const { jwks, audiences = [] } = wanted;
  return {
    issuer: fill(preset.issuer),
    ...(jwks === undefined && preset.jwksUri !== undefined && { jwks_uri: fill(preset.jwksUri) }),
    ...(jwks !== undefined && { jwks }),
    algorithms: preset.algorithms,
    ...(audiences.length > 0 && { audiences }),
    single_use: wanted.singleUse ?? preset.singleUse,
    mappings: [mappingOf(preset, wanted, fill)],
  };
}

/** @returns what the operator should know of what was asked for. */
export function warningsOf({ warnings }: Preset, { match }: Wanted): string[] {
  const matched = (claims: readonly string[]) => claims.some((claim) => Object.hasOwn(match, claim));
  return warnings
    .filter(
      ({ matching, without = [] }) => (matching === undefined || matched(matching)) && !matched(without),
    )
    .map(({ says }) => says);
}

function filler(preset: Preset, given: Wanted['parameters']): (template: string) => string {
  const unknown = Object.keys(given).find((name) => preset.parameters[name] === undefined);
  if (unknown !== undefined) throw usage(preset, `has no parameter ${unknown}`);
  const values = Object.entries(preset.parameters).map(([name, parameter]) => {
    const value = given[name] ?? parameter.default;
    if (value === undefined) throw usage(preset, `needs --param ${name}=…: ${parameter.is}`);
    if (!parameter.like.test(value)) throw usage(preset, `cannot use this ${name}; it is ${parameter.is}`);
    return [name, value] as const;
  });
  const byName = new Map(values);
  return (template) => template.replace(/\{([a-z]+)\}/g, (whole, name) => byName.get(name) ?? whole);
}

function mappingOf(preset: Preset, wanted: Wanted, fill: (template: string) => string): MappingRecord {
  const { client_id, tenant, scope, roles, scopes_from, roles_from, claims, token_lifetime } = wanted;
  const own = Object.entries(preset.match).map(([claim, pattern]) => [claim, fill(pattern)] as const);
  const taken = own.find(([claim]) => wanted.match[claim] !== undefined);
  if (taken !== undefined) throw usage(preset, `matches ${taken[0]} itself: ${taken[1]}`);
  if (!preset.pins.some((set) => isPinned(set, wanted.match))) throw unpinned(preset);
  const asked = Object.entries(wanted.match).map(
    ([claim, patterns]) => [claim, patterns.length === 1 ? (patterns[0] ?? '') : [...patterns]] as const,
  );
  return {
    match: Object.fromEntries([...own, ...asked]),
    client_id,
    subject: wanted.subject ?? preset.subject,
    ...(tenant !== undefined && { tenant }),
    ...(scope !== undefined && { scope }),
    ...(roles !== undefined && { roles }),
    ...(scopes_from !== undefined && { scopes_from }),
    ...(roles_from !== undefined && { roles_from }),
    ...(claims !== undefined && { claims }),
    ...(token_lifetime !== undefined && { token_lifetime }),
  };
}

const isPinned = (set: PinSet, match: Wanted['match']): boolean =>
  Object.entries(set).every(([claim, like]) => match[claim]?.every((pattern) => like.test(pattern)) ?? false);

function unpinned({ name, title, pins }: Preset): CommandFailure {
  const sets = pins.map((set) => Object.keys(set).join(' and '));
  return new CommandFailure(
    EXIT.usage,
    `Tokens of strangers at ${title} would match too: the preset ${name} insists on ${sets.join(', or ')}.`,
    'Give --match for it, with a value and not a wildcard; --file takes any record.',
  );
}

const usage = ({ name }: Preset, what: string) =>
  new CommandFailure(EXIT.usage, `The preset ${name} ${what}.`, 'See `npx tollgate issuers presets`.');
