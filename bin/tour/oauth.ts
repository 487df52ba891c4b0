/** Part two of the tour: OAuth 2.0 as any standard client speaks it. A chapter a file in `oauth/`. */
import { delegation } from './oauth/delegation.ts';
import { overlap } from './oauth/overlap.ts';
import { basicOf, tokenRequest } from './oauth/requests.ts';
import { session } from './oauth/session.ts';
import { workload } from './oauth/workload.ts';
import type { Contract } from './runner.ts';
import { field, type Tour } from './steps.ts';

export async function oauth(tour: Tour, contract: Contract): Promise<void> {
  tour.part('Part two: OAuth 2.0');
  await discovery(tour, contract);
  await session(tour, contract);
  await delegation(tour, contract);
  await workload(tour, contract);
  await overlap(tour);
}

async function discovery(tour: Tour, { url, clients: { reader } }: Contract): Promise<void> {
  tour.chapter('Discovery and client credentials');
  await tour.step({
    title: 'what a standard client needs to know',
    request: ['GET', '/.well-known/oauth-authorization-server'],
    expect: (answer) => field(answer, 'token_endpoint') === `${url}/oauth2/token`,
    expected: 'the token endpoint',
  });
  await tour.step({
    title: 'reader asks for a token as RFC 6749 has it',
    request: tokenRequest({ grant_type: 'client_credentials', scope: 'read:products' }, basicOf(reader)),
    expect: (answer) => answer.status === 200 && field(answer, 'scope') === 'read:products',
    expected: '200, that scope',
  });
}
