/** Batches of clients to `POST /admin/imports`, and what became of each. */
import pRetry from 'p-retry';
import * as z from 'zod';
import { CommandFailure, EXIT } from '../failure.ts';
import { askOperator } from '../operator.ts';
import type { Target } from '../target.ts';
import { type Entry, type ImportedClient, isTaken, type NotTaken, type Taken } from './entry.ts';
import { hashSecret, secretFault } from './hashes.ts';

/** What the server takes at once. */
export const BATCH = 100;

/** What became of an entry. */
export type Outcome =
  | { outcome: 'created'; notes: readonly string[] }
  /** It is there; `same` unless something of it differs. */
  | { outcome: 'exists'; same: boolean; differs: readonly string[] }
  | ({ outcome: 'not_taken' } & NotTaken);

/** What the operator said about all of them. */
export interface Terms {
  dryRun: boolean;
  tenant?: string | undefined;
  /** Scopes by their old names; one without a new name is left behind. */
  scopes: ReadonlyMap<string, string>;
  /** Scopes that each of them has besides. */
  more: readonly string[];
}

/**
 * @returns what sends a batch and says what became of each, in their order; again where the connection drops or the
 *   server is throttled, because the same clients twice are the same. Where there never was a connection it fails at once.
 */
export function sender(target: Target, terms: Terms): (entries: readonly Entry[]) => Promise<Outcome[]> {
  let isReached = false;
  const shouldRetry = ({ error }: { error: Error }) =>
    error instanceof CommandFailure && (error.again || (isReached && error.exitCode === EXIT.unreachable));
  return async (entries) => {
    const outcomes = new Map<Entry, Outcome>();
    const ready: Ready[] = [];
    for (const entry of entries) {
      const made = isTaken(entry.taken) ? await readyOf(entry, entry.taken, terms) : entry.taken;
      if ('client' in made) ready.push(made);
      else outcomes.set(entry, { outcome: 'not_taken', ...made });
    }
    const send = () => post(target, ready, terms.dryRun);
    const results = ready.length === 0 ? [] : await pRetry(send, { ...PATIENCE, shouldRetry });
    isReached ||= ready.length > 0;
    for (const [at, made] of ready.entries()) outcomes.set(made.entry, outcomeOf(made, results[at]));
    return entries.map((entry) => outcomes.get(entry) ?? { outcome: 'not_taken', ...NO_ANSWER });
  };
}

/** Half a minute in all. */
const PATIENCE = { retries: 5, minTimeout: 250, factor: 3, maxTimeout: 15_000 };

const NO_ANSWER = { code: 'no_answer', detail: 'the server did not say what became of it' };

/** A client as it is sent. */
interface Ready {
  entry: Entry;
  client: ImportedClient;
  notes: readonly string[];
  /** Whether its hash has a salt that was made up just now, and so is never that of before. */
  isSaltedAnew: boolean;
}

async function readyOf(
  entry: Entry,
  { client, secret, notes }: Taken,
  terms: Terms,
): Promise<Ready | NotTaken> {
  const fault = secret === undefined ? undefined : secretFault(secret);
  if (fault !== undefined) return { code: 'unusable_secret', detail: fault };
  const hashed = secret === undefined ? undefined : await hashSecret(client.client_id, secret);
  const scope = scopeOf(client, terms);
  const sent: ImportedClient = {
    ...client,
    ...(scope !== undefined && { scope }),
    ...(terms.tenant !== undefined && client.tenant === undefined && { tenant: terms.tenant }),
    ...(hashed !== undefined && { secret_hash: hashed.hash }),
  };
  return { entry, client: sent, notes, isSaltedAnew: hashed?.isRepeatable === false };
}

function scopeOf({ scope }: ImportedClient, { scopes, more }: Terms): string | undefined {
  const had = (scope ?? '').split(' ').map((name) => scopes.get(name) ?? name);
  const names = [...new Set([...had, ...more])].filter((name) => name !== '');
  return names.length === 0 ? undefined : names.join(' ');
}

const resultShape = z.looseObject({
  outcome: z.enum(['created', 'exists', 'refused']),
  same: z.boolean().optional(),
  differs: z.array(z.string()).optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});
const shape = z.looseObject({ results: z.array(resultShape) });

function outcomeOf(
  { notes, isSaltedAnew }: Ready,
  result: z.output<typeof resultShape> | undefined,
): Outcome {
  if (result?.outcome === 'created') return { outcome: 'created', notes };
  if (result?.outcome === 'exists') {
    const differs = (result.differs ?? []).filter((name) => !(isSaltedAnew && name === 'secret_hash'));
    return { outcome: 'exists', same: differs.length === 0, differs };
  }
  const { code = NO_ANSWER.code, detail = NO_ANSWER.detail } = result ?? {};
  return { outcome: 'not_taken', code, detail };
}

async function post(target: Target, ready: readonly Ready[], dryRun: boolean) {
  const content = { clients: ready.map(({ client }) => client), ...(dryRun && { dry_run: true }) };
  const call = {
    ...({ method: 'POST', path: '/admin/imports', help: 'credentials import', content, shape } as const),
    look: AGAIN,
  };
  return (await askOperator(target, call)).body.results;
}

export const AGAIN = 'Run the same again: what is there already is told, and left as it is.';
