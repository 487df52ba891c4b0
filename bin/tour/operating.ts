/** Part four of the tour: a day of whoever runs it, at the command line. A chapter a file in `operating/`. */
import { incident } from './operating/incident.ts';
import { keys } from './operating/keys.ts';
import type { Tour } from './steps.ts';

export async function operating(tour: Tour): Promise<void> {
  tour.part('Part four: operating it');
  const client = await keys(tour);
  await incident(tour, client);
}
