/** A warning before something is said of a client that there is not: the server takes it, and a slip would go unnoticed. */
import * as z from 'zod';
import { printable } from './failure.ts';
import { coloursOf } from './output.ts';
import { signedFetch } from './signed-fetch.ts';
import { sameTarget, type Target, type TargetOptions } from './target.ts';

/** Warns on stderr where the deployment has no such client. @throws {CommandFailure} `unreachable` */
export async function warnOfUnknownClient(
  target: Target,
  clientId: string,
  options: TargetOptions,
): Promise<void> {
  const path = `/admin/clients/${encodeURIComponent(clientId)}`;
  const { status, body } = await signedFetch(target, { method: 'GET', path });
  const isUnknown = z.object({ code: z.literal('unknown_client') }).safeParse(body).success;
  if (status !== 404 || !isUnknown) return;
  const { yellow } = coloursOf(process.stderr);
  process.stderr.write(
    `${yellow('warning:')} There is no client ${printable(clientId)}, or not any more: \`npx tollgate clients list ${sameTarget(options)}\`.\n`,
  );
}
