/** Access tokens of an Okta custom authorization server. */
import { EXACT, HOST, type Preset } from './preset.ts';

export const okta: Preset = {
  name: 'okta',
  title: 'Okta',
  page: 'okta.md',
  tokens: 'people',
  parameters: {
    domain: { is: 'the domain of the organisation, such as acme.okta.com', like: HOST },
    server: { is: 'the id of the custom authorization server', like: /^[A-Za-z0-9]+$/, default: 'default' },
  },
  issuer: 'https://{domain}/oauth2/{server}',
  algorithms: ['RS256'],
  singleUse: false,
  match: {},
  pins: [{ cid: EXACT }],
  // Of an access token, sub is the user's login, which can change; uid is the id.
  subject: 'okta:{uid}',
  warnings: [],
};
