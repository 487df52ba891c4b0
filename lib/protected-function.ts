/** A function of one's own behind Tollgate's tokens: it may see what is revoked and book its calls, and nothing else. */
import type { Construct } from 'constructs';
import type { ImportedLedger } from './imported-ledger.ts';
import { type FunctionProps, TokenFunction } from './token-function.ts';

export interface ProtectedFunctionProps extends FunctionProps {
  /** The file that exports `handler`, which `protectOwn` of `lambdas/index.ts` makes. */
  entry: string;
  ledger: ImportedLedger;
}

export class ProtectedFunction extends TokenFunction {
  constructor(scope: Construct, id: string, { ledger, ...props }: ProtectedFunctionProps) {
    super(scope, id, props);
    ledger.grantGuard(this);
  }
}
