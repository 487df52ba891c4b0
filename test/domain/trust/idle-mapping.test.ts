import { describe, expect, it } from 'vitest';
import type { Client } from '../../../lambdas/domain/client.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../../lambdas/domain/grant-type.ts';
import { idleIn } from '../../../lambdas/domain/trust/idle-mapping.ts';
import type { Mapping } from '../../../lambdas/domain/trust/trusted-issuer.ts';
import { NOW } from '../../support/clock.ts';

const roles = { support: ['read:users'] };
const ci: Client = {
  ...{ clientId: 'ci', name: 'CI', kind: 'service', state: 'active', scopes: ['read:products'] },
  ...{ roles: ['support'], allowedClaims: [], createdAt: NOW, grantTypes: [JWT_BEARER] },
};
const mapping = (changes: Partial<Mapping> = {}): Mapping => ({
  ...{ match: { sub: ['**'] }, clientId: 'ci', subject: 'ci:{sub}', scopes: [], roles: [], claims: {} },
  ...changes,
});

describe('of a mapping comes to nothing', () => {
  it('nothing, where its client has all that it gives, by its roles too', () => {
    const all = mapping({ scopes: ['read:products', 'read:users'] });
    expect(idleIn([all, mapping()], [ci, { ...ci, grantTypes: [TOKEN_EXCHANGE] }], roles)).toEqual([]);
  });

  it('a scope that its client does not have, each once, also by the values of a claim', () => {
    const values = { editors: ['write:products'], admins: ['write:products', 'read:usage'] };
    const some = mapping({ scopes: ['write:products'], scopesFrom: { claim: 'groups', values } });
    expect(idleIn([mapping(), some], [ci], roles)).toEqual([
      'mapping 2: the client ci does not have the scope write:products, so no token gets it',
      'mapping 2: the client ci does not have the scope read:usage, so no token gets it',
    ]);
  });

  it.each<[string, Partial<Client>, string]>([
    ['is disabled', { state: 'disabled' }, 'is disabled'],
    [
      'may use neither grant',
      { grantTypes: ['client_credentials'] },
      'neither jwt-bearer nor token-exchange',
    ],
  ])('all of it, where its client %s', (_, changes, says) => {
    expect(idleIn([mapping()], [{ ...ci, ...changes }], roles)).toEqual([expect.stringContaining(says)]);
  });
});
