/** How a client that another system had comes into the directory: as any other, with the hash of its secret apart. */
import type { Verifier } from '../domain/client.ts';
import { PASSWORD_CREDENTIAL_ID } from '../domain/client.ts';
import type { ClientImport } from '../domain/client-import.ts';
import { differences, secretOf } from '../domain/client-import.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import { clientOf } from '../domain/client-registration.ts';
import type { Clock } from '../domain/ports.ts';
import { clientRegistry } from './client-registry.ts';
import type { TableAccess } from './dynamodb.ts';
import { parseVerifier, verifierKey } from './items.ts';
import { readItem } from './read.ts';

/**
 * @param directory the table of clients
 * @param newId gives an id that no creation or revision had before
 */
export function clientImports(directory: TableAccess, newId: () => string, clock: Clock) {
  const registry = clientRegistry(directory, newId);

  const judge = async (asked: ClientImport) => {
    const record = await registry.find(asked.clientId);
    return record === undefined ? ({ outcome: 'created' } as const) : compared(directory, asked, record);
  };

  return {
    judge,
    async create(asked: ClientImport) {
      const now = clock();
      const client = clientOf(asked.registration, asked.clientId, now);
      const secret = asked.hash === undefined ? undefined : secretOf(asked, asked.hash, now);
      const verifiers = secret === undefined ? [] : [secret.verifier];
      const credentials = secret === undefined ? [] : [secret.credential];
      const outcome = await registry.create(client, credentials, { id: newId(), verifiers });
      if (outcome === 'created') return { outcome };
      // Somebody was faster, with this very import or another one; or it was deleted as it came.
      const judged = await judge(asked);
      return judged.outcome === 'created' ? GONE : judged;
    },
  };
}

const GONE = {
  outcome: 'refused',
  code: 'deleted_meanwhile',
  detail: 'the client was deleted while it was created; send it again if it is wanted',
} as const;

const UNFINISHED = {
  outcome: 'refused',
  code: 'client_unfinished',
  detail: 'a client of this id was created or deleted half; delete it, then import it again',
} as const;

async function compared(directory: TableAccess, asked: ClientImport, { client, phase }: ClientRecord) {
  if (phase !== undefined) return UNFINISHED;
  const differs = differences(asked, client, await verifierOf(directory, asked.clientId));
  return differs.length === 0
    ? ({ outcome: 'exists', same: true } as const)
    : ({ outcome: 'exists', same: false, differs } as const);
}

async function verifierOf(directory: TableAccess, clientId: string): Promise<Verifier | undefined> {
  const key = verifierKey(clientId, PASSWORD_CREDENTIAL_ID);
  const item = await readItem(directory, key, 'reading an imported hash');
  return item === undefined ? undefined : parseVerifier(item);
}
