/**
 * Identity policies as far as the runner can decide by them. What it cannot read is told by name, because a
 * condition that is passed over would let through what AWS refuses.
 */
import * as z from 'zod';

const text = z.string();
const texts = z.union([text.transform((one) => [one]), z.array(text)]);
const action = z.string().regex(/^(\*|[a-z\d-]+:[\w*?]+)$/i, 'an action is * or service:Action');
const actions = z.union([action.transform((one) => [one]), z.array(action)]);
const value = z.union([text, z.boolean(), z.number()]).transform(String);
const values = z.union([value.transform((one) => [one]), z.array(value)]);

const statementShape = z.strictObject({
  Sid: text.optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: actions.optional(),
  NotAction: actions.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(text, z.record(text, values)).optional(),
});

const documentShape = z.strictObject({
  // The older version knows no variables, and so says something else with the same words.
  Version: z.literal('2012-10-17'),
  Id: text.optional(),
  Statement: z.union([statementShape.transform((one) => [one]), z.array(statementShape)]),
});

export type PolicyDocument = z.output<typeof documentShape>;
type Statement = z.output<typeof statementShape>;

/** The services whose calls are decided here; a statement about others is not read. */
const SERVICES = new Set(['dynamodb', 'secretsmanager', 'events']);

/** What the runner knows of a request, in lower case as IAM compares. */
const CONTEXT_KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'dynamodb:leadingkeys',
]);

const OPERATOR =
  /^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|EqualsIgnoreCase|Like)|Arn(Not)?(Equals|Like)|Bool)(IfExists)?$|^Null$/;

/** @returns the document, or what in it the runner cannot decide by */
export function readPolicy(document: unknown): { policy: PolicyDocument } | { findings: string[] } {
  const parsed = documentShape.safeParse(document);
  if (!parsed.success) return { findings: parsed.error.issues.flatMap((issue) => findingsOf(issue)) };
  const findings = parsed.data.Statement.flatMap((statement, at) =>
    unknownIn(statement).map((finding) => `Statement.${at}: ${finding}`),
  );
  return findings.length > 0 ? { findings } : { policy: parsed.data };
}

function findingsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union') return [`${path.map(String).join('.')}: ${issue.message}`];
  // Of a value that may be one or a list, the last form is the list; the one that fits best says most.
  const [best = []] = issue.errors.toSorted((one, other) => deepest(other) - deepest(one));
  return best.flatMap((inner) => findingsOf(inner, path));
}

const deepest = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));

function unknownIn(statement: Statement): string[] {
  const findings: string[] = [];
  if ((statement.Action === undefined) === (statement.NotAction === undefined)) {
    findings.push('one of Action and NotAction');
  }
  if ((statement.Resource === undefined) === (statement.NotResource === undefined)) {
    findings.push('one of Resource and NotResource');
  }
  if (!concerns(statement)) return findings;
  for (const [operator, tests] of Object.entries(statement.Condition ?? {})) {
    if (!OPERATOR.test(operator)) findings.push(`condition operator ${operator}`);
    for (const key of Object.keys(tests)) {
      if (!CONTEXT_KEYS.has(key.toLowerCase())) findings.push(`condition key ${key}`);
    }
  }
  return [...findings, ...unknownVariables(statement)];
}

/** @returns whether the statement may say something about a call that is decided here. */
const concerns = ({ Action }: Statement): boolean =>
  Action === undefined ||
  Action.some((action) => {
    const service = action.split(':', 1)[0]?.toLowerCase() ?? '';
    return SERVICES.has(service) || service === '*';
  });

/** `${*}`, `${?}` and `${$}` are the characters themselves. */
function unknownVariables({ Resource = [], NotResource = [], Condition = {} }: Statement): string[] {
  const tested = Object.values(Condition).flatMap((tests) => Object.values(tests).flat());
  return [...Resource, ...NotResource, ...tested]
    .flatMap((one) => [...one.matchAll(/\$\{([^}]*)\}/g)].map(([, name = '']) => name))
    .filter((name) => !['*', '?', '$'].includes(name) && !CONTEXT_KEYS.has(name.toLowerCase()))
    .map((name) => `policy variable \${${name}}`);
}
