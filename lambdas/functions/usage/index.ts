import type { Handler } from '../../http/event.ts';
import { usageReader } from '../../store/ledger.ts';
import { protectWith } from '../protect.ts';
import { usageHandler } from './handler.ts';

export const handler: Handler = protectWith('usage', ({ ledger, ...wiring }) =>
  usageHandler({ usage: usageReader(ledger), ...wiring }),
);
