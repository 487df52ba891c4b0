/** One of the keys is found in a repository: it is ended, and what it did and cost is told; then all tokens are. */
import type { Tour } from '../steps.ts';
import { field, type Operated } from './keys.ts';

const LAMP = 'call GET /products/lamp';

export async function incident(tour: Tour, { id, keys: [leaked, next] }: Operated): Promise<void> {
  tour.chapter('A key has leaked');
  await tour.command({
    title: 'it is ended, its tokens are refused, and this is what it did and cost',
    command: 'leak --yes',
    secrets: { TOLLGATE_SECRET: leaked },
    expect: (output) => output.includes('0.000150'),
    expected: 'ended; a login and a call, $0.000150',
  });
  await tour.command({
    title: 'who has it gets nothing any more',
    command: LAMP,
    secrets: { TOLLGATE_API_KEY: leaked },
    code: 1,
    expect: (output) => output.includes('invalid_client'),
    expected: 'exit code 1, invalid_client',
  });
  const login = await tour.command({
    title: 'the key that replaced it is good',
    command: 'login --json',
    secrets: { TOLLGATE_API_KEY: next },
    expect: (output) => field(output, 'access_token') !== '',
    expected: 'a token',
  });
  tour.chapter('All tokens of a client, and what they cost');
  await tour.command({
    title: 'every token that it has is refused from now on',
    command: `tokens revoke --client ${id} --yes`,
    expect: (output) => output.includes('refused'),
    expected: 'refused on the next call',
  });
  await tour.command({
    title: 'such as this one',
    command: LAMP,
    secrets: { TOLLGATE_TOKEN: field(login, 'access_token') },
    code: 1,
    expect: (output) => output.includes('token_revoked'),
    expected: 'exit code 1, token_revoked',
  });
  await tour.command({
    title: 'what it called and what that cost, for a spreadsheet',
    command: `usage export --client ${id} --group-by route`,
    expect: (output) => output.includes('GET /products/{name}'),
    expected: 'a table with GET /products/{name} in it',
  });
}
