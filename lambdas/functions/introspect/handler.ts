/** `POST /oauth2/introspect`: is this token active? (RFC 7662) */
import { readForm } from '../../http/body.ts';
import type { Handler } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { json } from '../../http/respond.ts';
import { invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { Authenticate } from '../authenticate.ts';

export interface IntrospectPorts {
  authenticate: Authenticate;
  log: Log;
}

export const introspectHandler = (ports: IntrospectPorts): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    const form = readForm(request);
    if (!form.ok) return invalidRequest(form.failure.reason, form.failure.status);
    const holder = await ports.authenticate(request, form.value);
    if (!holder.ok) return holder.failure;
    return json(200, { active: false });
  });
