/** Jobs of GitHub Actions. */
import { ADDRESS, EXACT, type Preset } from './preset.ts';

export const githubActions: Preset = {
  name: 'github-actions',
  title: 'GitHub Actions',
  page: 'github-actions.md',
  tokens: 'workloads',
  parameters: {
    issuer: {
      is: 'the issuer, where it is not that of github.com: an enterprise has its own, and so has a server',
      like: ADDRESS,
      default: 'https://token.actions.githubusercontent.com',
    },
  },
  issuer: '{issuer}',
  algorithms: ['RS256'],
  singleUse: true,
  match: {},
  pins: [
    { repository_id: EXACT },
    { repository_owner_id: EXACT },
    // A wildcard may stand for the repository, never for who owns it.
    { repository: /^[^*/]+\/[^/]+$/ },
  ],
  subject: 'github:{repository}',
  warnings: [
    {
      matching: ['repository'],
      without: ['repository_id', 'repository_owner_id'],
      says: 'Names can be given up and taken by somebody else; match repository_id or repository_owner_id too.',
    },
    {
      without: ['ref', 'environment', 'job_workflow_ref', 'workflow_ref', 'sub'],
      says: 'Every branch and every pull request of the repository gets a token; match ref or environment too.',
    },
    {
      matching: ['ref'],
      without: ['event_name', 'environment', 'sub'],
      says: 'Runs of pull_request_target and issue_comment have the default branch as their ref; match event_name too.',
    },
    {
      matching: ['sub'],
      says: 'The form of sub depends on when the repository was created and on its settings; prefer other claims.',
    },
  ],
};
