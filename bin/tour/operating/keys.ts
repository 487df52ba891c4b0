/** A client, and keys that overlap: one is replaced, and nobody has to stop. */
import type { Tour } from '../steps.ts';

/** A client with the keys that are good. */
export interface Operated {
  id: string;
  keys: [string, string];
}

const LAMP = 'call GET /products/lamp';

export async function keys(tour: Tour): Promise<Operated> {
  tour.chapter('A client, and a second key');
  const created = await tour.command({
    title: 'a client; its secrets are shown this once',
    command: 'clients create --name Shop --scope read:products --scope read:usage --json',
    expect: (output) => field(output, 'api_key').startsWith('tg_'),
    expected: 'an API key',
  });
  const [id, first] = [field(created, 'client_id'), field(created, 'api_key')];
  await tour.command({
    title: 'it calls: login and request in one',
    command: LAMP,
    secrets: { TOLLGATE_API_KEY: first },
    expect: (output) => output.includes('lamp'),
    expected: 'the product',
  });
  const rotated = await tour.command({
    title: 'a new key for the old one, which is good for another day',
    command: `credentials rotate ${first.split('_')[2]} --client ${id} --overlap 24h --json`,
    expect: (output) => field(output, 'api_key').startsWith('tg_'),
    expected: 'another API key',
  });
  return { id, keys: [first, field(rotated, 'api_key')] };
}

/** @returns a member of what a command printed with `--json`. */
export const field = (output: string, name: string): string => {
  try {
    return String((JSON.parse(output) as Record<string, unknown>)[name]);
  } catch {
    return '';
  }
};
