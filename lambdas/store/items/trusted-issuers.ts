/** Issuers whose tokens are trusted. In the directory. */
import * as z from 'zod/mini';
import type { TrustedIssuer } from '../../domain/trust/trusted-issuer.ts';
import { integer, type Key, key, parse, text, texts } from './item.ts';

/** All of them in one partition, so that they are listed by one query; there are few. */
export const ISSUERS = 'ISSUERS';
export const issuerKey = (issuer: string): Key => ({ pk: ISSUERS, sk: key('ISSUER', issuer) });

const textsByName = z.record(text, texts);
const byClaimShape = z.optional(z.object({ claim: text, values: textsByName }));

const trustedIssuerShape = z.object({
  issuer: text,
  state: z.enum(['active', 'disabled']),
  keys: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('discovery') }),
    z.object({ kind: z.literal('jwks_uri'), uri: text }),
    z.object({
      kind: z.literal('jwks'),
      jwks: z.object({ keys: z.array(z.record(text, z.unknown())) }),
    }),
  ]),
  algorithms: texts,
  audiences: texts,
  singleUse: z.boolean(),
  mappings: z.array(
    z.object({
      match: textsByName,
      clientId: text,
      subject: text,
      tenant: z.optional(text),
      scopes: texts,
      roles: texts,
      scopesFrom: byClaimShape,
      rolesFrom: byClaimShape,
      claims: z.record(text, text),
      tokenLifetime: z.optional(integer),
    }),
  ),
});

export const trustedIssuerItem = (trusted: TrustedIssuer) => ({ ...issuerKey(trusted.issuer), ...trusted });
export const parseTrustedIssuer = (item: unknown): TrustedIssuer =>
  parse(trustedIssuerShape, item) as TrustedIssuer;
