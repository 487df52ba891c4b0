/** The operations by subject, in the order in which a page shows them. */
import { audit } from './audit.ts';
import { books } from './books.ts';
import { budgets } from './budgets.ts';
import { clients } from './clients.ts';
import { credentials } from './credentials.ts';
import { discovery } from './discovery.ts';
import { docs } from './docs.ts';
import { imports } from './imports.ts';
import { issuers } from './issuers.ts';
import { keys } from './keys.ts';
import { leaks } from './leaks.ts';
import { lineage } from './lineage.ts';
import { prices } from './prices.ts';
import { revocations } from './revocations.ts';
import { roles } from './roles.ts';
import { samples } from './samples.ts';
import { statements } from './statements.ts';
import { tokens } from './tokens.ts';
import { usage } from './usage.ts';

export { generic } from './generic.ts';

export const groups = [
  tokens,
  discovery,
  samples,
  usage,
  lineage,
  statements,
  clients,
  credentials,
  imports,
  roles,
  issuers,
  budgets,
  prices,
  revocations,
  leaks,
  keys,
  audit,
  books,
  docs,
] as const;
