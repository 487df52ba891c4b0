/** Access tokens of a realm of Keycloak. */
import { ADDRESS, EXACT, type Preset } from './preset.ts';

export const keycloak: Preset = {
  name: 'keycloak',
  title: 'Keycloak',
  page: 'keycloak.md',
  tokens: 'people',
  parameters: {
    realm: {
      is: 'the address of the realm, such as https://sso.example.com/realms/acme, without a slash at its end',
      like: new RegExp(`${ADDRESS.source.slice(0, -1)}(?<=/realms/[^/]+)$`),
    },
  },
  issuer: '{realm}',
  algorithms: ['RS256'],
  singleUse: false,
  // An ID token of the same realm has the client in its aud, and is no proof for an API.
  match: { typ: 'Bearer' },
  pins: [{ azp: EXACT }],
  subject: 'keycloak:{sub}',
  warnings: [],
};
