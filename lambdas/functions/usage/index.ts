import type { Handler } from '../../http/event.ts';
import { hourReader, subjectReader } from '../../store/hours.ts';
import { rollupReader } from '../../store/rollups.ts';
import { protectWith } from '../protect.ts';
import { usageHandler } from './handler.ts';

export const handler: Handler = protectWith('usage', ({ ledger, ...wiring }) =>
  usageHandler({
    hours: hourReader(ledger),
    subjects: subjectReader(ledger),
    rollups: rollupReader(ledger),
    ...wiring,
  }),
);
