/** `POST /oauth2/token`: the token endpoint of RFC 6749 §3.2. Each grant is a file in `grants/`. */
import { type GrantType, grantTypes, isGrantType } from '../../domain/grant-type.ts';
import type { Clock } from '../../domain/ports.ts';
import { readForm } from '../../http/body.ts';
import type { Handler } from '../../http/event.ts';
import { oauthError } from '../../http/respond.ts';
import { invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import {
  answerToken,
  type Issued,
  type IssuePorts,
  type IssueTerms,
  issue,
  tokenResponse,
} from '../issue.ts';
import type { GrantHandler } from './grant.ts';

export interface TokenPorts extends IssuePorts {
  grants: Readonly<Record<GrantType, GrantHandler>>;
  clock: Clock;
}

/**
 * Makes the handler of the token endpoint: 200 with a token, or the errors of RFC 6749 §5.2 as the token endpoints
 * have them. The client is authenticated by the grant, because not every grant asks for it.
 */
export const tokenHandler = (ports: TokenPorts, terms: IssueTerms): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    // One instant for all of it, and the earliest: what is revoked while it runs covers its token too.
    const startedAt = ports.clock();
    const form = readForm(request);
    if (!form.ok) return invalidRequest(form.failure.reason, form.failure.status);
    const grantType = form.value.get('grant_type') ?? '';
    if (!isGrantType(grantType)) return unknownGrant(grantType);
    const granted = await ports.grants[grantType]({ request, form: form.value, startedAt });
    if (!granted.ok) return granted.failure;
    const { issuance, parameters = {}, settle } = granted.value;
    const answer = (issued: Issued) => answerToken({ ...tokenResponse(issued), ...parameters });
    return issue(ports, terms, request, { issuance, startedAt, settle, answer });
  });

/** A parameter without a value counts as absent (RFC 6749 §3.2). */
const unknownGrant = (grantType: string) =>
  grantType === ''
    ? invalidRequest('the parameter grant_type is missing')
    : oauthError(400, 'unsupported_grant_type', `the grant types are ${grantTypes.join(', ')}`);
