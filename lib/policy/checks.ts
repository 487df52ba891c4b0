/**
 * Tollgate's policy as a validation plugin of the CDK: what would deploy, and be wrong, ends the synthesis with
 * the construct's path and a sentence. It reads any app that uses the constructs, not only Tollgate's own.
 *
 *     Validations.of(app).addPlugins(new TollgateChecks());
 *
 * A finding that is meant to be is acknowledged where it is, or further up, as cdk-nag's are:
 *
 *     Validations.of(route).acknowledge({ id: 'Tollgate-RouteAccess', reason: 'The health check is public.' });
 *
 * `TollgateChecks::Tollgate-RouteAccess` does the same, and stays in the report as acknowledged.
 */
import {
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
  Validations,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { Cloud } from './cloud.ts';
import type { Problem, Rule } from './rule.ts';
import { deploymentOrder } from './rules/deployment-order.ts';
import { needlessRights } from './rules/needless-rights.ts';
import { preflight, routeAccess } from './rules/route-access.ts';
import { audiences, scopesPerRoute, unknownScope } from './rules/route-limits.ts';
import { routeTable } from './rules/route-table.ts';
import { issuer, rotationOverlap, tokenLifetime } from './rules/tokens.ts';

export const rules: readonly Rule[] = [
  routeAccess,
  preflight,
  routeTable,
  scopesPerRoute,
  unknownScope,
  audiences,
  issuer,
  tokenLifetime,
  rotationOverlap,
  needlessRights,
  deploymentOrder,
];

export class TollgateChecks implements IPolicyValidationPlugin {
  readonly name = 'TollgateChecks';
  readonly ruleIds = rules.map(({ id }) => id);

  validate({ appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    return this.validateScope(appConstruct);
  }

  /** @param app the root of a tree that has been synthesized */
  validateScope(app: IConstruct): PolicyValidationPluginReport {
    const cloud = new Cloud(app);
    const violations = rules.flatMap(({ id, check }) =>
      check(cloud)
        .filter(({ at }) => !isAcknowledged(at, id))
        .map((problem) => violationOf(id, problem)),
    );
    return { success: violations.length === 0, violations };
  }
}

const violationOf = (ruleName: string, { at, property, wrong, fix }: Problem): PolicyViolation => ({
  ruleName,
  description: wrong,
  fix,
  severity: 'error',
  violatingResources: [
    {
      constructPath: at.node.path,
      locations: [property === undefined ? 'Properties' : `Properties/${property}`],
    },
  ],
});

/** The CDK itself honours the form with the plugin's name; the short one it takes for an annotation's. */
const isAcknowledged = (construct: IConstruct, rule: string): boolean =>
  construct.node.scopes
    .flatMap((scope) => scope.node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .some(({ data }) => Object.keys(data).some((id) => id.replace(/^annotation::/i, '') === rule));
