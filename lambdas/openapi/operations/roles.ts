/** Names that stand for scopes. */
import { roleSettingSchema } from '../../domain/role-registration.ts';
import type { Group } from '../operation.ts';
import { ifMatch } from '../parameters.ts';
import { flag, inJson, list, memberCodes, object, ref, schemaOf, text } from '../schema.ts';

const setting = schemaOf(roleSettingSchema, {
  scopes: { description: 'An empty list makes a role that is a name alone.' },
  description: { description: 'For people.' },
});

const auditor = {
  role: 'auditor',
  scopes: ['read:usage:all'],
  description: 'Reads the books',
  declared: false,
};
const catalogue = { role: 'catalogue', scopes: ['read:products', 'write:products'], declared: true };

const headers = {
  'If-Match': { ...ifMatch, description: 'The entity tag of the list: all roles have one.' },
  'If-None-Match': { description: '`*`: only where there is none of this name.', schema: { const: '*' } },
};

export const roles: Group = {
  tag: {
    name: 'Roles',
    description: 'Names that stand for scopes: those of `routes.ts`, and operators’ own.',
  },
  schemas: {
    RoleSetting: setting,
    Role: object({
      role: text(),
      scopes: list(text()),
      'description?': text(),
      declared: flag('Whether `routes.ts` says so: then it is changed there.'),
    }),
  },
  operations: {
    'GET /admin/roles': {
      id: 'listRoles',
      answers: {
        200: inJson('All roles.', object({ roles: list(ref('Role')) }), { roles: [catalogue, auditor] }, [
          'ETag',
        ]),
      },
    },
    'PUT /admin/roles/{role}': {
      id: 'setRole',
      description: 'In force for tokens that are issued a minute later.',
      headers,
      body: {
        schema: ref('RoleSetting'),
        examples: { auditor: { scopes: ['read:usage:all'], description: 'Reads the books' } },
      },
      answers: {
        200: inJson('It was changed.', ref('Role'), auditor, ['ETag']),
        201: inJson('It is new.', ref('Role'), auditor, ['ETag']),
      },
      errors: {
        400: ['invalid_role', ...memberCodes(setting), 'unknown_scope'],
        409: ['role_declared', 'too_many_roles'],
        412: ['changed_meanwhile'],
      },
    },
    'DELETE /admin/roles/{role}': {
      id: 'removeRole',
      headers: { 'If-Match': headers['If-Match'] },
      answers: { 204: { description: 'It is gone.', headers: ['ETag'] } },
      errors: {
        400: ['invalid_role'],
        404: ['unknown_role'],
        409: ['role_declared', 'role_in_use'],
        412: ['changed_meanwhile'],
      },
    },
  },
};
