/** An app that must not synthesize: one route of its own says nothing about who may call it. */
import { Validations } from 'aws-cdk-lib';
import { TollgateChecks } from '../../lib/policy/checks.ts';
import { createBareApp, orders } from './findings.ts';

const app = createBareApp();
const { route } = orders(app);
route('Forgotten', 'GET /health');
const acknowledged = route('Status', 'GET /status');
// The long form: the CDK itself leaves these out of the report's failures.
Validations.of(acknowledged).acknowledge({
  id: 'TollgateChecks::Tollgate-RouteAccess',
  reason: 'Public on purpose.',
});
Validations.of(app).addPlugins(new TollgateChecks());
