/** ID tokens of Google: service accounts of Google Cloud, and people. */
import { EXACT, type Preset } from './preset.ts';

export const google: Preset = {
  name: 'google',
  title: 'Google',
  page: 'google.md',
  tokens: 'both',
  parameters: {},
  issuer: 'https://accounts.google.com',
  jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
  algorithms: ['RS256'],
  // There is no jti in them.
  singleUse: false,
  match: {},
  pins: [{ sub: EXACT }, { hd: EXACT }, { email: EXACT, email_verified: /^true$/ }],
  subject: 'google:{sub}',
  warnings: [
    {
      matching: ['email'],
      without: ['sub', 'hd'],
      says: 'An address can be deleted and given to somebody else; sub is never given again.',
    },
    {
      matching: ['hd'],
      without: ['sub', 'email'],
      says: 'Every account of the domain gets a token. Set --audience to your own OAuth client id.',
    },
  ],
};
