/** Rotates the signing keys: hourly, during the deployment, and when an operator has lost one. */
import type { RevocationWriter } from '../../domain/ports.ts';
import { type RingSummary, summaryOf } from '../../domain/ring-summary.ts';
import { type RotationPorts, revokeKey, rotate } from '../../domain/rotation.ts';
import type { Log } from '../../http/log.ts';
import { parseEvent } from './event.ts';

export interface RotationHandlerPorts extends RotationPorts {
  revocations: RevocationWriter;
  log: Log;
}

export interface RotationSettings {
  /** Milliseconds that a key signs. */
  rotation: number;
}

/**
 * @returns the function: it answers with ids and times of all keys, and throws whatever kept it from its end. The
 *   caller sees it then, the alarm counts it, and the next run goes on where this one ended.
 */
export const rotationHandler =
  (ports: RotationHandlerPorts, { rotation }: RotationSettings) =>
  async (event: unknown): Promise<RingSummary> => {
    const { revokeKey: lost } = parseEvent(event);
    const ring = lost === undefined ? await rotate(ports, rotation) : await revoked(ports, rotation, lost);
    const summary = summaryOf(ring, ports.clock());
    report(ports.log, summary);
    return summary;
  };

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
