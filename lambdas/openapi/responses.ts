/**
 * The answers of an operation: its own, and by status every error that it, the wrappers around it, and the gateway
 * before it can answer.
 */
import type { Route } from '../routes.ts';
import { hasSentence, sentenceOf } from './codes.ts';
import type { Answer, ErrorCode, Operation, Schema } from './operation.ts';
import { ref } from './schema.ts';

type Codes = Readonly<Record<string, readonly ErrorCode[]>>;

/** What the gateway itself says, in its own form, before or in the place of the function. */
const GATEWAY: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const MEANING: Readonly<Record<string, string>> = {
  400: 'The request is wrong.',
  401: 'Nobody is authenticated.',
  403: 'Whoever is authenticated may not do this.',
  404: 'There is no such thing.',
  409: 'It is not in a state in which this could be done.',
  410: 'It is not there any more.',
  412: 'It is not what the request takes it for.',
  413: 'The body is too large.',
  415: 'The body is of a media type that is not taken.',
  422: 'The request contradicts an earlier one.',
  428: 'The request lacks a precondition.',
  429: 'Too many requests, or more than may be spent.',
  500: 'A mistake of ours.',
  503: 'Nothing was decided. It is worth trying again.',
};

/** @returns the operation's `responses` */
export function responsesOf(route: Route, operation: Operation): Record<string, unknown> {
  const codes = allCodes(route, operation);
  const gateway = gatewayStatuses(route, operation);
  const form = formOf(route, operation);
  const statuses = [...new Set([...Object.keys(codes), ...gateway.map(String)])].sort();
  return {
    ...mapped(operation.answers, answerOf),
    ...Object.fromEntries(
      statuses.map((status) => [
        status,
        errorOf(status, form, codes[status] ?? [], gateway.includes(Number(status))),
      ]),
    ),
  };
}

/** @returns the codes of an operation by status, those of its wrappers included */
export function allCodes(route: Route, { errors = {}, body, store = 'directory' }: Operation): Codes {
  return merged([
    errors as Codes,
    ofBody(route, body !== undefined && errors[413] === undefined),
    ofAccess(route, store),
  ]);
}

function ofBody({ access }: Route, hasBody: boolean): Codes {
  if (access.kind !== 'operator' || !hasBody) return {};
  return { 400: ['invalid_body'], 413: ['invalid_body'] };
}

function ofAccess({ access }: Route, store: NonNullable<Operation['store']>): Codes {
  switch (access.kind) {
    case 'open':
      return {};
    case 'client':
      return {
        400: ['invalid_request'],
        401: ['invalid_client'],
        429: ['too_many_attempts'],
        500: ['server_error'],
        503: ['temporarily_unavailable'],
      };
    case 'operator':
      return { 403: ['not_an_operator'], 500: ['internal_error'], 503: [`${store}_unavailable`] };
    case 'token': {
      const { anyOf, allOf, own } = access;
      const lacking: ErrorCode[] = anyOf.length + allOf.length > 0 ? ['insufficient_scope'] : [];
      const foreign: ErrorCode[] = own === undefined ? [] : ['not_the_owner'];
      return {
        401: ['invalid_token', 'token_revoked'],
        ...(lacking.length + foreign.length > 0 && { 403: [...lacking, ...foreign] }),
        500: ['internal_error'],
        503: ['ledger_unavailable'],
      };
    }
  }
}

function gatewayStatuses({ access }: Route, { body }: Operation): number[] {
  const scoped = access.kind === 'token' && access.anyOf.length + access.allOf.length > 0;
  return [
    ...(access.kind === 'token' ? [401] : []),
    ...(access.kind === 'operator' || scoped ? [403] : []),
    ...(body === undefined ? [] : [413]),
    ...[429, 500, 503],
  ];
}

const formOf = ({ access }: Route, { errorForm }: Operation): 'oauth' | 'problem' =>
  errorForm ?? (access.kind === 'client' ? 'oauth' : 'problem');

const answerOf = ({ description, content, headers = [] }: Answer) => ({
  description,
  ...(headers.length > 0 && { headers: Object.fromEntries(headers.map((name) => [name, headerRef(name)])) }),
  ...(content !== undefined && { content }),
});

const headerRef = (name: string): Schema => ({ $ref: `#/components/headers/${name}` });

