/**
 * The tour, `npm run demo`: what Tollgate does, as HTTP requests against the local runner. Each step prints what
 * was sent and what came back, and says what it expected. Starts a runner where none is up.
 *
 * Exits with 0 if every answer was the expected one, 1 otherwise.
 */
import pc from 'picocolors';
import { basics } from './tour/basics.ts';
import { ledger } from './tour/ledger.ts';
import { oauth } from './tour/oauth.ts';
import { operating } from './tour/operating.ts';
import { runner } from './tour/runner.ts';
import { Tour } from './tour/steps.ts';

const { contract, stop } = await runner();
const tour = new Tour(contract);
let broken = false;
try {
  await basics(tour, contract);
  await oauth(tour, contract);
  await ledger(tour, contract);
  await operating(tour);
} catch (error) {
  console.error(pc.red(`\nThe tour broke off: ${(error as Error).message}`));
  broken = true;
} finally {
  await stop();
}
const { length: steps } = tour.outcomes;
const failures = tour.outcomes.filter((passed) => !passed).length;
console.log(
  failures === 0 && !broken
    ? pc.green(`\nAll ${steps} answers were the expected ones.`)
    : pc.red(`\n${failures} of ${steps} answers were not the expected ones.`),
);
if (failures > 0)
  console.log('A client or a key that was changed by hand is a reason: start `npm run local` anew.');
process.exitCode = failures === 0 && !broken ? 0 : 1;
