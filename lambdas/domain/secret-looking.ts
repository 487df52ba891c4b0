/**
 * What must not get into a token, because everyone who sees the token can read it: secrets, recognised by the
 * name they go under or by their form. It is a net for mistakes, not a proof of their absence.
 */

/** Part of a name, wherever it stands: `userPassword`, `accesstokens`. */
const TELLING_PARTS =
  /passw|passphrase|passcode|secret|token|credential|authorization|apikey|privatekey|accesskey|signingkey|sessionid|cookie/;

/** A whole word of a name: `api_key` and `keyId`, but not `monkey`; `card-pin`, but not `shipping`. */
const TELLING_WORDS = new Set(
  'key keys pin pins cvv cvc cvv2 cvc2 pwd pass private otp totp jwt bearer auth seed mnemonic ssn'.split(
    ' ',
  ),
);

const TELLING_VALUES = [
  // A JWS or JWE: the base64url of `{"`, and a second segment.
  /(?:^|[^\w-])(?:ey[JI]|ewo)[\w-]{4,}\.[\w-]*\./,
  // Our own API keys, client secrets and refresh tokens.
  /\btg[sr]?_[0-9A-Za-z._-]{1,64}_[0-9A-Za-z]/,
  /-----BEGIN [A-Z ]+-----/,
  // AWS access key ids.
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/,
  /^\s*(?:bearer|basic|digest|negotiate)\s+\S/i,
  // Password hashes: scrypt, Argon2, PBKDF2 and bcrypt.
  /^\$(?:scrypt|argon2|pbkdf2|2[aby])[\w-]*\$/,
  // GitHub, Slack, Stripe and Google.
  /\b(?:gh[pousr]_|github_pat_|xox[abeprs]-|[rs]k_(?:live|test)_|AIza)[\w-]{10,}/,
] as const;

/** @returns whether a claim of this name would hold a secret, as camelCase, snake_case, kebab-case or one word. */
export const isSecretName = (name: string): boolean =>
  TELLING_PARTS.test(name.toLowerCase().replace(/[^a-z0-9]/g, '')) ||
  wordsOf(name).some((word) => TELLING_WORDS.has(word) || TELLING_WORDS.has(word.replace(/\d+$/, '')));

/** @returns whether the text is, or carries, a token, a key or a credential. */
export const isSecretValue = (value: string): boolean => TELLING_VALUES.some((form) => form.test(value));

const wordsOf = (name: string): string[] =>
  name
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((word) => word.toLowerCase());
