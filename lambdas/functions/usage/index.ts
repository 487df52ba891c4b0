import type { Handler } from '../../http/event.ts';
import { hourReader, subjectReader } from '../../store/hours.ts';
import { rollupReader } from '../../store/rollups.ts';
import { protectWith, type Wiring } from '../protect.ts';
import { operatorsUsageHandler, usageHandler } from './handler.ts';

const ports = ({ ledger, ...wiring }: Wiring) => ({
  hours: hourReader(ledger),
  subjects: subjectReader(ledger),
  rollups: rollupReader(ledger),
  ...wiring,
});

export const handler: Handler = protectWith(
  'usage',
  (wiring) => usageHandler(ports(wiring)),
  (wiring) => operatorsUsageHandler(ports(wiring)),
);
