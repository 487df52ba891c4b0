/**
 * Every stable code of an error, and what to do about it. The answer itself says it of the very case; these sentences
 * are for whoever reads before calling. An operation that names a code which is not here does not compile.
 */
export const codes = {
  // Tokens: RFC 6749 §5.2, RFC 8693 §2.2.2, and two of our own.
  invalid_request: 'The request is malformed: the description names what is missing, repeated or wrong.',
  invalid_client:
    'Authentication failed, whatever was wrong with it. Check the credentials, and whether they ended.',
  invalid_grant: 'What was presented gives no token, or no longer. Log in again, or present a new assertion.',
  invalid_scope: 'A scope that the client does not have, or that there is not. Ask for fewer, or for none.',
  invalid_target: 'Tokens for this audience or resource are not issued here. Leave the parameter out.',
  unauthorized_client: 'The client may not do this. An operator can allow it the grant type.',
  unsupported_grant_type: 'There is no such grant type: the description names those that there are.',
  too_many_attempts: 'Too many failed attempts under this client id. Wait for the seconds of `Retry-After`.',
  budget_exhausted:
    'The budget of the client or its tenant is spent. Wait for `Retry-After`, or ask an operator.',
  temporarily_unavailable: 'Nothing was decided. Send the same request again after `Retry-After`.',
  server_error: 'Something went wrong on our side: the request id leads to it in the log.',
  // Behind a token.
  invalid_token: 'The token is expired or incomplete. Log in again.',
  token_revoked: 'The token was revoked, or something that it stands for. Log in again.',
  insufficient_scope: 'The token lacks a scope. Log in with one of those that `WWW-Authenticate` names.',
  not_the_owner: 'This belongs to someone else.',
  // Anywhere.
  internal_error: 'Something went wrong on our side: the request id leads to it in the log.',
  ledger_unavailable: 'The ledger did not answer. Try again after `Retry-After`.',
  directory_unavailable: 'The directory did not answer. Try again after `Retry-After`.',
  key_ring_unavailable: 'The key ring did not answer. Try again after `Retry-After`.',
  keys_unavailable: 'The keys cannot be read at the moment. Try again after `Retry-After`.',
  not_found: 'There is no such thing, or it is not for you to see.',
  not_an_operator:
    'The request is not signed by an operator. Sign it with AWS credentials that may call this route.',
  unknown_parameter: 'There is no such parameter: the detail names those that there are.',
  invalid_limit: 'Not a number of entries that a page can have: the detail says which it can.',
  invalid_cursor: 'The cursor is of another query. Begin without one.',
  invalid_body: 'The body is no JSON object, or has members that there are not, or lacks one.',
  precondition_required: 'A change needs `If-Match`. Read it first, and send its `ETag`.',
  changed_meanwhile: 'Somebody else has changed it meanwhile. Read it again, and decide anew.',
  idempotency_key_reused: 'The key was used for another request. Send another `Idempotency-Key`.',
  idempotency_key_spent: 'What the key created is not there any more. To create it anew, draw a new key.',
  invalid_idempotency_key: 'The key has to be random: 22 to 128 characters of `A-Z a-z 0-9 _ -`.',
  // Samples.
  product_not_found: 'There is no product of this name.',
  invalid_product: 'The body is no product: the detail says which member is wrong.',
  product_too_large: 'The body is too large for a product.',
  user_not_found: 'There is no user of this id.',
  // Usage.
  invalid_from: '`from` is no such time as it has to be: the detail says which.',
  invalid_to: '`to` has to be a date or a date-time, of the same form as `from`.',
  range_reversed: '`from` has to be before `to`.',
  range_too_long: 'A report of this kind covers fewer days: the detail says how many.',
  invalid_group_by: 'There is no such grouping: the detail names those that there are.',
  invalid_format: 'The format is `json` or `csv`.',
  invalid_whose: 'Exactly one of `user`, `client` and `tenant`, and a name that somebody can have.',
  not_whole_hours: 'Only whole hours can be told of this time. Round `from` and `to`.',
  client_required: 'Say whose credential is meant, by `client`.',
  records_expired: 'The records of these tokens are not kept any more. Ask for a later `from`.',
  report_too_large: 'This is too much for one report. Ask for a shorter range.',
  hours_not_closed: 'Too many calls of this time are not summed up yet. Try again after `Retry-After`.',
  invalid_month: 'A month is written as 2026-10.',
  month_not_closed: 'The month is not closed yet. Ask again after `Retry-After`.',
  nothing_recorded: 'The month was before anything was recorded.',
  month_is_changing: 'An hour of the month was closed again meanwhile. Try again after `Retry-After`.',
  // Clients and credentials.
  unknown_client: 'There is no client of this id. `tollgate clients list` names those that there are.',
  unknown_credential:
    'The client has no such credential. `tollgate credentials list` names those that it has.',
  client_exists: 'There is a client of this id already. Choose another `client_id`.',
  client_deleted: 'The client was deleted while it was created. Create it anew.',
  client_in_use: 'A trusted issuer or a budget names the client: the detail names them. Change those first.',
  credential_exists: 'The client has a credential of this id already. Give the key another `kid`.',
  credential_revoked: 'A credential that was revoked stays so. Add a new one.',
  unknown_scope: 'There is no such scope: the detail names those that there are.',
  unknown_role: 'There is no such role: the detail names those that there are.',
  private_key: 'The key has its private half: register the public half, of a new key pair.',
  unsupported_key: 'The key is of another kind than RSA, EC P-256 and OKP Ed25519.',
  weak_key: 'The RSA key is too short, or of an exponent that secures nothing.',
  invalid_key: 'This is no public key.',
  invalid_kid: 'The `kid` is none that a key can have here.',
  duplicate_kid: 'Two keys have the same `kid`.',
  immutable_client_id: 'The id of a client never changes. Create another client.',
  immutable_kind: 'A service stays one, and so does a user. Create another client.',
  // What operators set.
  too_many_roles: 'All roles together would be too large. Remove some, or shorten their descriptions.',
  unknown_issuer: 'This issuer is not trusted.',
  unknown_budget: 'There is no such budget.',
  role_declared: 'The role is declared in `routes.ts`: change it there, and deploy.',
  role_in_use: 'A client or a mapping has the role: the detail names them. Change those first.',
  unknown_price: 'There is no such price.',
  unknown_route: 'There is no such route.',
  too_many_prices: 'A route has no more prices than that. Take back some that have not begun.',
  price_begins_soon: 'The price begins so soon that functions know it already. Set one that follows it.',
  price_in_force: 'The price is in force, and what it was is never changed. Set a new one that begins later.',
  invalid_query: 'The query names nothing, or several things: the detail says what it can name.',
  unknown_key: 'There is no such key, or not any more. `GET /admin/keys` lists those that there are.',
  key_not_ready: 'The next key may not sign yet, because not every gateway knows it. Wait for `Retry-After`.',
  ring_changed: 'The keys were changed meanwhile. Look at `GET /admin/keys`, and ask again.',
  // Books.
  invalid_page: 'Not a page of the chain: the detail says what `after` and `limit` can be.',
  invalid_hour: 'An hour is written as 2026-11-22T03, in UTC.',
  hour_not_closed: 'The hour is not closed yet.',
  hour_expired: 'Records of the hour have expired, so it cannot be counted any more.',
  hour_unreadable: 'A record of the hour is none, or does not lie where it belongs. Somebody has changed it.',
  hour_too_large: 'It takes too long to count the hour in one answer.',
  closing_under_way: 'Another run is at work. Try again after `Retry-After`.',
} as const;

export type Code = keyof typeof codes;

/** @returns whether a code has a sentence of its own; one of a body's member need not. */
export const hasSentence = (code: string): code is Code => Object.hasOwn(codes, code);

/** @returns the sentence of a code; that of a member where the code is one of a body's. */
export function sentenceOf(code: string): string {
  if (hasSentence(code)) return codes[code];
  const member = code.replace(/^invalid_/, '');
  return `\`${member}\` is not what it has to be: the schema and the detail say what that is.`;
}
