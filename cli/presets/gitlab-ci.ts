/** Jobs of GitLab CI/CD. */
import { ADDRESS, EXACT, type Preset } from './preset.ts';

export const gitlabCi: Preset = {
  name: 'gitlab-ci',
  title: 'GitLab CI/CD',
  page: 'gitlab-ci.md',
  tokens: 'workloads',
  parameters: {
    url: {
      is: 'the address of the GitLab instance, without a slash at its end',
      like: ADDRESS,
      default: 'https://gitlab.com',
    },
  },
  issuer: '{url}',
  algorithms: ['RS256'],
  singleUse: true,
  match: {},
  // Not job_project_id: it is the project in which a job runs, and that may be with the code of a fork.
  pins: [{ project_id: EXACT }, { namespace_id: EXACT }],
  subject: 'gitlab:{project_path}',
  warnings: [
    {
      without: ['ref_protected', 'environment_protected'],
      says: 'Every branch that somebody can push gets a token; match ref_protected=true or environment_protected=true too.',
    },
  ],
};
