/** The scopes and roles that a client may be given. */
import type { RoleReader } from '../../domain/roles.ts';
import type { Vocabulary } from '../../domain/vocabulary.ts';
import { scopes } from '../../routes.ts';

export interface VocabularyPorts {
  /** What each role amounts to now, declared ones and operators'. */
  roles: RoleReader;
}

/** @throws {StoreUnavailable} */
export const vocabulary = async ({ roles }: VocabularyPorts): Promise<Vocabulary> => ({
  scopes: Object.keys(scopes),
  roles: Object.keys(await roles()),
});
