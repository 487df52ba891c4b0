import * as z from 'zod/mini';

/** What the rotation was invoked for: the hourly look, or a key that somebody else may have. */
export interface RotationRequest {
  /** The key to revoke. */
  revokeKey?: string;
}

/** The envelope of EventBridge. Whatever it says, it asks for the hourly look. */
const envelope = {
  version: z.optional(z.unknown()),
  id: z.optional(z.unknown()),
  'detail-type': z.string(),
  source: z.string(),
  account: z.optional(z.unknown()),
  time: z.optional(z.unknown()),
  region: z.optional(z.unknown()),
  resources: z.optional(z.unknown()),
  detail: z.optional(z.unknown()),
};

/** An RFC 7638 thumbprint: SHA-256 in base64url. */
export const thumbprint = z.string().check(z.regex(/^[\w-]{43}$/));

const shape = z.union([
  z.strictObject({}),
  z.strictObject({ revokeKey: thumbprint }),
  z.pipe(
    z.strictObject(envelope),
    z.transform(() => ({})),
  ),
]);

/**
 * @param event of a schedule, of the deployment's trigger (`{}`), or an operator's `{"revokeKey": "<kid>"}`
 * @throws Error that says what is accepted: a misspelt emergency must not pass for an hourly look
 */
export function parseEvent(event: unknown): RotationRequest {
  const parsed = shape.safeParse(event ?? {});
  if (parsed.success) return parsed.data;
  throw new Error('nothing was changed: the event has to be {} or {"revokeKey": "<the kid, 43 characters>"}');
}
