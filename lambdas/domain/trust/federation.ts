/** What a token of a trusted issuer amounts to here. The first mapping that matches decides; none, and it is nothing. */
import { checkClaims } from '../claims.ts';
import { fail, ok, type Result } from '../result.ts';
import { isSecretValue } from '../secret-looking.ts';
import { TENANT } from '../tenant.ts';
import { matchesPattern } from './claim-pattern.ts';
import { claimTexts } from './claim-reference.ts';
import { fillIdentity, fillTemplate } from './claim-template.ts';
import type { ByClaim, Federated, ForeignToken, Mapping } from './trusted-issuer.ts';

/** UTF-16 code units; OpenID Connect Core §2 gives `sub` no more. */
const MAX_SUBJECT = 255;

/** What shows what it is: nothing that controls or reorders the text around it, no halves of characters. */
const SUBJECT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u;

/**
 * @returns what the token may become, or a sentence for the log that quotes none of its values; mappings are counted
 *   from 1, as operators are shown them
 */
export function federate({ issuer, claims }: ForeignToken): Result<Federated, string> {
  const at = issuer.mappings.findIndex(({ match }) => matches(match, claims));
  const mapping = issuer.mappings[at];
  if (mapping === undefined) return fail('no mapping of the issuer matches the token');
  const federated = apply(mapping, claims);
  return federated.ok ? federated : fail(`mapping ${at + 1}: ${federated.failure}`);
}

type Claims = ForeignToken['claims'];

const matches = (match: Mapping['match'], claims: Claims): boolean =>
  Object.entries(match).every(([reference, patterns]) =>
    claimTexts(claims, reference).some((text) => patterns.some((pattern) => matchesPattern(pattern, text))),
  );

function apply(mapping: Mapping, claims: Claims): Result<Federated, string> {
  const sub = identity('subject', mapping.subject, claims, isSubject);
  if (!sub.ok) return sub;
  const tenant =
    mapping.tenant === undefined ? undefined : identity('tenant', mapping.tenant, claims, isTenant);
  if (tenant?.ok === false) return tenant;
  const attributes = attributesOf(mapping.claims, claims);
  if (!attributes.ok) return attributes;
  return ok({
    clientId: mapping.clientId,
    sub: sub.value,
    ...(tenant !== undefined && { tenant: tenant.value }),
    scopes: [...new Set([...mapping.scopes, ...given(mapping.scopesFrom, claims)])],
    roles: [...new Set([...mapping.roles, ...given(mapping.rolesFrom, claims)])],
    claims: attributes.value,
    ...(mapping.tokenLifetime !== undefined && { tokenLifetime: mapping.tokenLifetime }),
  });
}

const isSubject = (text: string): boolean =>
  text.length <= MAX_SUBJECT && SUBJECT.test(text) && !isSecretValue(text);
const isTenant = (text: string): boolean => TENANT.test(text);

function identity(
  name: string,
  template: string,
  claims: Claims,
  fits: (text: string) => boolean,
): Result<string, string> {
  const filled = fillIdentity(template, claims);
  if (!filled.ok) return fail(`${name}: ${filled.failure}`);
  return fits(filled.value) ? filled : fail(`${name}: what the token makes of it cannot be one`);
}

/** Held to the rules for the claims of a login: names, length, characters, nothing that looks like a secret. */
function attributesOf(templates: Mapping['claims'], claims: Claims): Result<Record<string, string>, string> {
  const attributes: [string, string][] = [];
  for (const [name, template] of Object.entries(templates)) {
    const filled = fillTemplate(template, claims);
    if (!filled.ok) return fail(`claim ${name}: ${filled.failure}`);
    attributes.push([name, filled.value]);
  }
  return checkClaims(Object.fromEntries(attributes), Object.keys(templates));
}

/** Exactly the values that are named: these are no patterns. */
const given = (from: ByClaim | undefined, claims: Claims): string[] =>
  from === undefined
    ? []
    : claimTexts(claims, from.claim).flatMap((text) =>
        Object.hasOwn(from.values, text) ? (from.values[text] ?? []) : [],
      );
