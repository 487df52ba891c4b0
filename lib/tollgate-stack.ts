/** Tollgate in an AWS account: puts the parts together, and says in which order they are deployed. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api.ts';
import { ApiRoutes } from './api-routes.ts';
import { ApiStage } from './api-stage.ts';
import { Closing } from './closing.ts';
import type { Config } from './config.ts';
import { Directory } from './directory.ts';
import { IssuerProbe } from './issuer-probe.ts';
import { KeyRing } from './key-ring.ts';
import { Ledger } from './ledger.ts';
import { LedgerExport } from './ledger-export.ts';
import { lifecycleOf } from './lifecycle.ts';
import { Monitoring } from './monitoring.ts';
import { createRoutedFunctions } from './routed-functions.ts';
import { TriggerLog } from './trigger-log.ts';

export interface TollgateStackProps extends StackProps {
  config: Config;
}

export class TollgateStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: TollgateStackProps) {
    super(scope, id, { description: 'Tollgate: a token service for HTTP APIs', ...props });
    const { audience } = config;
    const lifecycle = lifecycleOf(config.stage);
    const directory = new Directory(this, 'Directory', lifecycle);
    const ledger = new Ledger(this, 'Ledger', {
      lifecycle,
      retentionDays: config.usageRetentionDays,
      streams: config.exportTo !== undefined,
    });
    const keyRing = new KeyRing(this, 'KeyRing', { lifecycle, ledger, rotationDays: config.keyRotationDays });
    const api = new Api(this, 'Api', {
      name: id,
      allowedOrigins: config.allowedOrigins,
      tags: config.apiTags,
    });
    const issuer = config.issuer ?? api.apiEndpoint;
    const token = { issuer, audience, lifetime: config.tokenLifetime };
    const functions = createRoutedFunctions(this, { lifecycle, directory, ledger, keyRing, token });
    const routes = new ApiRoutes(this, 'Routes', { api, issuer, audience, functions });
    const closing = new Closing(this, 'ClosingSchedule', functions);
    const { stage } = new ApiStage(this, 'Stage', { api, lifecycle });
    const probe = new IssuerProbe(this, 'IssuerProbe', { issuer, lifecycle });
    new TriggerLog(this, 'TriggerLog', lifecycle);
    const { exportTo: target } = config;
    const shipped =
      target && new LedgerExport(this, 'LedgerExport', { name: id, table: ledger.table, target, lifecycle });
    new Monitoring(this, 'Monitoring', {
      name: id,
      functions,
      rotation: keyRing.rotation,
      closing: closing.function,
      stage,
      watched: shipped?.watched ?? [],
      email: config.alarmEmail,
    });

    keyRing.firstKey.executeBefore(...routes.open);
    // The stage names routes in its throttles, so they have to be there.
    stage.node.addDependency(...routes.open);
    probe.trigger.executeAfter(stage, ...routes.open);
    probe.trigger.executeBefore(routes.authorizer);

    const outputs = {
      // A custom domain is there to be used, and is what signed requests have to name as their host.
      ApiUrl: issuer,
      Issuer: issuer,
      Audience: audience,
      Region: this.region,
      DirectoryTable: directory.table.tableName,
      LedgerTable: ledger.table.tableName,
      RotationFunction: keyRing.rotation.functionName,
    };
    if (shipped !== undefined) new CfnOutput(this, 'ExportBucket', { value: shipped.bucket.bucketName });
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
