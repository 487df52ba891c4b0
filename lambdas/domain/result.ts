/** An expected outcome as a value: what was asked for, or the reason why not. Exceptions are for the unexpected. */
export type Result<Value, Failure> = { ok: true; value: Value } | { ok: false; failure: Failure };

/** @returns the successful {@link Result} that carries `value`. */
export const ok = <Value>(value: Value): { ok: true; value: Value } => ({ ok: true, value });

/** @returns the failed {@link Result} that carries its reason. */
export const fail = <Failure>(failure: Failure): { ok: false; failure: Failure } => ({ ok: false, failure });
