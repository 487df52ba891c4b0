/**
 * `/admin/clients`: operators create clients and give them credentials. The gateway has verified the operator's AWS
 * signature and permission (IAM); the log line of each change is the audit trail.
 */
import type { AuditWriter } from '../../domain/audit.ts';
import type { Handler } from '../../http/event.ts';
import { operatorRoutes } from '../../http/operator.ts';
import { type AddCredentialPorts, addCredential } from './add-credential.ts';
import { type CreateClientPorts, createClient } from './create-client.ts';

export type ClientsPorts = CreateClientPorts & AddCredentialPorts & { audit: AuditWriter };

/** @returns the handler of the operators' registration of clients and credentials. */
export const clientsHandler = (ports: ClientsPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'directory' },
    {
      'POST /admin/clients': (asked) => createClient(ports, asked),
      'POST /admin/clients/{clientId}/credentials': (asked) => addCredential(ports, asked),
    },
  );
