/** `POST /oauth2/introspect`: is this token active? (RFC 7662) */
import type { Authenticated } from '../../domain/authentication.ts';
import {
  describeAccessToken,
  INACTIVE,
  type Introspection,
  mayIntrospect,
} from '../../domain/introspection.ts';
import type { Clock, OwnTokens } from '../../domain/ports.ts';
import { parseRefreshToken } from '../../domain/refresh-token.ts';
import type { RoleReader } from '../../domain/roles.ts';
import { scopesOf, type TokenTerms } from '../../domain/token-request.ts';
import { readForm } from '../../http/body.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { json } from '../../http/respond.ts';
import { invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { ScopeName } from '../../routes.ts';
import type { Authenticate } from '../authenticate.ts';
import { inspectSession, type SessionInspectionPorts } from './sessions.ts';

export interface IntrospectPorts extends SessionInspectionPorts {
  authenticate: Authenticate;
  tokens: OwnTokens;
  roles: RoleReader;
  clock: Clock;
  log: Log;
}

/** What it takes to ask about tokens of other clients. */
const OTHERS: ScopeName = 'introspect:tokens';

/**
 * Makes the handler of an introspection. 200 in every case in which the client may ask at all: what is not active,
 * or not the client's to ask about, is told as `{"active":false}` and nothing else (§2.2); 400, 401, 413, 429 and
 * 503 as the token endpoints have them. Without the ledger's word it is 503: neither active nor not.
 *
 * `token_type_hint` is taken and not used: a token shows of which type it is, and a wrong hint must not matter (§2.1).
 */
export const introspectHandler = (ports: IntrospectPorts): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    const form = readForm(request);
    if (!form.ok) return invalidRequest(form.failure.reason, form.failure.status);
    const holder = await ports.authenticate(request, form.value);
    if (!holder.ok) return holder.failure;
    // A parameter without a value counts as absent (RFC 6749 §3.2).
    const token = form.value.get('token') ?? '';
    if (token === '') return invalidRequest('the parameter token is missing');
    const terms = { roles: await ports.roles() };
    const refreshToken = parseRefreshToken(token);
    const answer = refreshToken.ok
      ? await inspectSession(ports, holder.value, refreshToken.value, terms, ports.clock())
      : await inspectAccessToken(ports, holder.value, token, terms);
    return told(ports.log, request, holder.value, answer);
  });

async function inspectAccessToken(
  { tokens, clock }: IntrospectPorts,
  { client }: Authenticated,
  token: string,
  { roles }: Pick<TokenTerms, 'roles'>,
): Promise<Introspection> {
  const found = await tokens.active(token, clock());
  const mine = found !== undefined && mayIntrospect(client, scopesOf(client, roles), found, OTHERS);
  return mine ? describeAccessToken(found) : INACTIVE;
}

function told(log: Log, request: Request, { client }: Authenticated, answer: Introspection): Response {
  const { requestId, routeKey: route } = request.requestContext;
  const reason = answer.active ? 'active' : 'inactive';
  const { jti } = answer;
  log.info('introspection answered', {
    ...{ requestId, route, status: 200, reason, clientId: client.clientId },
    ...(typeof jti === 'string' && { jti }),
  });
  return json(200, answer);
}
