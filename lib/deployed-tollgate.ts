/** A Tollgate that is deployed already, as an app of one's own hears of it: by context values named like its outputs. */
import type { Node } from 'constructs';

/** What an app beside has to know of it. */
export interface DeployedTollgate {
  issuer: string;
  audience: string;
  ledgerTable: string;
}

/** @throws Error that names the outputs that were not given */
export function deployedTollgate(node: Node): DeployedTollgate {
  const outputs = ['Issuer', 'Audience', 'LedgerTable'];
  const [issuer, audience, ledgerTable] = outputs.map((name) => node.tryGetContext(name));
  if ([issuer, audience, ledgerTable].every((value) => typeof value === 'string' && value !== '')) {
    return { issuer, audience, ledgerTable };
  }
  throw new Error(
    `Of Tollgate's stack the outputs ${outputs.join(', ')} are needed: give each as context, -c Issuer=https://… -c Audience=… -c LedgerTable=…`,
  );
}
