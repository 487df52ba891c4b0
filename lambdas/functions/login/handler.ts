/** `POST /auth`: an API key or Basic credentials for a token. */
import type { Authenticated } from '../../domain/authentication.ts';
import { mayUse } from '../../domain/client.ts';
import { issuanceTo } from '../../domain/issuance.ts';
import { fail, type Result } from '../../domain/result.ts';
import type { RoleReader } from '../../domain/roles.ts';
import {
  type DeployedTerms,
  type Grant,
  grant,
  parseTokenRequest,
  type TokenTerms,
} from '../../domain/token-request.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { oauthError } from '../../http/respond.ts';
import { invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { Authenticate } from '../authenticate.ts';
import {
  answerToken,
  type Issued,
  type IssuePorts,
  type IssueTerms,
  issue,
  tokenResponse,
} from '../issue.ts';
import type { OpenSession } from '../sessions.ts';

export interface LoginPorts extends IssuePorts {
  authenticate: Authenticate;
  openSession: OpenSession;
  roles: RoleReader;
}

/**
 * Makes the handler of a login: 200 with the token in `Authorization` and in the body; 400, 401, 413, 429 and
 * 503 as the token endpoints have them.
 */
export const loginHandler = (ports: LoginPorts, terms: IssueTerms & DeployedTerms): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    // One instant for all of it, and the earliest: what is revoked while a login runs covers its token too.
    const startedAt = ports.clock();
    const holder = await ports.authenticate(request);
    if (!holder.ok) return holder.failure;
    const roles = await ports.roles();
    const granted = mayLogIn(holder.value)
      ? grantFor(request, holder.value, { ...terms, roles })
      : fail(notThisDoor());
    if (!granted.ok) return refused(ports.log, request, holder.value, granted.failure);
    const asked = issuanceTo(holder.value, 'login', granted.value);
    const { issuance, settle } = ports.openSession(holder.value, asked, startedAt);
    return issue(ports, terms, request, { issuance, startedAt, settle, answer });
  });

/** The token once more in a header, where a client can take it from without a parser. */
const answer = (issued: Issued): Response =>
  answerToken(tokenResponse(issued), { authorization: `Bearer ${issued.token}` });

/** A service that may have no token in its own name gets none here either. */
const mayLogIn = ({ client }: Authenticated): boolean =>
  client.kind === 'user' || mayUse(client, 'client_credentials');

const notThisDoor = (): Response =>
  oauthError(
    400,
    'unauthorized_client',
    'this client may not use the grant client_credentials, so it cannot log in',
  );

function grantFor(request: Request, { client }: Authenticated, terms: TokenTerms): Result<Grant, Response> {
  const body = readJson(request);
  if (!body.ok) return fail(invalidRequest(body.failure.reason, body.failure.status));
  const asked = parseTokenRequest(body.value);
  const granted = asked.ok ? grant(asked.value, client, terms) : asked;
  return granted.ok ? granted : fail(oauthError(400, granted.failure.error, granted.failure.description));
}

function refused(log: Log, request: Request, { client, credential }: Authenticated, response: Response) {
  const { requestId, routeKey: route } = request.requestContext;
  const { clientId } = client;
  const { credentialId } = credential;
  const status = response.statusCode ?? 400;
  log.warn('login refused', { requestId, route, status, reason: 'bad request', clientId, credentialId });
  return response;
}
