/** What was called and what it cost, as a table that a spreadsheet opens. */
import { bearer } from '../oauth/requests.ts';
import type { Contract } from '../runner.ts';
import type { Tour } from '../steps.ts';

export async function report(tour: Tour, { clients: { writer } }: Contract): Promise<void> {
  tour.chapter('What it cost');
  const login = await tour.step({
    title: 'writer logs in',
    request: ['POST', '/auth', { 'x-api-key': writer.apiKey }],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'its calls of today, route by route',
    request: ['GET', '/usage?groupBy=route&format=csv', bearer(login)],
    expect: (answer) => answer.status === 200 && /POST \/products/.test(String(answer.body)),
    expected: '200, a table with POST /products in it',
  });
}
