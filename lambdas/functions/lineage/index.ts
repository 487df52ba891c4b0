import type { Handler } from '../../http/event.ts';
import { revocationReader } from '../../store/ledger.ts';
import { lineageReader } from '../../store/lineage.ts';
import { protectWith } from '../protect.ts';
import { lineageHandler } from './handler.ts';

export const handler: Handler = protectWith('lineage', ({ ledger, ...wiring }) =>
  lineageHandler({ lineage: lineageReader(ledger), revocations: revocationReader(ledger), ...wiring }),
);
