/** The grants of `POST /oauth2/token`, by the names that RFC 6749, RFC 8693 and RFC 7523 give them. */

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export const grantTypes = ['client_credentials', 'refresh_token', TOKEN_EXCHANGE, JWT_BEARER] as const;
export type GrantType = (typeof grantTypes)[number];

/** @returns whether there is such a grant. */
export const isGrantType = (name: string): name is GrantType => grantTypes.some((known) => known === name);
