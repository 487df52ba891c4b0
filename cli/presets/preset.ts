/**
 * What a preset is: what is known of a provider's tokens, as data. From it and an operator's options comes the
 * record that `PUT /admin/issuers` takes. Nothing here runs anything, and every fact has its source on the
 * provider's page in `docs/issuers/`.
 */

export interface Preset {
  name: string;
  /** The provider, as people call it. */
  title: string;
  /** The page in `docs/issuers/` that shows the set-up. */
  page: string;
  /** Whose tokens: a workload hands its own over, a person's are exchanged by a service that serves the person. */
  tokens: 'workloads' | 'people' | 'both';
  parameters: Readonly<Record<string, Parameter>>;
  /** Exactly the `iss` of its tokens; `{parameters}` in braces. */
  issuer: string;
  /** Where the keys are, if its discovery document names another host than the issuer's. */
  jwksUri?: string;
  algorithms: readonly string[];
  /** Whether each token has a `jti` and is fetched for one use. */
  singleUse: boolean;
  /** What every token of it has to say, whatever else the operator asks for; `{parameters}` in braces. */
  match: Readonly<Record<string, string>>;
  /** What else an operator has to pin: all of one of these sets. Without it, a stranger's token would match. */
  pins: readonly PinSet[];
  /** Template of `sub`, of claims that are never given to somebody else. */
  subject: string;
  warnings: readonly Warning[];
}

interface Parameter {
  /** For the help. */
  is: string;
  /** What it has to look like, all of it. */
  like: RegExp;
  default?: string;
}

/** Claims, and what the patterns for them have to look like. */
export type PinSet = Readonly<Record<string, RegExp>>;

/** A sentence for an operator who matches these claims, or who does not match those. */
export interface Warning {
  /** Where one of them is matched; always, where absent. */
  matching?: readonly string[];
  /** Where none of them is matched. */
  without?: readonly string[];
  says: string;
}

/** No wildcard: one value, and no other. */
export const EXACT = /^[^*]+$/;

/** Any pattern that says something. */
export const NAMED = /[^*]/;

/** A host name, and a port where there is one. */
export const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/;

/** An address without a query, a fragment or a slash at its end. */
export const ADDRESS = /^https?:\/\/[^\s?#/@{}]+(?:\/[^\s?#{}]*[^\s?#/{}])?$/;
