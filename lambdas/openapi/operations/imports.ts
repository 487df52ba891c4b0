/** Clients that another system had. */
import { importSchema } from '../../domain/client-import.ts';
import { HASH_FAULTS } from '../../domain/imported-hash.ts';
import type { Group } from '../operation.ts';
import { count, flag, inJson, list, object, oneOf, ref, schemaOf, text } from '../schema.ts';
import { registrationCodes } from './clients.ts';

/** Those of a registration, and of what only an import has. */
const codes = [
  ...new Set([
    ...registrationCodes,
    ...['invalid_client', 'unknown_hash', 'repeated_client_id', 'deleted_meanwhile', 'client_unfinished'],
    ...Object.keys(HASH_FAULTS),
  ]),
];

const SCRYPT = '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

export const imports: Group = {
  tag: { name: 'Imports', description: 'Clients of another system, with the hashes of their secrets.' },
  schemas: {
    ImportRequest: schemaOf(importSchema, {
      clients: { description: 'Each is judged for itself: one that is wrong keeps none of the others out.' },
      dry_run: { description: 'Whether it is only said what would become of them.' },
    }),
    ImportResult: object({
      dry_run: flag(),
      created: count(),
      exists: count(),
      refused: count(),
      results: list(
        object({
          'client_id?': text('As far as it could be read.'),
          outcome: oneOf(['created', 'exists', 'refused']),
          'same?': flag('Whether what is there is what was to be imported.'),
          'differs?': list(text(), 'The members that are another.'),
          'code?': oneOf(codes, 'Why it was refused.'),
          'detail?': text(),
        }),
        'In the order of the clients.',
      ),
    }),
  },
  operations: {
    'POST /admin/imports': {
      id: 'importClients',
      description: 'The same import again changes nothing: what is there is left as it is.',
      body: {
        schema: ref('ImportRequest'),
        examples: {
          rehearsal: {
            clients: [
              { client_id: 'legacy-1', client_name: 'Legacy', scope: 'read:products', secret_hash: SCRYPT },
            ],
            dry_run: true,
          },
        },
      },
      answers: {
        200: inJson('What became of each.', ref('ImportResult'), {
          ...{ dry_run: true, created: 1, exists: 0, refused: 0 },
          results: [{ client_id: 'legacy-1', outcome: 'created' }],
        }),
      },
    },
  },
};
