/**
 * Who presents a refresh token. A service authenticates. A user has nothing to keep a secret in but the session
 * itself, so it is a public client (RFC 6749 §2.1): it names itself, and the token has to be its own.
 */
import type { Authenticated } from '../domain/authentication.ts';
import { CLIENT_ID } from '../domain/client.ts';
import type { LoginFacts } from '../domain/ports.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Form } from '../http/body.ts';
import { presentsCredentials } from '../http/credentials.ts';
import type { Request, Response } from '../http/event.ts';
import type { Authenticate } from './authenticate.ts';

export interface Presenter {
  clientId: string;
  /** Absent where it only named itself. */
  authenticated?: Authenticated;
}

/**
 * @returns who it is, or the answer that refuses it; credentials that are presented have to be right
 * @throws {StoreUnavailable}
 */
export async function presenterOf(
  authenticate: Authenticate,
  request: Request,
  form: Form,
): Promise<Result<Presenter, Response>> {
  const clientId = form.get('client_id') ?? '';
  // Whoever names itself is in the log by that name: what none can have may be a secret in the wrong parameter.
  if (CLIENT_ID.test(clientId) && !presentsCredentials(request, form)) return ok({ clientId });
  const holder = await authenticate(request, form);
  if (!holder.ok) return holder;
  return ok({ clientId: holder.value.client.clientId, authenticated: holder.value });
}

/** @returns whether the client has proved what it has to, being what the directory says that it is. */
export const mayPresent = ({ authenticated }: Presenter, { client }: LoginFacts): boolean =>
  authenticated !== undefined || client?.kind !== 'service';
