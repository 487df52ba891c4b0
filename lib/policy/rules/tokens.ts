/** Issuer, life of tokens, and life of keys: what has to fit together so that a good token is never refused. */
import { MAX_TOKEN_LIFETIME, RING_CACHE, RING_CACHE_LIMIT } from '../../../lambdas/env.ts';
import { isIssuer } from '../../config.ts';
import { KeyRing } from '../../key-ring.ts';
import { around, type Cloud, type Resource } from '../cloud.ts';
import { issuerOf, variableOf } from '../gateway.ts';
import type { Problem, Rule } from '../rule.ts';
import { isKnown, resourceOf, withUnknowns } from '../values.ts';

const HOUR = 3600 * 1000;
/** API Gateway may cache the JWKS this long, and may not fetch it again for a key that it does not know. */
const GATEWAY_CACHE = 2 * HOUR;
/** How long copies on the way to the gateway are used at most: discovery's, and those of HTTP caches. */
const MARGIN = RING_CACHE_LIMIT + RING_CACHE;
const NEEDED = GATEWAY_CACHE + MARGIN;

/** The gateway compares `iss` character by character, and appends `/.well-known/…` to it. */
export const issuer: Rule = {
  id: 'Tollgate-Issuer',
  check: (cloud) => [
    ...cloud.ofType('AWS::ApiGatewayV2::Authorizer').flatMap((resource) => {
      const text = issuerOf(cloud, resource);
      return text === undefined ? [] : issuerProblems(resource, 'JwtConfiguration', text);
    }),
    ...cloud.ofType('AWS::Lambda::Function').flatMap((resource) => {
      const text = variableOf(cloud, resource, 'ISSUER');
      return text === undefined ? [] : issuerProblems(resource, 'Environment', text);
    }),
  ],
};

function issuerProblems({ construct: at }: Resource, property: string, text: string): Problem[] {
  const shown = withUnknowns(text, () => '…');
  const problem = (wrong: string, fix: string): Problem[] => [{ at, property, wrong, fix }];
  if (text.endsWith('/')) {
    const fix = 'Leave the slash out; of an API, take apiEndpoint and not the url of its stage.';
    return problem(`The issuer ${shown} ends with a slash, and the iss of a token does not.`, fix);
  }
  // Only what is known can be wrong.
  const address = withUnknowns(text, (at) => (at === 0 ? 'https://unknown' : 'unknown'));
  if (isIssuer(address)) return [];
  return problem(
    `The issuer ${shown} is not an https address without query, fragment and credentials.`,
    'Give the address under which /.well-known/openid-configuration answers.',
  );
}

/** The last token that a key signed has to be alive no longer than the key is published. */
export const tokenLifetime: Rule = {
  id: 'Tollgate-TokenLifetime',
  check: (cloud) => {
    const covered = keyRings(cloud).map(({ overlap }) => (overlap.lag - NEEDED) / 1000);
    const longest = Math.min(MAX_TOKEN_LIFETIME, ...covered);
    return cloud.ofType('AWS::Lambda::Function').flatMap((fn) => {
      const lifetime = variableOf(cloud, fn, 'TOKEN_LIFETIME');
      if (lifetime === undefined || !isKnown(lifetime) || Number(lifetime) <= longest) return [];
      const wrong = `Tokens live ${lifetime} seconds, and their keys stay published for tokens of ${longest} seconds.`;
      const fix = `Let tokens live ${longest} seconds at most.`;
      return [{ at: fn.construct, property: 'Environment', wrong, fix }];
    });
  },
};

/** A key is public long enough before it signs, and nothing else changes the keys. */
export const rotationOverlap: Rule = {
  id: 'Tollgate-RotationOverlap',
  check: (cloud) => [
    ...keyRings(cloud).flatMap(shortOverlap),
    ...cloud.ofType('AWS::Lambda::Function').flatMap((fn) => shortRotation(cloud, fn)),
    ...cloud.ofType('AWS::SecretsManager::RotationSchedule').flatMap((one) => otherRotation(cloud, one)),
  ],
};

function shortOverlap(ring: KeyRing): Problem[] {
  const { lead, lag } = ring.overlap;
  const shortest = Math.min(lead, lag);
  if (shortest >= NEEDED) return [];
  const wrong = `Keys overlap for ${hours(shortest)} hours, and gateways may go on with old keys for ${hours(NEEDED)}.`;
  const fix = `Publish a key for ${hours(NEEDED)} hours before it signs, and after its last token.`;
  return [{ at: ring, wrong, fix }];
}

/** A key that signs for less time than it has to be public before is never ready when it is due. */
function shortRotation(cloud: Cloud, fn: Resource): Problem[] {
  const days = variableOf(cloud, fn, 'KEY_ROTATION_DAYS');
  const ring = around(fn, KeyRing);
  if (days === undefined || ring === undefined || !isKnown(days)) return [];
  if (/^[0-9]+$/.test(days) && Number(days) * 24 * HOUR >= ring.overlap.lead) return [];
  const wrong = `Keys rotate every ${days} days, which is less than they overlap.`;
  return [
    {
      at: fn.construct,
      property: 'Environment',
      wrong,
      fix: 'Rotate after a whole number of days, at least one.',
    },
  ];
}

function otherRotation(cloud: Cloud, { construct: at, properties, stack }: Resource): Problem[] {
  const secret = resourceOf(cloud, properties.SecretId, stack);
  if (secret === undefined || around(secret, KeyRing) === undefined) return [];
  const wrong =
    'Secrets Manager would replace signing keys at once, without the time in which both are published.';
  return [
    { at, property: 'SecretId', wrong, fix: 'Leave the rotation to the key ring, which has a schedule.' },
  ];
}

const keyRings = (cloud: Cloud): KeyRing[] =>
  [...new Set(cloud.stacks.flatMap((stack) => stack.node.findAll()))].filter(
    (construct) => construct instanceof KeyRing,
  );

const hours = (milliseconds: number): string => (milliseconds / HOUR).toFixed(1);
