/**
 * Every key and shape in the two tables; `docs/data-model.md` explains them. What is read is parsed: an item
 * that has not the shape throws with its key, it never counts as absent.
 *
 * Ids are percent-encoded inside keys, so that no id can hold the separator.
 */
export * from './items/assertions.ts';
export * from './items/audit.ts';
export * from './items/budgets.ts';
export * from './items/clients.ts';
export * from './items/closings.ts';
export * from './items/habits.ts';
export * from './items/idempotency.ts';
export { EXPIRES_AT, type Key, revisionIn } from './items/item.ts';
export * from './items/ledger.ts';
export * from './items/prices.ts';
export * from './items/roles.ts';
export * from './items/rollups.ts';
export * from './items/sessions.ts';
export * from './items/trusted-issuers.ts';
export * from './items/verifiers.ts';
