// Short ways to write definitions, with thresholds of one so that each observation decides.
import type { ComponentDefinition, Member, Rule, SystemDefinition } from '../../../src/core/definition.ts';

type Common = Partial<
  Pick<ComponentDefinition, 'displayName' | 'labels' | 'dependsOn' | 'servingWhenDegraded' | 'maintenance' | 'slo'>
>;

const SCHEDULE = {
  intervalMs: 3_600_000,
  unhealthyIntervalMs: 3_600_000,
  timeoutMs: 5_000,
  healthyThreshold: 1,
  unhealthyThreshold: 1,
  staleAfterMs: 86_400_000,
};

function component(id: string, common: Common, subject: ComponentDefinition['subject']): ComponentDefinition {
  return { id, labels: {}, dependsOn: [], servingWhenDegraded: true, ...common, subject };
}

export function probed(id: string, common: Common & { kind?: string } = {}): ComponentDefinition {
  const { kind = 'http', ...rest } = common;
  return component(id, rest, { type: 'probe', kind, options: undefined, fingerprint: id, schedule: SCHEDULE });
}

export function heartbeat(id: string, common: Common = {}): ComponentDefinition {
  return component(id, common, { type: 'heartbeat', periodMs: 86_400_000, graceMs: 0 });
}

export function group(
  id: string,
  members: readonly (string | Member)[],
  rule: Rule = { kind: 'worst' },
  common: Common = {},
): ComponentDefinition {
  const all = members.map(
    (member): Member => (typeof member === 'string' ? { component: member, impact: 'CRITICAL', weight: 1 } : member),
  );
  return component(id, common, { type: 'group', rule, members: all });
}

/** The components, and a root group `system` of those that are in no other group. */
export function system(...components: readonly ComponentDefinition[]): SystemDefinition {
  const grouped = new Set(
    components.flatMap(({ subject }) => (subject.type === 'group' ? subject.members.map((m) => m.component) : [])),
  );
  const orphans = components.map(({ id }) => id).filter((id) => !grouped.has(id));
  return { rootId: 'system', components: [...components, group('system', orphans)] };
}
