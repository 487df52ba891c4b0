/**
 * The pages of `docs/issuers/`, run: their commands by the command itself, against the operator routes over the
 * tables of {@link createHandedOver}, and the tokens that they show by the grants. The providers' keys are ours.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import { parseRegistration } from '../../lambdas/domain/client-registration.ts';
import type { TrustedIssuer } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { issuersHandler } from '../../lambdas/functions/issuers/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { roles, scopes } from '../../lambdas/routes.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { trustRegistry } from '../../lambdas/store/trusted-issuers.ts';
import { operator } from '../cli/operator-api.ts';
import { workplace } from '../cli/tollgate.ts';
import { requestEvent } from './event.ts';
import { createHandedOver } from './handed-over.ts';
import { rsaKey } from './rsa.ts';
import { bodyOf, ISSUER } from './token-service.ts';

export type Claims = Record<string, unknown>;

/** What a page shows. */
export interface Page {
  /** The words of each command of its, behind `npx`. */
  commands: string[][];
  /** Each token of the provider's that it shows, and what it says becomes of it. */
  tokens: { theirs: Claims; ours: Claims }[];
  /** The `subject_token_type` of its call, where it has one. */
  subjectTokenType?: string;
  /** The issuer that it ends with. */
  removes: string;
}

export function readPage(name: string): Page {
  const text = readFileSync(new URL(`../../docs/issuers/${name}`, import.meta.url), 'utf8');
  const blocks = (language: string): string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
      ([, block = '']) => block,
    );
  const shown = blocks('json').map((block) => JSON.parse(block) as Claims);
  const subjectTokenType = /subject_token_type=(\S+)/.exec(text)?.[1];
  return {
    commands: blocks('sh').flatMap(wordsOf),
    tokens: shown.flatMap((theirs, index) =>
      index % 2 === 0 ? [{ theirs, ours: shown[index + 1] ?? {} }] : [],
    ),
    ...(subjectTokenType !== undefined && { subjectTokenType }),
    removes: /`npx tollgate issuers remove (\S+)`/.exec(text)?.[1] ?? '',
  };
}

/** As a shell reads them, which finds no other command: what is not for `npx` belongs to other tools. */
function wordsOf(block: string): string[][] {
  const lines = block.replaceAll('\\\n', '').split('\n');
  const script = [
    'PATH=/nowhere',
    String.raw`npx() { printf '%s\n' "$@"; printf '\0'; }`,
    ...lines.filter((line) => line.startsWith('npx ')),
  ].join('\n');
  const output = execFileSync('bash', ['-euc', script], { encoding: 'utf8' });
  return output
    .split('\0')
    .slice(0, -1)
    .map((words) => words.trimEnd().split('\n'));
}

export type IssuerPages = Awaited<ReturnType<typeof createIssuerPages>>;

export async function createIssuerPages() {
  const [world, place, keys] = await Promise.all([createHandedOver(), workplace(), rsaKey('provider')]);
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'provider-key', alg: 'RS256', use: 'sig' };
  const registry = trustRegistry(world.access(world.directoryTable));
  const apiKeys = new Map<string, string>();

  const createClient = async (body: string): Promise<Response> => {
    const asked = parseRegistration(JSON.parse(body), {
      scopes: Object.keys(scopes),
      roles: Object.keys(roles),
    });
    if (!asked.ok) return { statusCode: 400, body: JSON.stringify(asked.failure) };
    const { registration } = asked.value;
    const { clientId, apiKey } = await world.client(registration);
    apiKeys.set(clientId, apiKey);
    const { name: client_name, kind, roles: has, allowedClaims: allowed_claims } = registration;
    const created = { client_id: clientId, client_name, kind, scope: '', roles: has, allowed_claims };
    return { statusCode: 201, body: JSON.stringify({ ...created, api_key: apiKey }) };
  };
  const issuers = issuersHandler(
    {
      registry,
      roles: async () => roles,
      log: createLog('issuers'),
      audit: auditWriter(world.access(world.directoryTable)),
    },
    ISSUER,
  );
  const api = await serveOperators(async (request) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://any');
    const body = await bodyFrom(request);
    if (pathname === '/admin/clients') return createClient(body);
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const event = requestEvent(`${request.method} ${pathname}`, {
      headers,
      body,
      query: Object.fromEntries(searchParams),
    });
    const authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:user/operator' } };
    return issuers({ ...event, requestContext: { ...event.requestContext, authorizer } } as typeof event);
  });
  await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
  await place.file('jwks.json', { keys: [jwk] });

  /** Puts our keys in the place of the provider's. @returns what the command had made of the record */
  const takeOver = async (issuer: string): Promise<TrustedIssuer> => {
    const trusted = (await registry.list()).find((known) => known.issuer === issuer);
    if (trusted === undefined) throw new Error(`${issuer} is not trusted`);
    await registry.put({ ...trusted, keys: { kind: 'jwks', jwks: { keys: [jwk] } } });
    return trusted;
  };

  return {
    ...world,
    takeOver,
    /** Runs one command of a page, on the local deployment. */
    run: ([, ...args]: readonly string[]) =>
      place.runHere(args.join('\n').replace('--stack\nTollgate-dev', '--local').split('\n')),
    file: place.file,
    /** A token of the provider's, of this moment. */
    sign: (claims: Claims): Promise<string> => {
      const now = Math.floor(world.clock() / 1000);
      return new SignJWT({ iat: now, nbf: now, exp: now + 300, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'provider-key' })
        .sign(keys.privateKey);
    },
    apiKeyOf: (clientId: unknown): string => apiKeys.get(String(clientId)) ?? '',
    close: async () => {
      await Promise.all([world.close(), place.remove(), api.close()]);
    },
  };
}

/** @returns the claims of the token in an answer, or the answer. */
export const claimsIn = (response: Response): Claims =>
  response.statusCode === 200
    ? decodeJwt(String(bodyOf(response).access_token))
    : { statusCode: response.statusCode, ...bodyOf(response) };

async function serveOperators(answer: (request: IncomingMessage) => Promise<Response>) {
  const server = createServer(async (request, response) => {
    const { statusCode = 200, body = '' } = await answer(request);
    response.writeHead(statusCode).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function bodyFrom(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
