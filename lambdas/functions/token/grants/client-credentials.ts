/** The grant `client_credentials` (RFC 6749 §4.4): a client asks for a token in its own name. */
import { mayUse } from '../../../domain/client.ts';
import { issuanceTo } from '../../../domain/issuance.ts';
import { fail, ok } from '../../../domain/result.ts';
import type { RoleReader } from '../../../domain/roles.ts';
import { type DeployedTerms, grant, parseTokenRequest } from '../../../domain/token-request.ts';
import { oauthError } from '../../../http/respond.ts';
import type { Authenticate } from '../../authenticate.ts';
import type { OpenSession } from '../../sessions.ts';
import type { GrantHandler } from '../grant.ts';

export interface ClientCredentialsPorts {
  authenticate: Authenticate;
  openSession: OpenSession;
  roles: RoleReader;
}

/** @returns the grant. It asks for `scope` at most; claims and a shorter life are what `POST /auth` is for. */
export const clientCredentials =
  ({ authenticate, openSession, roles }: ClientCredentialsPorts, terms: DeployedTerms): GrantHandler =>
  async ({ request, form, startedAt }) => {
    const holder = await authenticate(request, form);
    if (!holder.ok) return holder;
    if (!mayUse(holder.value.client, 'client_credentials')) {
      return fail(
        oauthError(400, 'unauthorized_client', 'this client may not use the grant client_credentials'),
      );
    }
    const scope = form.get('scope') ?? '';
    const asked = parseTokenRequest(scope === '' ? undefined : { scope });
    const granted = asked.ok
      ? grant(asked.value, holder.value.client, { ...terms, roles: await roles() })
      : asked;
    if (!granted.ok) return fail(oauthError(400, granted.failure.error, granted.failure.description));
    const issuance = issuanceTo(holder.value, 'client_credentials', granted.value);
    return ok(openSession(holder.value, issuance, startedAt));
  };
