/** A budget ends a token, and then refuses the next one. */
import { bearer, registered, text } from '../oauth/requests.ts';
import { type Answer, field, type Tour } from '../steps.ts';

/** Calls to spend something on, and micro-dollars that each of them costs; and what a login costs. */
const CALLS = 20;
const CALL = 200;
const LOGIN = 100;
const SPENT = LOGIN + CALLS * CALL;

/** Seconds that the budget is to last at the rate at which it was spent: what was spent counts over 15 minutes. */
const LASTS = 4;
const LIMIT = SPENT + Math.ceil((SPENT * LASTS) / 900);

export async function budget(tour: Tour): Promise<void> {
  tour.chapter('A budget ends a token');
  const shopper = await registered(tour, 'an operator registers a shopper', {
    client_name: 'Shopper of the tour',
    kind: 'service',
    scope: 'write:products',
  });
  const login = (title: string, expect: (answer: Answer) => boolean, expected: string) =>
    tour.step({
      title,
      request: ['POST', '/auth', { 'x-api-key': text(shopper, 'api_key') }],
      expect,
      expected,
    });
  const first = await login('the shopper logs in', (answer) => lifeOf(answer) === 900, '900 seconds');
  await spend(tour, first);

  const close = (title: string) =>
    tour.operate({
      title,
      request: ['POST', '/admin/usage/closings'],
      expect: (answer) => answer.status === 200,
      expected: '200',
    });
  await tour.operate({
    title: `it may spend ${LIMIT} micro-dollars a month, and has spent ${SPENT}`,
    request: ['PUT', '/admin/budgets', { client_id: text(shopper, 'client_id'), month_micro_dollars: LIMIT }],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
  await close('each run of the closing looks at what was spent, and how fast of late');
  const short = await login(
    'at this rate the rest lasts for seconds, and so does the token',
    (answer) => lifeOf(answer) >= 1 && lifeOf(answer) <= LASTS,
    `1 to ${LASTS} seconds`,
  );
  const seconds = lifeOf(short);
  await call(tour, short, 201, `for ${seconds} s it is good`);
  await tour.wait(seconds);
  await call(tour, short, 401, 'and the gateway refuses it');
  await close('by now more is spent than was allowed');
  await login(
    'so there is no other token until the month is over',
    (answer) => answer.status === 429 && field(answer, 'error') === 'budget_exhausted',
    '429 budget_exhausted',
  );
}

const lifeOf = (answer: Answer): number => Number(field(answer, 'expires_in'));

async function spend(tour: Tour, login: Answer): Promise<void> {
  await tour.act({
    title: `and spends: it creates ${CALLS} vases`,
    code: `POST /products, ${CALLS} times`,
    act: async () => (await tour.repeat(requestOf(login), CALLS)).join(' '),
    expect: (statuses) => statuses === Array.from({ length: CALLS }, () => 201).join(' '),
    expected: '201 each time',
  });
}

const call = (tour: Tour, token: Answer, status: number, title: string): Promise<Answer> =>
  tour.step({
    title,
    request: requestOf(token),
    expect: (answer) => answer.status === status,
    expected: String(status),
  });

const requestOf = (token: Answer): [string, string, Record<string, string>, string] => [
  'POST',
  '/products',
  { ...bearer(token), 'content-type': 'application/json' },
  '{"name": "vase", "price": 19000000}',
];
