import type { Handler } from '../../http/event.ts';
import { revocationReader } from '../../store/ledger.ts';
import { lineageReader } from '../../store/lineage.ts';
import { protectWith, type Wiring } from '../protect.ts';
import { lineageHandler, operatorsLineageHandler } from './handler.ts';

const ports = ({ ledger, ...wiring }: Wiring) => ({
  lineage: lineageReader(ledger),
  revocations: revocationReader(ledger),
  ...wiring,
});

export const handler: Handler = protectWith(
  'lineage',
  (wiring) => lineageHandler(ports(wiring)),
  (wiring) => operatorsLineageHandler(ports(wiring)),
);
