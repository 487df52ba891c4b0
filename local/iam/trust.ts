/** Whether Lambda may assume a role: without that, CreateFunction fails on AWS. */
import * as z from 'zod';

const text = z.string();
const texts = z.union([text.transform((one) => [one]), z.array(text)]);

const statement = z.looseObject({
  Effect: text,
  Principal: z.union([text, z.looseObject({ Service: texts.optional() })]).optional(),
  Action: texts.optional(),
  Condition: z.unknown().optional(),
});

const documentShape = z.looseObject({
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

const LAMBDA = 'lambda.amazonaws.com';
const ACTIONS = new Set(['sts:assumerole', 'sts:*', '*']);

/** @returns why the runner cannot say that Lambda may assume the role; nothing where it may. */
export function trustFindings(document: unknown): string[] {
  const parsed = documentShape.safeParse(document);
  if (!parsed.success) return ['AssumeRolePolicyDocument'];
  const statements = parsed.data.Statement;
  if (statements.some(({ Effect }) => Effect !== 'Allow')) return ['AssumeRolePolicyDocument: Effect Deny'];
  const trusting = statements.filter(
    ({ Principal, Action = [] }) =>
      typeof Principal === 'object' &&
      Principal.Service?.includes(LAMBDA) === true &&
      Action.some((action) => ACTIONS.has(action.toLowerCase())),
  );
  if (trusting.some(({ Condition }) => Condition === undefined)) return [];
  return [
    trusting.length > 0
      ? 'AssumeRolePolicyDocument: Condition'
      : `AssumeRolePolicyDocument does not let ${LAMBDA} assume the role`,
  ];
}
