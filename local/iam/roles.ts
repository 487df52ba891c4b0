/** The role of each function, with all policies that the template gives it. */
import { resolveIntrinsics, type Scope } from '../intrinsics.ts';
import { UnsupportedTemplate } from '../support.ts';
import type { Resource } from '../template.ts';
import { managedPolicies } from './managed-policies.ts';
import { type PolicyDocument, readPolicy } from './policy-document.ts';
import { trustFindings } from './trust.ts';

export interface NamedPolicy {
  name: string;
  policy: PolicyDocument;
}

export interface Role {
  name: string;
  arn: string;
  policies: readonly NamedPolicy[];
}

type Resources = Readonly<Record<string, Resource>>;
type Properties = Readonly<Record<string, unknown>>;

/**
 * @param resources the resources that `supportedResources` let through
 * @returns the role of each function, by the function's name
 * @throws UnsupportedTemplate that names each role that is not there, not Lambda's to assume, or has a policy
 * that the runner cannot decide by
 */
export function rolesOfFunctions(resources: Resources, scope: Scope): Map<string, Role> {
  const attached = attachedPolicies(resources, scope);
  const roles = new Map(
    resolved(resources, scope, 'AWS::IAM::Role').map(([id, properties]) => [
      scope.attribute(id, 'Arn') ?? '',
      { id, name: scope.ref(id) ?? id, properties },
    ]),
  );
  const findings = new Set<string>();
  const functions = new Map<string, Role>();
  for (const [id, { Role }] of resolved(resources, scope, 'AWS::Lambda::Function')) {
    const arn = String(Role);
    const role = roles.get(arn);
    if (role === undefined) {
      findings.add(`${id} (AWS::Lambda::Function): the role ${arn}, which is not in the template`);
      continue;
    }
    const policies = policiesOf(role.name, role.properties, attached).map(read);
    for (const finding of [
      ...trustFindings(role.properties.AssumeRolePolicyDocument),
      ...policies.flatMap((one) => ('findings' in one ? one.findings : [])),
    ]) {
      findings.add(`${role.id} (AWS::IAM::Role): ${finding}`);
    }
    const readable = policies.flatMap((one) => ('policy' in one ? [one] : []));
    functions.set(scope.ref(id) ?? id, { name: role.name, arn, policies: readable });
  }
  if (findings.size > 0) throw new UnsupportedTemplate([...findings]);
  return functions;
}

/** A policy as the template gives it, not read yet. */
interface Given {
  name: string;
  document: unknown;
}

interface Attached {
  byRole: ReadonlyMap<string, readonly Given[]>;
  managed: ReadonlyMap<string, Given>;
}

const POLICY_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy'];

/** @returns the policies that name their roles, and the template's managed ones by ARN. */
function attachedPolicies(resources: Resources, scope: Scope): Attached {
  const byRole = new Map<string, Given[]>();
  const managed = new Map<string, Given>();
  for (const type of POLICY_TYPES) {
    for (const [id, properties] of resolved(resources, scope, type)) {
      const given = { name: id, document: properties.PolicyDocument };
      if (type === 'AWS::IAM::ManagedPolicy') managed.set(scope.ref(id) ?? id, given);
      const roles = type === 'AWS::IAM::RolePolicy' ? [properties.RoleName] : list(properties.Roles);
      for (const role of roles.map(String)) byRole.set(role, [...(byRole.get(role) ?? []), given]);
    }
  }
  return { byRole, managed };
}

const policiesOf = (
  role: string,
  { Policies, ManagedPolicyArns }: Properties,
  attached: Attached,
): Given[] => [
  ...list(Policies).map((one) => {
    const { PolicyName, PolicyDocument } = one as Properties;
    return { name: String(PolicyName), document: PolicyDocument };
  }),
  ...list(ManagedPolicyArns)
    .map(String)
    .map((arn) => attached.managed.get(arn) ?? { name: arn, document: managedPolicies.get(nameIn(arn)) }),
  ...(attached.byRole.get(role) ?? []),
];

/** @returns the name of one of AWS's own policies, with its path. */
const nameIn = (arn: string): string => /^arn:aws:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? '';

function read({ name, document }: Given): NamedPolicy | { findings: string[] } {
  if (document === undefined) return { findings: [`managed policy ${name}`] };
  const outcome = readPolicy(document);
  if ('policy' in outcome) return { name, policy: outcome.policy };
  return { findings: outcome.findings.map((finding) => `policy ${name}: ${finding}`) };
}

const resolved = (resources: Resources, scope: Scope, type: string): [string, Properties][] =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => [id, resolveIntrinsics(Properties, scope) as Properties]);

const list = (given: unknown): unknown[] => (Array.isArray(given) ? given : []);
