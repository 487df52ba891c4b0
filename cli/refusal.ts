/** What the command says where a route of the operators did not answer as hoped. */
import * as z from 'zod';
import { credentialFault } from './credential-fault.ts';
import type { Exchanged } from './exchange.ts';
import { CommandFailure, EXIT, printable } from './failure.ts';
import type { Answer } from './signed-fetch.ts';

/** A problem of RFC 9457, an error of RFC 6749, or the gateway's own `message`. */
const refusalShape = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  message: z.string().optional(),
});

/**
 * @param route the route that was called, such as `POST /admin/clients`
 * @param help the verb whose help tells what may be asked for, such as `clients create`
 * @param steps what to do next, by the code of a problem
 */
export function refusal(
  { status, body }: Pick<Answer, 'status' | 'body'>,
  { route, help, steps = {} }: { route: string; help: string; steps?: Readonly<Record<string, string>> },
): CommandFailure {
  const parsed = refusalShape.safeParse(body);
  if (!parsed.success) return notOurs(status);
  const { error = String(status), error_description, message = 'no reason given' } = parsed.data;
  const { code = error, detail = error_description ?? message } = parsed.data;
  const what = `The server refused (${printable(code)}): ${printable(detail)}`;
  // The gateway says it in a `message`; a problem of ours is never about the signature.
  const fault = status === 403 && parsed.data.code === undefined ? credentialFault(detail) : undefined;
  if (fault !== undefined) return new CommandFailure(EXIT.unreachable, what, fault);
  const next = steps[code] ?? STEPS[code] ?? nextStep(status, route, help);
  return new CommandFailure(EXIT.refused, what, next, { again: status === 429 || status === 503 });
}

/** What to do about codes that several routes have. */
const STEPS: Readonly<Record<string, string>> = {
  changed_meanwhile: 'Somebody else has changed it. Look at it again, and then repeat what is still right.',
  unknown_client: 'See which there are: `npx tollgate clients list`.',
};

function nextStep(status: number, route: string, help: string): string {
  if (status === 401 || status === 403) {
    return `Your AWS identity needs execute-api:Invoke on ${route} of this API, and a clock that is right.`;
  }
  if (status === 404) return 'The deployment there has no such route: deploy this version first.';
  if (status === 429) return 'Wait a little, then try again.';
  if (status < 500) return `See \`npx tollgate ${help} --help\`.`;
  return "Try again; if it stays, the function's log says why.";
}

/** @returns the failure of `tollgate call`, for an answer that is no 2xx and was printed. @param route that was called */
export function callRefusal(
  { status, statusText, headers }: Pick<Exchanged, 'status' | 'statusText' | 'headers'>,
  route: string,
): CommandFailure {
  const what = `${printable(route)} was answered ${`${status} ${printable(statusText)}`.trim()}.`;
  return new CommandFailure(EXIT.refused, what, callStep(status, headers));
}

function callStep(status: number, headers: Headers): string {
  const reason = printable(headers.get('www-authenticate') ?? '');
  const wait = printable(headers.get('retry-after') ?? '');
  if (status === 401) return `The token was not taken${reason === '' ? '.' : `: ${reason}`}`;
  if (status === 403)
    return 'See what the client may do: `npx tollgate clients show <id>`. Routes under /admin have verbs of their own.';
  if (status === 404) return 'See which routes there are: `npx tollgate open`.';
  if (status === 429 || status === 503) return `Try again${wait === '' ? '' : ` in ${wait} s`}.`;
  return status < 500 ? 'What is wrong stands in the answer.' : "The function's log says why.";
}

/** @returns the failure for an answer that Tollgate would not give. */
export const notOurs = (status: number) =>
  new CommandFailure(
    EXIT.refused,
    `The answer (${status}) is not one of Tollgate's.`,
    'Check that the address is that of a Tollgate deployment.',
  );
