/** Closes hours: every five minutes by a schedule, and when an operator asks for it. */
import type { AuditWriter } from '../../domain/audit.ts';
import type { ClosingState } from '../../domain/ledger/closing.ts';
import { dueHours } from '../../domain/ledger/due.ts';
import { isRequest, type Request, type Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoute, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { amendMarked } from './amend-marked.ts';
import { closeDue } from './close-due.ts';
import { lookAgain } from './look-again.ts';
import { markBack, readFrom } from './mark-back.ts';
import { attempt, type ClosingPorts, type ClosingStep, PULSE, type Run } from './run.ts';

export interface ClosingHandlerPorts extends ClosingPorts {
  /** What a run does once it has closed hours. */
  steps: readonly ClosingStep[];
  /** Waits for so many milliseconds. */
  pause(milliseconds: number): Promise<void>;
  log: Log;
  audit: AuditWriter;
}

/** Milliseconds after which a run takes on no further hour: the function has 15 minutes, whoever waits has 30 s. */
const PATIENCE = { scheduled: 10 * 60_000, request: 20_000 };

/**
 * @returns the function. The schedule's run throws what kept a step from its end: the alarm counts it, and the next run
 *   goes on where this one ended. `POST /admin/usage/closings` with `{"from": "2026-11-01"}`, or nothing, is answered with
 *   200 and what was done and is left, 400 or 413 `invalid_request`, 409 `closing_under_way` or 503 `ledger_unavailable`
 */
export const closingHandler =
  (ports: ClosingHandlerPorts) =>
  async (event: unknown): Promise<Response | undefined> => {
    if (isRequest(event)) return asked(ports, event);
    await scheduled(ports);
    return undefined;
  };

const asked = (ports: ClosingHandlerPorts, event: Request): Promise<Response> =>
  operatorRoute(
    { log: ports.log, audit: ports.audit, store: 'ledger', unavailable: UNFINISHED },
    async ({ request, fields, change }) => {
      const from = readFrom(request);
      if (!from.ok) return refused(from.failure.status, 'invalid_request', from.failure.reason);
      if (from.value !== undefined) {
        await change({ action: 'usage.mark', target: {}, details: { from: from.value } });
        await markBack(ports, from.value);
      }
      const closing = await closeInTurn(ports, ports.clock() + PATIENCE.request);
      return closing === undefined ? underWay() : answer(ports, closing, fields);
    },
  )(event);

const UNFINISHED = 'The ledger did not answer. Try again: it goes on where it stopped.';

/** Milliseconds before each look at whether the run is over that superseded one. */
const LOOKS = [100, 200, 400, 800, 1_600, 3_200, 6_400];

/**
 * What an operator asked for is done when the answer comes: where a later run took over, once that is over, by another
 * one. Beginning anew at once would end that run, whose operator would begin anew at once.
 *
 * @returns `undefined` where the other run goes on and on
 */
async function closeInTurn(ports: ClosingHandlerPorts, deadline: number): Promise<Closing | undefined> {
  let closing = await close(ports, deadline);
  for (const look of LOOKS) {
    if (!closing.run.superseded) return closing;
    await ports.pause(look);
    if (isBusy(await ports.rollups.state(), ports.clock())) continue;
    const { closed, amended } = closing.run;
    closing = await close(ports, deadline);
    closing.run.closed.unshift(...closed);
    closing.run.amended.unshift(...amended);
  }
  return closing.run.superseded ? undefined : closing;
}

const underWay = (): Response =>
  refused(409, 'closing_under_way', 'Another run is at work. Try again when it is done.', {
    'retry-after': '30',
  });

async function answer(
  { chain, log }: ClosingHandlerPorts,
  { run: { closed, amended }, backlog }: Closing,
  fields: OperatorRequest['fields'],
): Promise<Response> {
  const head = await chain.head();
  log.info('hours closed', { ...fields, status: 200 });
  return json(200, {
    ...{ closed, amended, backlog },
    head: head === undefined ? null : { seq: head.seq, hash: head.hash },
  });
}

/** One run at a time is enough, and of an hour that takes longer than five minutes the only way to its end. */
async function scheduled(ports: ClosingHandlerPorts): Promise<void> {
  const state = await ports.rollups.state();
  const now = ports.clock();
  if (!isBusy(state, now)) return void (await close(ports, now + PATIENCE.scheduled));
  ports.log.info('another run is at work');
  tellBacklog(ports, state);
}

const isBusy = ({ busyUntil = 0 }: ClosingState, now: number): boolean => busyUntil > now;

interface Closing {
  run: Run;
  /** Hours that are still due. */
  backlog: number;
}

async function close(ports: ClosingHandlerPorts, deadline: number): Promise<Closing> {
  const run = await begin(ports, deadline);
  for (const step of [closeDue(ports), amendMarked(ports), lookAgain(ports), ...ports.steps]) {
    if (!run.superseded) await attempt(run, () => step(run));
  }
  await ports.states.hold(run.generation, 0);
  const backlog = tellBacklog(ports, await ports.rollups.state());
  if (run.failures.length > 0) throw run.failures[0];
  return { run, backlog };
}

function tellBacklog({ clock, log }: ClosingHandlerPorts, state: ClosingState): number {
  const backlog = dueHours(state, clock()).length;
  log.measure('ClosingBacklog', backlog);
  return backlog;
}

/** Marks are read before any record is: one that is still the same afterwards stood for what has been read. */
async function begin({ states, late, clock, log }: ClosingHandlerPorts, deadline: number): Promise<Run> {
  const now = clock();
  const state = await states.begin(now + PULSE);
  const marks = new Map((await late.marked()).map(({ hour, mark }) => [hour, mark]));
  return {
    ...{ generation: state.generation, now, deadline, state, marks, log },
    ...{ taken: new Map(), closed: [], amended: [], failures: [], heldUntil: now + PULSE, superseded: false },
  };
}
