/**
 * `/admin/clients`: operators create, list, change and delete clients, and their credentials. The gateway has verified
 * the operator's AWS signature and permission (IAM); each change is in the audit trail before it is made.
 */
import type { AuditWriter } from '../../domain/audit.ts';
import type { Handler } from '../../http/event.ts';
import { operatorRoutes } from '../../http/operator.ts';
import { type AddCredentialPorts, addCredential } from './add-credential.ts';
import { type ChangeClientPorts, changeClient, showClient } from './change-client.ts';
import { type ChangeCredentialPorts, changeCredential, endCredential } from './change-credential.ts';
import { type CreateClientPorts, createClient } from './create-client.ts';
import { type DeleteClientPorts, deleteClient } from './delete-client.ts';
import { type ListClientsPorts, listClients } from './list-clients.ts';
import { type ListCredentialsPorts, listCredentials } from './list-credentials.ts';

export type ClientsPorts = CreateClientPorts &
  AddCredentialPorts &
  ListClientsPorts &
  ChangeClientPorts &
  DeleteClientPorts &
  ListCredentialsPorts &
  ChangeCredentialPorts & { audit: AuditWriter };

/** @returns the handler of the operators' routes of clients and credentials. */
export const clientsHandler = (ports: ClientsPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'directory' },
    {
      'GET /admin/clients': (asked) => listClients(ports, asked),
      'POST /admin/clients': (asked) => createClient(ports, asked),
      'GET /admin/clients/{clientId}': (asked) => showClient(ports, asked),
      'PATCH /admin/clients/{clientId}': (asked) => changeClient(ports, asked),
      'DELETE /admin/clients/{clientId}': (asked) => deleteClient(ports, asked),
      'GET /admin/clients/{clientId}/credentials': (asked) => listCredentials(ports, asked),
      'POST /admin/clients/{clientId}/credentials': (asked) => addCredential(ports, asked),
      'PATCH /admin/clients/{clientId}/credentials/{credentialId}': (asked) => changeCredential(ports, asked),
      'DELETE /admin/clients/{clientId}/credentials/{credentialId}': (asked) => endCredential(ports, asked),
    },
  );
