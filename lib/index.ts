/** What apps of others may use of these constructs; `examples/protect-a-function` does. */
export { deployedTollgate } from './deployed-tollgate.ts';
export { ImportedLedger } from './imported-ledger.ts';
export { lifecycleOf } from './lifecycle.ts';
export { TollgateChecks } from './policy/checks.ts';
export { ProtectedApi } from './protected-api.ts';
export { ProtectedFunction } from './protected-function.ts';
