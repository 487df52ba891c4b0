/** An app of one's own that uses the constructs: what its function may do, and what is found where it may do more. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { describe, expect, it } from 'vitest';
import { routes } from '../../examples/protect-a-function/routes.ts';
import { deployedTollgate } from '../../lib/deployed-tollgate.ts';
import { ImportedLedger } from '../../lib/imported-ledger.ts';
import { lifecycleOf } from '../../lib/lifecycle.ts';
import { ProtectedApi } from '../../lib/protected-api.ts';
import { ProtectedFunction } from '../../lib/protected-function.ts';
import { createBareApp, findingsIn, placesIn } from './findings.ts';

const lifecycle = lifecycleOf('dev');

function shop() {
  const stack = new Stack(createBareApp(), 'Shop');
  const ledger = new ImportedLedger(stack, 'Ledger', { tableName: 'Tollgate-Ledger' });
  const entry = 'examples/protect-a-function/stock.ts';
  const fn = new ProtectedFunction(stack, 'Function', { entry, description: 'Stock', ledger, lifecycle });
  new ProtectedApi(stack, 'Api', {
    ...{ issuer: 'https://auth.example.com', audience: 'tollgate', lifecycle },
    routes: [[fn, routes]],
  });
  return { stack, fn };
}

describe('a protected function of one’s own', () => {
  const { Resources: resources } = Template.fromStack(shop().stack).toJSON();
  const propertiesOf = (type: string): Record<string, unknown>[] =>
    Object.values(resources as Record<string, { Type: string; Properties: Record<string, unknown> }>)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => Properties);

  it('may see what is revoked, append usage and write its log, and nothing else', () => {
    const Statement = propertiesOf('AWS::IAM::Policy').flatMap(
      ({ PolicyDocument }) => (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
    );
    const on = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
    expect(Statement.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], undefined],
      ['dynamodb:BatchGetItem', on('REVOKED#*')],
      ['dynamodb:PutItem', on('USAGE#*')],
    ]);
    expect(Statement.slice(1).map(({ Resource }) => Resource)).toEqual([
      expect.toSatisfy((arn) => JSON.stringify(arn).includes('table/Tollgate-Ledger')),
      expect.toSatisfy((arn) => JSON.stringify(arn).includes('table/Tollgate-Ledger')),
    ]);
    expect(JSON.stringify(Statement)).not.toContain('"*"');
  });

  it('is told which ledger, and how long usage is kept', () => {
    const [fn] = propertiesOf('AWS::Lambda::Function');
    expect(fn?.Environment).toEqual({
      Variables: {
        LEDGER_TABLE: 'Tollgate-Ledger',
        USAGE_RETENTION_DAYS: '90',
        POWERTOOLS_SERVICE_NAME: 'Shop',
      },
    });
  });

  it('is behind an authorizer that trusts the issuer, with the scopes of the table of routes', () => {
    expect(propertiesOf('AWS::ApiGatewayV2::Authorizer')).toMatchObject([
      { JwtConfiguration: { Issuer: 'https://auth.example.com', Audience: ['tollgate'] } },
    ]);
    expect(propertiesOf('AWS::ApiGatewayV2::Route')).toMatchObject([
      {
        RouteKey: 'GET /stock/{name}',
        AuthorizationType: 'JWT',
        AuthorizationScopes: ['read:products'],
      },
    ]);
  });

  it('has no finding', () => {
    expect(placesIn(shop().stack)).toEqual([]);
  });

  it('has one where it may do more with the ledger than it needs, and so has any other function', () => {
    const { stack, fn } = shop();
    Table.fromTableName(stack, 'Again', 'Tollgate-Ledger').grantWriteData(fn);
    const findings = findingsIn(stack).filter(({ rule }) => rule === 'Tollgate-NeedlessRights');
    expect(new Set(findings.map(({ path }) => path))).toEqual(new Set(['Shop/Function/Resource']));
    expect(findings[0]?.sentence).toContain('the ledger (Shop/Ledger)');
  });
});

describe('of which Tollgate it is', () => {
  it('is told by context values that are named like the outputs', () => {
    const context = { Issuer: 'https://auth.example.com', Audience: 'tollgate', LedgerTable: 'T' };
    expect(deployedTollgate(new App({ context }).node)).toEqual({
      issuer: 'https://auth.example.com',
      audience: 'tollgate',
      ledgerTable: 'T',
    });
  });

  it('is asked for where it was not said', () => {
    expect(() => deployedTollgate(new App({ context: { Issuer: 'https://auth.example.com' } }).node)).toThrow(
      'the outputs Issuer, Audience, LedgerTable are needed',
    );
  });
});