function errorOf(
  status: string,
  form: 'oauth' | 'problem',
  codes: readonly string[],
  byGateway: boolean,
): Record<string, unknown> {
  const own = codes.length === 0 ? undefined : { form, codes, status };
  const message = byGateway ? GATEWAY[Number(status)] : undefined;
  const headers = [
    ...(status === '401' ? ['WWW-Authenticate'] : []),
    ...(status === '429' || status === '503' || codes.some(isWorthWaiting) ? ['Retry-After'] : []),
  ];
  return {
    description: described(status, codes, message),
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map((name) => [name, headerRef(name)])),
    }),
    content: contentOf(own, message),
  };
}

const isWorthWaiting = (code: string): boolean => ['month_not_closed', 'closing_under_way'].includes(code);

const described = (status: string, codes: readonly string[], message: string | undefined): string =>
  [
    MEANING[status] ?? '',
    '',
    ...linesOf(codes),
    ...(message === undefined ? [] : [`- the gateway's own \`{"message":"${message}"}\``]),
  ].join('\n');

/** Codes of which there is the same to say stand in one line. */
function linesOf(codes: readonly string[]): string[] {
  const [told, ofMembers] = [codes.filter(hasSentence), codes.filter((code) => !hasSentence(code))];
  const members = ofMembers.map((code) => `\`${code}\``).join(', ');
  return [
    ...told.map((code) => `- \`${code}\`: ${sentenceOf(code)}`),
    ...(ofMembers.length === 0 ? [] : [`- ${members}: ${OF_MEMBERS}`]),
  ];
}

const OF_MEMBERS =
  'the member of this name is not what it has to be. The schema and the detail say what that is.';

interface Own {
  form: 'oauth' | 'problem';
  codes: readonly string[];
  status: string;
}

/** Where the function and the gateway both answer JSON, it is one of the two. */
function contentOf(own: Own | undefined, message: string | undefined): Record<string, unknown> {
  const gateway =
    message === undefined ? undefined : { schema: ref('GatewayMessage'), examples: gatewayExample(message) };
  if (own === undefined) return { 'application/json': gateway };
  const { form, codes, status } = own;
  const name = form === 'oauth' ? 'OAuthError' : 'Problem';
  const member = form === 'oauth' ? 'error' : 'code';
  const schema = { allOf: [ref(name), { type: 'object', properties: { [member]: { enum: codes } } }] };
  const examples = Object.fromEntries(codes.map((code) => [code, exampleRef(form, status, code)]));
  if (form === 'problem') {
    return {
      'application/problem+json': { schema, examples },
      ...(gateway && { 'application/json': gateway }),
    };
  }
  if (gateway === undefined) return { 'application/json': { schema, examples } };
  return {
    'application/json': {
      schema: { oneOf: [schema, ref('GatewayMessage')] },
      examples: { ...examples, ...gateway.examples },
    },
  };
}

const gatewayExample = (message: string) => ({ gateway: { value: { message } } });

const exampleName = (form: string, status: string, code: string): string => `${form}-${status}-${code}`;
const exampleRef = (form: string, status: string, code: string): Schema => ({
  $ref: `#/components/examples/${exampleName(form, status, code)}`,
});

/** @returns `components/examples`: one of each error that an operation names */
export function errorExamples(
  operations: readonly (readonly [Route, Operation])[],
): Record<string, { value: unknown }> {
  return Object.fromEntries(
    operations.flatMap(([route, operation]) => {
      const form = formOf(route, operation);
      return Object.entries(allCodes(route, operation)).flatMap(([status, codes]) =>
        codes.map((code) => [exampleName(form, status, code), { value: exampleOf(form, status, code) }]),
      );
    }),
  );
}

function exampleOf(form: 'oauth' | 'problem', status: string, code: string): unknown {
  const sentence = sentenceOf(code).replaceAll('`', '');
  if (form === 'oauth') return { error: code, error_description: sentence };
  return { status: Number(status), code, title: TITLES[status] ?? 'Error', detail: sentence };
}

const TITLES: Readonly<Record<string, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  428: 'Precondition required',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Try again',
};

function merged(parts: readonly Codes[]): Record<string, ErrorCode[]> {
  const statuses = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(
    statuses.map((status) => [status, [...new Set(parts.flatMap((part) => part[status] ?? []))]]),
  );
}

const mapped = <From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
