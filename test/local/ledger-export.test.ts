/** The optional export of the ledger is nothing for one machine, and no door for what would run there. */
import { describe, expect, it } from 'vitest';
import { rolesOfFunctions } from '../../local/iam/roles.ts';
import { scopeOf } from '../../local/physical.ts';
import { supportedResources, UnsupportedTemplate } from '../../local/support.ts';
import { templateSchema } from '../../local/template.ts';
import { synth } from '../lib/synth.ts';

const whole = synth({ exportTo: 's3' });
const without = synth();

describe('the local runner', () => {
  const read = (resources: Record<string, unknown>) => {
    const template = templateSchema.parse({ ...whole.template, Resources: resources });
    const physical = { stackName: 'Test', url: 'http://127.0.0.1:1', secrets: new Map<string, string>() };
    const scope = scopeOf(template, physical);
    return rolesOfFunctions(supportedResources(template, scope), scope);
  };
  const changed = (type: string, properties: Record<string, unknown>) => {
    const [[id, resource] = []] = whole.ofType(type);
    const Properties = { ...resource?.Properties, ...properties };
    return { ...whole.template.Resources, [id ?? '']: { ...resource, Properties } };
  };

  it('serves a template with the export: it changes nothing for a caller', () => {
    expect(read(whole.template.Resources).size).toBe(read(without.template.Resources).size);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['AWS::Pipes::Pipe', { Target: 'arn:aws:lambda:us-east-1:123456789012:function:x' }, /property Target/],
    ['AWS::S3::Bucket', { NotificationConfiguration: {} }, /property NotificationConfiguration/],
    [
      'AWS::StepFunctions::StateMachine',
      { DefinitionString: '{"Type": "Task"}' },
      /property DefinitionString/,
    ],
  ])('stops by name where something would run: %s', (type, properties, message) => {
    expect(() => read(changed(type, properties))).toThrow(UnsupportedTemplate);
    expect(() => read(changed(type, properties))).toThrow(message);
  });
});
