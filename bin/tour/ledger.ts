/** Part three of the tour: what was called, what it cost, and how that is proved. A chapter a file in `ledger/`. */
import { budget } from './ledger/budget.ts';
import { leak } from './ledger/leak.ts';
import { report } from './ledger/report.ts';
import { statement } from './ledger/statement.ts';
import type { Contract } from './runner.ts';
import type { Tour } from './steps.ts';

export async function ledger(tour: Tour, contract: Contract): Promise<void> {
  tour.part('Part three: the ledger');
  await report(tour, contract);
  await leak(tour, contract);
  await statement(tour, contract);
  await budget(tour);
}
