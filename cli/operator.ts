/** A signed request to an operator route, and what the command says where it was refused: one call for both. */
import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { CommandFailure, EXIT } from './failure.ts';
import { notOurs, refusal } from './refusal.ts';
import { type Answer, type Asked, signedFetch } from './signed-fetch.ts';
import type { Target } from './target.ts';

/** A request, and how its answer is read. */
export interface OperatorCall<Shape extends z.ZodType> extends Omit<Asked, 'idempotencyKey'> {
  /** What the body of a success is: loose, so that `--json` hands on what a newer server adds. None for 204. */
  shape: Shape;
  /** The verb whose help tells what may be asked for, such as `clients create`. */
  help: string;
  /** What to do next, by the code of a problem. */
  steps?: Readonly<Record<string, string>> | undefined;
  /** For a creation of which the server knows `Idempotency-Key`: one is sent, and where the connection drops it is asked for once more. */
  once?: boolean;
  /** How to see what became of a change whose answer never came, such as `See npx tollgate clients list.` */
  look?: string;
}

/** A success. */
export interface OperatorAnswer<Body> {
  status: number;
  body: Body;
  /** The body as it came: of a route that answers in other forms than JSON. */
  text: string;
  headers: Headers;
  /** To be sent as `ifMatch` with a change of what was read. */
  etag: string | undefined;
}

/**
 * Asks an operator route. Reading, and creating `once`, is tried again once where the connection drops.
 *
 * @returns the answer, where it is a 2xx
 * @throws {CommandFailure} `refused` with a next step for what the server refused, `unreachable` where no answer came
 */
export async function askOperator<Shape extends z.ZodType>(
  target: Target,
  call: OperatorCall<Shape>,
): Promise<OperatorAnswer<z.output<Shape>>> {
  const answer = await persistently(target, call);
  if (answer.status < 200 || answer.status > 299) {
    throw refusal(answer, { route: `${call.method} ${call.path}`, help: call.help, steps: call.steps ?? {} });
  }
  const parsed = call.shape.safeParse(answer.body);
  if (!parsed.success) throw notOurs(answer.status);
  const { status, text, headers } = answer;
  return { status, body: parsed.data, text, headers, etag: headers.get('etag') ?? undefined };
}

async function persistently<Shape extends z.ZodType>(
  target: Target,
  { once, look, ...asked }: OperatorCall<Shape>,
): Promise<Answer> {
  const sent = { ...asked, ...(once && { idempotencyKey: randomBytes(32).toString('base64url') }) };
  try {
    return await signedFetch(target, sent);
  } catch (error) {
    if (wasNeverSent(error)) throw error;
    if (!once && asked.method !== 'GET') throw uncertain(error, look);
  }
  return signedFetch(target, sent).catch((error: unknown) => {
    throw asked.method === 'GET' ? error : uncertain(error, look);
  });
}

const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** There was no connection at all: nothing has changed, and a second attempt would end as the first. */
function wasNeverSent(error: unknown): boolean {
  const { cause } = error as { cause?: { cause?: { code?: unknown } } };
  return NEVER_SENT.includes(String(cause?.cause?.code));
}

function uncertain(error: unknown, look = 'Look before you repeat it.'): unknown {
  if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unreachable) return error;
  const next = `Whether it was done is not known. ${look}`;
  return new CommandFailure(EXIT.unreachable, error.message, next, { cause: error });
}
