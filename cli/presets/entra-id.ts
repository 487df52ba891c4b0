/** Access tokens (v2.0) of Microsoft Entra ID, of users and of applications and managed identities. */
import { EXACT, type Preset } from './preset.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const entraId: Preset = {
  name: 'entra-id',
  title: 'Microsoft Entra ID',
  page: 'entra-id.md',
  tokens: 'both',
  parameters: {
    tenant: { is: "the directory's (tenant's) id, a GUID; never `common` or `organizations`", like: GUID },
  },
  issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
  algorithms: ['RS256'],
  // Its token id is called uti, and tokens are cached by the client for an hour.
  singleUse: false,
  match: { tid: '{tenant}' },
  pins: [{ azp: EXACT }, { oid: EXACT }, { roles: EXACT }, { groups: EXACT }],
  subject: 'entra:{tid}/{oid}',
  warnings: [
    {
      matching: ['groups'],
      says: 'Of somebody in more than 200 groups the token lists none; application roles have no such limit.',
    },
  ],
};
