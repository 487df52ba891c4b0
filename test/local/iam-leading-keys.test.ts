import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refused } from '../../local/iam/aws-error.ts';
import { dynamoDbCall, type Tables } from '../../local/iam/dynamodb-calls.ts';
import { createEvaluator } from '../../local/iam/evaluate.ts';
import type { Role } from '../../local/iam/roles.ts';

const tables: Tables = new Map([['Items', { partitionKey: 'pk', indexes: new Map() }]]);
const keysOf = (operation: string, input: unknown) =>
  dynamoDbCall(operation, input, tables).flatMap(({ leadingKeys }) => leadingKeys);

/** Some spaces, as many as there may be. */
const space = fc.constantFrom('', ' ', '\n ', '\t');
const gap = fc.constantFrom(' ', '\n', '  ');
const partitionKey = fc.string({ minLength: 1, unit: 'grapheme' });

describe('the leading keys of a call', () => {
  it('are the key of a Query, however it is written', () => {
    const written = fc
      .tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.constantFrom('and', 'AND', 'And'), space, gap)
      .map(([valueFirst, sortFirst, brackets, and, s, g]) => {
        const equality = valueFirst ? `:p${s}=${s}#p` : `#p${s}=${s}:p`;
        const parts = [brackets ? `(${s}${equality}${s})` : equality, `begins_with(${s}sk,${s}:s)`];
        return (sortFirst ? parts.reverse() : parts).join(`${g}${and}${g}`);
      });
    fc.assert(
      fc.property(written, partitionKey, (KeyConditionExpression, pk) => {
        const input = {
          TableName: 'Items',
          KeyConditionExpression,
          ExpressionAttributeNames: { '#p': 'pk' },
          ExpressionAttributeValues: { ':p': { S: pk }, ':s': { S: 'x' } },
        };
        expect(keysOf('Query', input)).toEqual([pk]);
      }),
    );
  });

  it('are all the keys of a batch', () => {
    fc.assert(
      fc.property(fc.array(partitionKey, { minLength: 1 }), (pks) => {
        const Keys = pks.map((pk) => ({ pk: { S: pk }, sk: { S: '1' } }));
        expect(new Set(keysOf('BatchGetItem', { RequestItems: { Items: { Keys } } }))).toEqual(new Set(pks));
      }),
    );
  });

  it('are there, or the call is refused', () => {
    const operation = fc.constantFrom('GetItem', 'PutItem', 'Query', 'BatchGetItem', 'BatchWriteItem');
    const given = fc.record({
      TableName: fc.constant('Items'),
      Key: fc.jsonValue(),
      Item: fc.jsonValue(),
      KeyConditionExpression: fc.oneof(fc.string(), fc.constantFrom('pk = :p', 'pk <> :p', 'NOT pk = :p')),
      ExpressionAttributeValues: fc.constant({ ':p': { S: 'a' } }),
    });
    const batch = fc.record({
      RequestItems: fc.record({ Items: fc.oneof(fc.jsonValue(), fc.record({ Keys: fc.jsonValue() })) }),
    });
    fc.assert(
      fc.property(operation, fc.oneof(given, batch, fc.jsonValue()), (name, input) => {
        try {
          for (const request of dynamoDbCall(name, input, tables)) {
            expect(request.leadingKeys).toBeDefined();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a decision', () => {
  const role: Role = {
    name: 'role',
    arn: 'arn:aws:iam::123456789012:role/role',
    policies: [
      {
        name: 'Own',
        policy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['dynamodb:PutItem'],
              Resource: ['*'],
              Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['USAGE#*'] } },
            },
          ],
        },
      },
    ],
  };
  const ask = (evaluate: ReturnType<typeof createEvaluator>, pks: string[]) =>
    evaluate(
      { functionName: 'fn', role },
      {
        action: 'dynamodb:PutItem',
        resource: 'arn:aws:dynamodb:us-east-1:123456789012:table/Items',
        leadingKeys: pks,
      },
    );

  it('is that of all keys together, whatever is in them', async () => {
    const evaluate = createEvaluator();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), partitionKey), { minLength: 1 }), async (given) => {
        const pks = given.map(([own, pk]) => (own ? `USAGE#${pk}` : pk));
        const allowed = pks.every((pk) => pk.startsWith('USAGE#'));
        expect(await ask(evaluate, pks)).toBe(allowed ? 'allowed' : 'denied');
      }),
    );
  });

  it('is the same when it is remembered, and when it was forgotten', async () => {
    const evaluate = createEvaluator(2);
    for (const round of [1, 2]) {
      for (const pk of ['USAGE#1', 'USAGE#2', 'OTHER', 'USAGE#1']) {
        expect([round, pk, await ask(evaluate, [pk])]).toEqual([
          round,
          pk,
          pk === 'OTHER' ? 'denied' : 'allowed',
        ]);
      }
    }
  });
});
