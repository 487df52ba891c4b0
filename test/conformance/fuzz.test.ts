/** The OAuth endpoints against forms that are made of what is right, what is nearly right, and what is neither. */
import fc from 'fast-check';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grantTypes, JWT_BEARER, TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { testRandom } from '../support/clock.ts';
import { ACCESS_TOKEN, ID_TOKEN, JWT } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { asking, basic, bodyOf } from '../support/token-service.ts';
import { createEndpoints, type Endpoints, expectError, formOf } from './endpoints.ts';

const RUNS = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let oauth: Endpoints;
/** What is right, by the parameter that it would be right in. */
let right: ReadonlyMap<string, string>;
/** Headers, and parameters of the form. The first are right. */
let credentials: { headers?: Record<string, string>; form?: Record<string, string> }[];
/** What must never stand in an answer or a log line but where it is issued. */
let secrets: string[];
const output = captureOutput();

beforeAll(async () => {
  oauth = await createEndpoints();
  const client = await oauth.client({ grantTypes, scopes: ['read:products', 'read:usage'] });
  await oauth.trust(client.clientId, {}, { singleUse: false });
  const stranger = (await generateKeyPair('ES256')).privateKey;
  const session = bodyOf(await oauth.login(asking(client.apiKey, {})));
  const parts = {
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_secret: client.clientSecret,
    scope: 'read:usage',
    subject_token: String(session.access_token),
    subject_token_type: ACCESS_TOKEN,
    refresh_token: String(session.refresh_token),
    assertion: await oauth.partnerToken(),
    client_assertion: await oauth.partnerToken({}, stranger),
    client_assertion_type: ASSERTION_TYPE,
    requested_token_type: JWT,
    token: String(session.access_token),
  };
  right = new Map(Object.entries(parts));
  const wrongSecret = mintClientSecret('secret00', testRandom());
  const both = { client_id: client.clientId, client_secret: client.clientSecret };
  const asserted = { client_assertion: parts.client_assertion, client_assertion_type: ASSERTION_TYPE };
  credentials = [
    { headers: basic(client.clientId, client.clientSecret) },
    { headers: { 'x-api-key': client.apiKey } },
    { form: both },
    { form: { client_id: client.clientId } },
    { form: { client_id: client.clientId, client_secret: wrongSecret } },
    { form: asserted },
    { headers: { 'x-api-key': client.apiKey }, form: both },
    { headers: { authorization: `Bearer ${session.access_token}` } },
    {},
  ];
  const { apiKey, clientSecret } = client;
  const { assertion, client_assertion, refresh_token, subject_token } = parts;
  secrets = [apiKey, clientSecret, wrongSecret, assertion, client_assertion, refresh_token, subject_token];
});
afterAll(() => oauth.close());

/** Statuses, and the errors that each may have; RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8693 §2.2.2. */
const ALLOWED: Record<number, readonly string[]> = {
  400: [
    ...['invalid_request', 'invalid_grant', 'invalid_scope', 'invalid_target'],
    ...['unauthorized_client', 'unsupported_grant_type'],
  ],
  401: ['invalid_client'],
  413: ['invalid_request'],
  429: ['too_many_attempts'],
};

const NAMES = [
  ...['grant_type', 'client_id', 'client_secret', 'scope', 'subject_token', 'subject_token_type'],
  ...['actor_token', 'actor_token_type', 'requested_token_type', 'audience', 'resource', 'refresh_token'],
  ...['assertion', 'client_assertion', 'client_assertion_type', 'token', 'token_type_hint', '__proto__'],
] as const;

const HOSTILE = [
  ...[
    '',
    ' ',
    '\0',
    '\r\nset-cookie: x=1',
    '"\\',
    '%',
    '%00',
    '\u2028',
    'ä',
    '😀',
    '\ud800',
    '../../etc/passwd',
  ],
  ...['__proto__', 'constructor', '{}', '[]', 'null', 'a.b.c', 'e30.e30.', 'tgr_a_b', 'x'.repeat(5000)],
];
const NEARLY = [
  ...grantTypes,
  ACCESS_TOKEN,
  ID_TOKEN,
  JWT,
  'tollgate',
  'https://elsewhere.example',
  'read:users',
];

type Choice = 'right' | { of: string } | { text: string } | { cut: number };

