/**
 * `/admin/clients`: operators create clients and give them credentials. The gateway has verified the operator's AWS
 * signature and permission (IAM); the log line of each change is the audit trail.
 */
import type { Handler } from '../../http/event.ts';
import { operatorRoute } from '../../http/operator.ts';
import { type AddCredentialPorts, addCredential } from './add-credential.ts';
import { type CreateClientPorts, createClient } from './create-client.ts';

export type ClientsPorts = CreateClientPorts & AddCredentialPorts;

const SERVED: Readonly<Record<string, typeof createClient | typeof addCredential>> = {
  'POST /admin/clients': createClient,
  'POST /admin/clients/{clientId}/credentials': addCredential,
};

/** @returns the handler of the operators' registration of clients and credentials. */
export const clientsHandler = (ports: ClientsPorts): Handler =>
  operatorRoute(ports.log, async (asked) => {
    const serve = SERVED[asked.request.routeKey];
    if (serve === undefined) throw new Error('a route that this function does not serve');
    return serve(ports, asked);
  });
