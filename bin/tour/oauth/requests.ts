/** Requests of an OAuth client and of its operator, as the steps of the tour take them. */
import { type Answer, basic, field, type Tour } from '../steps.ts';

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** @returns a request to the token endpoint, for {@link Tour.step}. */
export const tokenRequest = (
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): [string, string, Record<string, string>, string] => [
  'POST',
  '/oauth2/token',
  { ...headers, ...FORM },
  new URLSearchParams(parameters).toString(),
];

export const basicOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  authorization: basic(clientId, clientSecret),
});

export const bearer = (answer: Answer) => ({ authorization: `Bearer ${text(answer, 'access_token')}` });

/** @returns a member of an answer that is a text. */
export const text = (answer: Answer, name: string): string => String(field(answer, name));

/** Registers a client. @returns what an operator is answered: its id and its secrets */
export const registered = (
  tour: Tour,
  title: string,
  registration: Record<string, unknown>,
): Promise<Answer> =>
  tour.operate({
    title,
    request: ['POST', '/admin/clients', registration],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
