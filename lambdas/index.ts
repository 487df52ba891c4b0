/** What protected functions of others are made of; `examples/protect-a-function` shows one. */
export { byHandler, free, perCall, perKilobyteOut } from './domain/ledger/price.ts';
export { protectOwn } from './functions/protect-own.ts';
export type { Handler } from './http/event.ts';
export type { ProtectedHandler } from './http/guard.ts';
export { json, problem } from './http/respond.ts';
export { protectedRoute } from './protected-route.ts';
