/** Access tokens of Auth0 for an API of one's own. */
import { EXACT, HOST, type Preset } from './preset.ts';

export const auth0: Preset = {
  name: 'auth0',
  title: 'Auth0',
  page: 'auth0.md',
  tokens: 'people',
  parameters: {
    domain: { is: 'the domain of the tenant, such as acme.eu.auth0.com, or its custom domain', like: HOST },
  },
  // The slash belongs to it.
  issuer: 'https://{domain}/',
  algorithms: ['RS256'],
  singleUse: false,
  match: {},
  // azp in Auth0's own profile of access tokens, client_id in that of RFC 9068.
  pins: [{ azp: EXACT }, { client_id: EXACT }],
  subject: 'auth0:{sub}',
  warnings: [],
};
