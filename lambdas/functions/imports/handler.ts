/**
 * `POST /admin/imports`: creates clients that another system had, each for itself, and says what became of each. The
 * same import again changes nothing, so whoever lost the answer, or half of a file, sends all of it once more.
 */
import pMap from 'p-map';
import type { AuditWriter } from '../../domain/audit.ts';
import { type ClientImport, idIn, parseImport, parseImports } from '../../domain/client-import.ts';
import { describeRegistration } from '../../domain/client-record.ts';
import type { RoleReader } from '../../domain/roles.ts';
import type { RegistrationError, Vocabulary } from '../../domain/vocabulary.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { scopes } from '../../routes.ts';

/** What became of a client, or would. `same` is whether what is there is just what was to be imported. */
export type ImportOutcome =
  | { outcome: 'created' }
  | { outcome: 'exists'; same: true }
  | { outcome: 'exists'; same: false; differs: string[] }
  | ({ outcome: 'refused' } & RegistrationError);

export interface ClientImports {
  /** What would become of it: `created` where there is no client of this id. Reads only. @throws {StoreUnavailable} */
  judge(asked: ClientImport): Promise<ImportOutcome>;
  /** Creates it, all or nothing; nothing is written where there is a client of this id. @throws {StoreUnavailable} */
  create(asked: ClientImport): Promise<ImportOutcome>;
}

export interface ImportsPorts {
  imports: ClientImports;
  /** Read anew: a role may have been set the moment before. */
  roles: RoleReader;
  log: Log;
  audit: AuditWriter;
}

/** Bytes: a hundred clients with all that they may have. */
const MAX_IMPORTS = 512 * 1024;
/** Clients of a request at once. */
const AT_ONCE = 20;

/** @returns the handler of the operators' imports: 200 with what became of each client in order, 400, 413 or 503. */
export const importsHandler = (ports: ImportsPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'directory', unavailable: UNAVAILABLE },
    { 'POST /admin/imports': (asked) => importAll(ports, asked) },
  );

const UNAVAILABLE =
  'The directory did not answer, and some of the clients may be created. Send the same again: what is there is left as it is.';

async function importAll(ports: ImportsPorts, asked: OperatorRequest): Promise<Response> {
  const body = readJson(asked.request, MAX_IMPORTS);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const parsed = parseImports(body.value);
  if (!parsed.ok) return refused(400, 'invalid_body', parsed.failure);
  const { clients, dryRun } = parsed.value;
  const known: Vocabulary = { scopes: Object.keys(scopes), roles: Object.keys(await ports.roles()) };
  const repeated = repeatedIn(clients);
  const one = async (item: unknown) => ({
    client_id: idIn(item),
    ...(repeated.has(idIn(item))
      ? REPEATED
      : await importOne(ports, asked, parseImport(item, known), dryRun)),
  });
  const results = await pMap(clients, one, { concurrency: AT_ONCE });
  const count = (name: ImportOutcome['outcome']) => results.filter(({ outcome }) => outcome === name).length;
  const sums = { created: count('created'), exists: count('exists'), refused: count('refused') };
  ports.log.info(dryRun ? 'import judged' : 'clients imported', {
    ...asked.fields,
    status: 200,
    ...{ reason: inWords(sums) },
  });
  return json(200, { dry_run: dryRun, ...sums, results });
}

function repeatedIn(clients: readonly unknown[]): ReadonlySet<string | undefined> {
  const ids = clients.map(idIn).filter((id) => id !== undefined);
  return new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
}

/** Which of them is meant, nobody can tell. */
const REPEATED: ImportOutcome = {
  outcome: 'refused',
  code: 'repeated_client_id',
  detail: 'client_id stands there more than once; send one of them',
};

async function importOne(
  { imports }: ImportsPorts,
  { change }: OperatorRequest,
  parsed: ReturnType<typeof parseImport>,
  dryRun: boolean,
): Promise<ImportOutcome> {
  if (!parsed.ok) return { outcome: 'refused', ...parsed.failure };
  const judged = await imports.judge(parsed.value);
  if (dryRun || judged.outcome !== 'created') return judged;
  const { clientId, registration, hash } = parsed.value;
  const asRegistered = describeRegistration({ clientId, ...registration });
  const details = { ...asRegistered, with_secret: hash !== undefined };
  await change({ action: 'client.import', target: { client: clientId }, details });
  return imports.create(parsed.value);
}

const inWords = (sums: Readonly<Record<string, number>>): string =>
  Object.entries(sums)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
