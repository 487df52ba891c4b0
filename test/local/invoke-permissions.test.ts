import { describe, expect, it } from 'vitest';
import type { Api } from '../../local/api.ts';
import { requireInvokePermissions } from '../../local/invoke-permissions.ts';
import { scopeOf } from '../../local/physical.ts';
import { templateSchema } from '../../local/template.ts';

const api: Api = {
  routes: [
    { key: 'GET /products/{name}', functionName: 'Test-Fn', timeout: 1, authorization: { type: 'NONE' } },
  ],
  cors: undefined,
  throttles: new Map(),
};

const source = (path: string) => ({
  'Fn::Join': [':', ['arn:aws:execute-api', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, path]],
});

function check(permission?: object): void {
  const template = templateSchema.parse({
    Resources: {
      Fn: { Type: 'AWS::Lambda::Function', Properties: {} },
      Other: { Type: 'AWS::Lambda::Function', Properties: {} },
      ...(permission && {
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            Action: 'lambda:InvokeFunction',
            Principal: 'apigateway.amazonaws.com',
            FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] },
            ...permission,
          },
        },
      }),
    },
  });
  const scope = scopeOf(template, { stackName: 'Test', url: 'http://127.0.0.1', secrets: new Map() });
  requireInvokePermissions(api, template.Resources, scope);
}

describe('a route whose function the API may invoke', () => {
  it.each<[string, object]>([
    ['by any source', {}],
    ['by every stage and method of its path', { SourceArn: source('local/*/*/products/{name}') }],
    ['by the whole API', { SourceArn: source('local/*') }],
    ['by exactly its route', { SourceArn: source('local/$default/GET/products/{name}') }],
    ['by the function’s name', { FunctionName: { Ref: 'Fn' } }],
  ])('%s', (_, permission) => {
    expect(() => check(permission)).not.toThrow();
  });
});

describe('a route whose function the API may not invoke stops the start by name', () => {
  it.each<[string, object | undefined]>([
    ['no permission', undefined],
    ['one for another function', { FunctionName: { Ref: 'Other' } }],
    ['one for another service', { Principal: 'events.amazonaws.com' }],
    ['one for another API', { SourceArn: source('another/*/*/products/{name}') }],
    ['one for another path', { SourceArn: source('local/*/*/products') }],
    ['one for another method', { SourceArn: source('local/*/POST/products/{name}') }],
    [
      'one with a dot where the path has another character',
      { SourceArn: source('local/*/*/products.{name}') },
    ],
  ])('%s', (_, permission) => {
    expect(() => check(permission)).toThrow('GET /products/{name}: Test-Fn');
  });
});
