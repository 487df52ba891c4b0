/** The CDK app: one stack, `Tollgate-<stage>`, configured by the context (see `lib/config.ts`). */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configOf } from '../lib/config.ts';
import { TollgateChecks } from '../lib/policy/checks.ts';
import { TollgateStack } from '../lib/tollgate-stack.ts';

const app = new App();
const config = configOf(app.node);
new TollgateStack(app, `Tollgate-${config.stage}`, {
  config,
  analyticsReporting: false,
  tags: { application: 'tollgate', stage: config.stage },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new TollgateChecks());
