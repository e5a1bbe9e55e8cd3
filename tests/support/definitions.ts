// Short ways to write component definitions in tests, with every default filled in.
import type {
  ComponentDefinition,
  GroupSubject,
  Maintenance,
  Member,
  PeriodicHeartbeat,
  ProbeSubject,
  Rule,
  Schedule,
  SystemDefinition,
} from '../../src/core/definition.ts';

type Common = Partial<Omit<ComponentDefinition, 'id' | 'subject'>>;

export const SCHEDULE: Schedule = {
  intervalMs: 10_000,
  unhealthyIntervalMs: 10_000,
  timeoutMs: 1_000,
  healthyThreshold: 1,
  unhealthyThreshold: 1,
  staleAfterMs: 31_000,
};

const define = (id: string, subject: ComponentDefinition['subject'], common: Common): ComponentDefinition => ({
  id,
  labels: {},
  dependsOn: [],
  servingWhenDegraded: true,
  ...common,
  subject,
});

export function probe(
  id: string,
  {
    schedule,
    kind = 'tcp',
    options = {},
    fingerprint = 'the same',
    ...common
  }: Common & Partial<Pick<ProbeSubject, 'kind' | 'options' | 'fingerprint'>> & { schedule?: Partial<Schedule> } = {},
): ComponentDefinition {
  return define(id, { type: 'probe', kind, options, fingerprint, schedule: { ...SCHEDULE, ...schedule } }, common);
}

export function heartbeat(
  id: string,
  { periodMs = 60_000, graceMs = 0, ...common }: Common & Partial<Omit<PeriodicHeartbeat, 'type'>> = {},
): ComponentDefinition {
  return define(id, { type: 'heartbeat', periodMs, graceMs }, common);
}

/** Members are ids, or members with what differs from impact CRITICAL and weight 1. */
export function group(
  id: string,
  members: readonly (string | (Pick<Member, 'component'> & Partial<Member>))[],
  { rule = { kind: 'worst' }, ...common }: Common & { rule?: Rule } = {},
): ComponentDefinition {
  const subject: GroupSubject = {
    type: 'group',
    rule,
    members: members.map((member) => ({
      impact: 'CRITICAL',
      weight: 1,
      ...(typeof member === 'string' ? { component: member } : member),
    })),
  };
  return define(id, subject, common);
}

/** The first component is the root. */
export function system(...components: readonly ComponentDefinition[]): SystemDefinition {
  return { rootId: components[0]!.id, components };
}

/** Out of service from the first time to before the second, again and again; epoch milliseconds. */
export function windows(...periods: readonly (readonly [fromMs: number, untilMs?: number])[]): Maintenance {
  return {
    reason: 'moving house',
    windows: periods.map(([fromMs, untilMs]) => (untilMs === undefined ? { fromMs } : { fromMs, untilMs })),
  };
}
