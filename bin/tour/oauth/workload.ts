/** A build job gets tokens for what its CI has signed; nobody keeps a secret for it. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Contract } from '../runner.ts';
import { field, type Tour } from '../steps.ts';
import { bearer, registered, tokenRequest } from './requests.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export async function workload(tour: Tour, { url }: Contract): Promise<void> {
  tour.chapter('A build job without any secret (RFC 7523)');
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const issuer = `https://ci.example.com/${Date.now()}`;
  const client = await registered(tour, 'a client for the job, with nothing to prove itself by but its job', {
    client_name: 'Build of the tour',
    scope: 'read:products',
    grant_types: [JWT_BEARER],
  });
  await tour.operate({
    title: 'its CI is trusted, for this one repository',
    request: [
      'PUT',
      '/admin/issuers',
      {
        issuer,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'ci' }] },
        algorithms: ['ES256'],
        mappings: [
          {
            match: { repository: 'acme/shop' },
            client_id: field(client, 'client_id'),
            subject: 'ci:{repository}',
            scope: 'read:products',
          },
        ],
      },
    ],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
  const assertion = (repository: string) =>
    new SignJWT({ repository })
      .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
      .setIssuer(issuer)
      .setSubject(`repo:${repository}`)
      .setAudience(url)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const own = await assertion('acme/shop');
  const token = await tour.step({
    title: 'the job shows what its CI signed for it, and gets a token',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: own }),
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'it calls the API',
    request: ['GET', '/products/lamp', bearer(token)],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'an assertion is good once',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: own }),
    expect: (answer) => field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
  await tour.step({
    title: 'a job of another repository gets nothing',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: await assertion('mallory/shop') }),
    expect: (answer) => field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
}
