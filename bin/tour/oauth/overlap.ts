/** A credential is replaced without a moment in which neither of the two is good. */
import { field, type Tour } from '../steps.ts';
import { registered, text } from './requests.ts';

export async function overlap(tour: Tour): Promise<void> {
  tour.chapter('A new key without downtime');
  const client = await registered(tour, 'a client with an API key', {
    client_name: 'Rotated in the tour',
    scope: 'read:products',
  });
  const [, , credentialId] = text(client, 'api_key').split('_');
  const rotated = await tour.operate({
    title: 'it gets another one, and the old one is good for another hour',
    request: [
      'POST',
      `/admin/clients/${field(client, 'client_id')}/credentials`,
      { kind: 'api_key', replaces: credentialId, overlap: 3600 },
    ],
    expect: (answer) => answer.status === 201,
    expected: '201, a key, and until when the old one is good',
  });
  for (const [title, key] of [
    ['the new one logs in', text(rotated, 'api_key')],
    ['so does the old one', text(client, 'api_key')],
  ] as const) {
    await tour.step({
      title,
      request: ['POST', '/auth', { 'x-api-key': key }],
      expect: (answer) => answer.status === 200,
      expected: '200',
    });
  }
}
