/** The presets, one file each. */
import { auth0 } from './auth0.ts';
import { entraId } from './entra-id.ts';
import { githubActions } from './github-actions.ts';
import { gitlabCi } from './gitlab-ci.ts';
import { google } from './google.ts';
import { keycloak } from './keycloak.ts';
import { kubernetes } from './kubernetes.ts';
import { okta } from './okta.ts';
import type { Preset } from './preset.ts';

export const presets: readonly Preset[] = [
  githubActions,
  gitlabCi,
  kubernetes,
  google,
  entraId,
  okta,
  auth0,
  keycloak,
];

export const presetNames = presets.map(({ name }) => name);

/** @returns the preset of that name. */
export const presetOf = (name: string): Preset | undefined => presets.find((preset) => preset.name === name);
