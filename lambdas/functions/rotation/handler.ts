/** Rotates the signing keys: hourly, during the deployment, and when an operator asks for it or has lost one. */
import type { AuditWriter } from '../../domain/audit.ts';
import type { RevocationWriter } from '../../domain/ports.ts';
import { type RingSummary, summaryOf } from '../../domain/ring-summary.ts';
import { type RotationPorts, revokeKey, rotate } from '../../domain/rotation.ts';
import { isRequest, type Request, type Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { parseEvent } from './event.ts';
import { operatorsRing } from './operators.ts';

export interface RotationHandlerPorts extends RotationPorts {
  revocations: RevocationWriter;
  audit: AuditWriter;
  log: Log;
}

export interface RotationSettings {
  /** Milliseconds that a key signs. */
  rotation: number;
}

export interface RotationHandler {
  (event: Request): Promise<Response>;
  (event: unknown): Promise<RingSummary>;
}

/**
 * @returns the function: it answers operators as {@link operatorsRing} says. Everyone else hears ids and times of all
 *   keys, and it throws whatever kept it from its end: the caller sees it then, the alarm counts it, and the next run
 *   goes on where this one ended.
 */
export function rotationHandler(ports: RotationHandlerPorts, settings: RotationSettings): RotationHandler {
  const serve = operatorsRing(ports, settings);
  const handle = (event: unknown): Promise<RingSummary | Response> =>
    isRequest(event) ? serve(event) : invoked(ports, settings, event);
  return handle as RotationHandler;
}

async function invoked(ports: RotationHandlerPorts, { rotation }: RotationSettings, event: unknown) {
  const { revokeKey: lost } = parseEvent(event);
  const ring = lost === undefined ? await rotate(ports, rotation) : await revoked(ports, rotation, lost);
  const summary = summaryOf(ring, ports.clock());
  report(ports.log, summary);
  return summary;
}

async function revoked(ports: RotationHandlerPorts, rotation: number, kid: string) {
  const outcome = await revokeKey(ports, rotation, kid);
  if (!outcome.ok) throw new Error(`nothing was changed: there is no key ${kid}`);
  ports.log.warn('key revoked', { kid });
  return outcome.value;
}

function report(log: Log, { signing, keys }: RingSummary): void {
  for (const { kid, ...times } of keys) log.info('key', { kid, reason: JSON.stringify(times) });
  if (signing === undefined) log.warn('no key may sign yet');
  else log.info('key signs', { kid: signing });
}