const choice: fc.Arbitrary<Choice> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('right' as const) },
  { weight: 2, arbitrary: fc.record({ of: fc.constantFrom(...NAMES) }) },
  { weight: 3, arbitrary: fc.record({ text: fc.constantFrom(...HOSTILE, ...NEARLY) }) },
  { weight: 1, arbitrary: fc.record({ text: fc.string({ unit: 'binary', maxLength: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ cut: fc.nat(300) }) },
);

/** Mostly a form that is about one grant, with all that it needs, and then some. */
const form = fc.record({
  endpoint: fc.constantFrom(...(['revoke', 'introspect', 'token', 'token', 'token', 'token'] as const)),
  grantType: fc.constantFrom(...grantTypes),
  parameters: fc.dictionary(fc.constantFrom(...NAMES), choice, { maxKeys: 3, noNullPrototype: true }),
  broken: fc.option(fc.constantFrom('&scope=a&scope=b', '&x=%zz', '&%ff', '&=', '&&'), { freq: 10 }),
  who: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(8) }),
});

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  client_credentials: [],
  refresh_token: ['refresh_token'],
  [TOKEN_EXCHANGE]: ['subject_token', 'subject_token_type'],
  [JWT_BEARER]: ['assertion'],
};

type Form = typeof form extends fc.Arbitrary<infer Value> ? Value : never;

function written({ endpoint, grantType, parameters, broken, who }: Form): string {
  const needed = endpoint === 'token' ? (NEEDED[grantType] ?? []) : ['token'];
  const all = new Map<string, string>(Object.entries({ grant_type: grantType, ...credentials[who]?.form }));
  for (const name of needed) all.set(name, right.get(name) ?? '');
  for (const [name, value] of Object.entries(parameters)) all.set(name, textOf(name, value));
  return `${new URLSearchParams([...all])}${broken ?? ''}`;
}

function textOf(name: string, value: Choice): string {
  const mine = right.get(name) ?? '';
  if (value === 'right') return mine;
  if ('of' in value) return right.get(value.of) ?? '';
  return 'text' in value ? value.text : mine.slice(0, value.cut);
}

/** Each grant and endpoint once as it should be, and once with what it is about cut off. */
const EXAMPLES: [Form][] = [...grantTypes, 'revoke' as const, 'introspect' as const].flatMap((name) => {
  const endpoint = name === 'revoke' || name === 'introspect' ? name : 'token';
  const grantType = endpoint === 'token' ? name : 'client_credentials';
  const about = endpoint === 'token' ? (NEEDED[name]?.[0] ?? 'scope') : 'token';
  const usual = { endpoint, grantType, broken: null, who: 0 } as Form;
  return [[{ ...usual, parameters: {} }], [{ ...usual, parameters: { [about]: { cut: 40 } } }]];
});

it('answers whatever is sent by one of its errors, in JSON, kept by no cache, and repeats no secret', async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(form, async (sent) => {
      const response = await oauth[sent.endpoint](formOf(written(sent), credentials[sent.who]?.headers));
      outcomes.add(`${sent.endpoint} ${checked(response)}`);
      expect(secrets.find((secret) => answered(response).includes(secret))).toBeUndefined();
    }),
    { numRuns: RUNS, examples: EXAMPLES },
  );
  // That it was worth it: what is right was among what was sent, and so was much that is not.
  const some = ['token 200', 'revoke 200', 'introspect 200', 'token invalid_grant', 'token invalid_request'];
  expect([...outcomes]).toEqual(expect.arrayContaining(some));
  expect(secrets.find((secret) => output.text().includes(secret))).toBeUndefined();
});

/** @returns the error of an answer that is as it has to be, or its status */
function checked(response: Response): string {
  const status = response.statusCode ?? 0;
  if (status === 200) {
    expect(response.headers?.['cache-control']).toBe('no-store');
    return '200';
  }
  const error = expectError(response, status);
  expect(ALLOWED[status], `${status} ${error}`).toContain(error);
  expect(response.headers?.['www-authenticate'] !== undefined).toBe(status === 401);
  return error;
}

/** An answer without what it issues. */
function answered({ headers, body = '' }: Response): string {
  const issued = body === '' ? {} : JSON.parse(body);
  return JSON.stringify({ headers, ...issued, access_token: '', refresh_token: '' });
}
