/** A service of its own, whose API takes Tollgate's tokens. README.md says how it is deployed. */
import { fileURLToPath } from 'node:url';
import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  deployedTollgate,
  ImportedLedger,
  lifecycleOf,
  ProtectedApi,
  ProtectedFunction,
  TollgateChecks,
} from '../../lib/index.ts';
import { routes } from './routes.ts';

const app = new App();
const { issuer, audience, ledgerTable } = deployedTollgate(app.node);
const lifecycle = lifecycleOf('dev');

const stack = new Stack(app, 'Stock', { analyticsReporting: false });
const stock = new ProtectedFunction(stack, 'Function', {
  entry: fileURLToPath(new URL('stock.ts', import.meta.url)),
  description: 'How many of a product are in stock',
  ledger: new ImportedLedger(stack, 'Ledger', { tableName: ledgerTable }),
  lifecycle,
});
const { url } = new ProtectedApi(stack, 'Api', { issuer, audience, lifecycle, routes: [[stock, routes]] });
new CfnOutput(stack, 'Url', { value: url });

Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new TollgateChecks());
