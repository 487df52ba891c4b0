import { PutEventsCommand, type PutEventsRequestEntry, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  type LocalServices,
  startLocalServices,
  templateOf,
} from '../support/local-services.ts';

const BUS = { 'Fn::Sub': `arn:aws:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/default` };
const role = (...statements: object[]) => ({
  Policies: [{ PolicyName: 'Own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
});

let services: LocalServices;
let operator: Clients['events'];
beforeAll(async () => {
  services = await startLocalServices(templateOf(role(allow('events:PutEvents', BUS))));
  operator = services.operator.events;
});
beforeEach(() => {
  services.events.length = 0;
});
afterAll(() => services.close());

const event = { Source: 'tollgate', DetailType: 'A Type', Detail: '{"a":1}' };
const put = (...Entries: PutEventsRequestEntry[]) => new PutEventsCommand({ Entries });

describe('PutEvents', () => {
  it('takes events, in their order', async () => {
    const { FailedEntryCount, Entries } = await operator.send(put(event, { ...event, Detail: '{"a":2}' }));
    expect(FailedEntryCount).toBe(0);
    const taken = { source: 'tollgate', 'detail-type': 'A Type' };
    expect(services.events).toEqual([
      { ...taken, id: Entries?.[0]?.EventId, detail: { a: 1 } },
      { ...taken, id: Entries?.[1]?.EventId, detail: { a: 2 } },
    ]);
  });

  it.each([
    ['no source', { Source: '' }, 'InvalidArgument'],
    ['a source of AWS', { Source: 'aws.s3' }, 'NotAuthorizedForSourceException'],
    ['no type', { DetailType: '' }, 'InvalidArgument'],
    ['a detail that is no JSON', { Detail: '{' }, 'MalformedDetail'],
    ['a detail that is no object', { Detail: '[]' }, 'MalformedDetail'],
    ['no detail', { Detail: undefined }, 'MalformedDetail'],
    ['another bus', { EventBusName: 'other' }, 'NotAuthorizedForSourceException'],
  ])('does not take one with %s, and takes the others', async (_, wrong, ErrorCode) => {
    const answer = await operator.send(put({ ...event, ...wrong }, event));
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode }, { EventId: expect.any(String) }],
    });
    expect(services.events).toHaveLength(1);
  });

  it('refuses none, more than ten, and more than 256 KB, as a whole', async () => {
    const large = { ...event, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) };
    for (const entries of [[], Array.from({ length: 11 }, () => event), [large]]) {
      await expect(operator.send(put(...entries))).rejects.toMatchObject({ name: 'ValidationException' });
    }
    await expect(operator.send(new PutRuleCommand({ Name: 'rule' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    expect(services.events).toEqual([]);
  });
});

describe('events:PutEvents', () => {
  const clientOf = async (...statements: object[]) => {
    await services.put(templateOf(role(...statements)));
    return services.clientsOf(services.credentialsOf('Fn')).events;
  };

  it('is allowed on the bus that the role names', async () => {
    const client = await clientOf(allow('events:PutEvents', BUS));
    expect(await client.send(put(event))).toMatchObject({ FailedEntryCount: 0 });
    await expect(client.send(put(event, { ...event, EventBusName: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        'events:PutEvents on resource: arn:aws:events:us-east-1:123456789012:event-bus/other',
      ),
    });
    await expect(client.send(new PutRuleCommand({ Name: 'rule' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it('is denied to a role that has no such right, and the developer is told', async () => {
    const client = await clientOf(allow('dynamodb:*', '*'));
    await expect(client.send(put(event))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(services.denials.at(-1)).toContain('is not authorized to perform: events:PutEvents');
    expect(services.events).toEqual([]);
  });
});
