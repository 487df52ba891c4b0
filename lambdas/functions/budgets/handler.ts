/**
 * `/admin/budgets`: operators say what a client or a tenant may spend, and see what it has spent.
 */
import type { AuditWriter } from '../../domain/audit.ts';
import type { BudgetOf, BudgetRegistry } from '../../domain/ledger/budget.ts';
import { budgetOf, describeBudget, parseBudgetSetting } from '../../domain/ledger/budget-registration.ts';
import type { Clock } from '../../domain/ports.ts';
import { readJson } from '../../http/body.ts';
import { changedMeanwhile, entityTag, preconditionOf } from '../../http/entity-tag.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { empty, json } from '../../http/respond.ts';
import { pageOf } from '../../http/whole-list.ts';

export interface BudgetsPorts {
  registry: BudgetRegistry;
  clock: Clock;
  log: Log;
  audit: AuditWriter;
}

type Serve = (ports: BudgetsPorts, asked: OperatorRequest) => Promise<Response>;

export const budgetsHandler = (ports: BudgetsPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'ledger' },
    {
      'PUT /admin/budgets': (asked) => put(ports, asked),
      'GET /admin/budgets': (asked) => list(ports, asked),
      'DELETE /admin/budgets': (asked) => remove(ports, asked),
    },
  );

/**
 * 201 for a new one, 200 for a changed one: its limits are those that are said, and what was spent stays. 412 where it
 * is not what `If-Match` names, or is there already and `If-None-Match` says that it must not be.
 */
const put: Serve = async ({ registry, clock, log }, { request, fields, change }) => {
  const body = readJson(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const setting = parseBudgetSetting(body.value);
  if (!setting.ok) return refused(400, setting.failure.code, setting.failure.detail);
  const { of, limits } = setting.value;
  await change({ action: 'budget.set', target: { [of.kind]: of.id }, details: { ...limits } });
  const set = await registry.set(of, limits, preconditionOf(request));
  if (set.outcome === 'changed_meanwhile') return changedMeanwhile(request);
  const status = set.outcome === 'created' ? 201 : 200;
  log.info(`budget ${set.outcome}`, { ...fields, budget: named(of), status });
  return json(status, describeBudget(set.budget, clock()), entityTag(set.budget.revision));
};

/** Each has as `etag` what `If-Match` takes: there is no request for one alone. */
const list: Serve = async ({ registry, clock }, { request }) => {
  const now = clock();
  const budgets = (await registry.list()).map((budget) => ({
    name: named(budget.of),
    shown: { ...describeBudget(budget, now), ...entityTag(budget.revision) },
  }));
  return pageOf(request, 'budgets', budgets, { usual: 100, most: 1000 });
};

/** 204, or 404 where there was none anyway. */
const remove: Serve = async ({ registry, log }, { request, fields, change }) => {
  const of = budgetOf(request.queryStringParameters ?? {});
  if (!of.ok) return refused(400, of.failure.code, of.failure.detail);
  await change({ action: 'budget.remove', target: { [of.value.kind]: of.value.id } });
  const outcome = await registry.remove(of.value, preconditionOf(request));
  if (outcome === 'changed_meanwhile') return changedMeanwhile(request);
  const status = outcome === 'removed' ? 204 : 404;
  log.info(`budget ${outcome}`, { ...fields, budget: named(of.value), status });
  return outcome === 'removed'
    ? empty(204)
    : refused(404, 'unknown_budget', `There is no budget of this ${of.value.kind}.`);
};

const named = ({ kind, id }: BudgetOf): string => `${kind} ${id}`;
