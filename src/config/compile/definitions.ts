// Components of the file as the core defines them: messages become plain definitions, durations become milliseconds.

import { hash } from 'node:crypto';
import { clone, create, type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Impact as ImpactMessage } from '../../../gen/openk/common/v1/common_pb.ts';
import {
  type Component,
  ComponentSchema,
  type Config,
  type Group,
  GroupSchema,
  type HeartbeatProbe,
  type Maintenance as MaintenanceMessage,
  type MaintenanceWindow as MaintenanceWindowMessage,
  type Member as MemberMessage,
  MemberSchema,
  type QuorumRule,
  type Rule as RuleMessage,
  RuleSchema,
  SloSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type {
  ComponentDefinition,
  GroupSubject,
  HeartbeatSubject,
  Impact,
  Maintenance,
  MaintenanceWindow,
  Member,
  ProbeSubject,
  Rule,
  Schedule,
  Share,
} from '../../core/definition.ts';
import type { Steps } from '../../core/steps.ts';
import { durationToMs } from '../duration.ts';
import { toCalendar } from './calendar.ts';
import { DEFAULT_ROOT_ID, fillInPlace, type Kind } from './defaults.ts';
import { groupOfPlaces, placeIds, placesOf } from './vantage.ts';

/** Descriptors of the options by kind. */
export const OPTIONS = Object.fromEntries(
  ComponentSchema.oneofs.flatMap(({ fields }) => fields).map((field) => [field.localName, field.message!]),
);

/** What most components have none of is one object for all. */
const NO_LABELS: ComponentDefinition['labels'] = Object.freeze({});
const NOTHING: readonly string[] = Object.freeze([]);

/** Of a component that is filled and has no faults: itself, and behind it what each of its places sees. */
export function toDefinitions(component: Component): readonly [ComponentDefinition, ...ComponentDefinition[]] {
  const definition = toDefinition(component);
  const { kind } = component;
  if (component.vantage === undefined || kind.case === undefined) return [definition];
  return [definition, ...placesOf(component, definition, toProbe(kind, toSchedule(component)))];
}

/** The component itself. */
export function toDefinition(component: Component): ComponentDefinition {
  const subject = component.vantage === undefined ? toSubject(component) : toGraphSubject(component);
  return {
    ...toNode(component, subject),
    ...(component.links.length > 0 && { links: component.links.map(({ title, url }) => ({ title, url })) }),
    ...(component.maintenance && { maintenance: toMaintenance(component.maintenance) }),
  };
}

/** What the graph has to know of a component, also of one that is not complete: its groups and what it depends on. */
export function toGraphNode(component: Component): ComponentDefinition {
  return toNode(component, toGraphSubject(component));
}

function toNode(component: Component, subject: ComponentDefinition['subject']): ComponentDefinition {
  const { id, displayName, labels, dependsOn, servingWhenDegraded = true } = component;
  const node = {
    id,
    labels: Object.keys(labels).length === 0 ? NO_LABELS : { ...labels },
    dependsOn: dependsOn.length === 0 ? NOTHING : [...dependsOn],
    servingWhenDegraded,
    subject,
  };
  return displayName === '' ? node : { ...node, displayName };
}

function toGraphSubject(component: Component): ComponentDefinition['subject'] {
  const { kind, vantage } = component;
  if (kind.case === 'group') return toGroup(kind.value);
  if (vantage !== undefined) return groupOfPlaces(component, vantage.rule && toRule(vantage.rule));
  return { type: 'heartbeat', periodMs: 0, graceMs: 0 };
}

/** The same of what its places see. */
export function toGraphNodes(component: Component): readonly ComponentDefinition[] {
  const node = toGraphNode(component);
  const nodesOfPlaces = placeIds(component).map((id) => ({
    ...node,
    id,
    dependsOn: [],
    subject: { type: 'heartbeat', periodMs: 0, graceMs: 0 } as const,
  }));
  return [node, ...nodesOfPlaces];
}

/** The group of all components that are in no other group, filled. @param excludesNothing as in `fillComponent` */
export function* createRootGroup(
  {
    root,
    components,
  }: { readonly root?: Config['root']; readonly components: Iterable<Pick<Component, 'id' | 'kind'>> },
  excludesNothing: boolean,
): Steps<Component> {
  const grouped = new Set<string>();
  const ids: string[] = [];
  for (const { id, kind } of components) {
    yield;
    ids.push(id);
    for (const member of memberIds(kind)) grouped.add(member);
  }
  const members: MemberMessage[] = [];
  for (const id of ids) {
    yield;
    if (id === '' || grouped.has(id)) continue;
    // Each once, also an id that is there twice.
    grouped.add(id);
    members.push(create(MemberSchema, { component: id }));
  }
  const value = create(GroupSchema, root?.rule && { rule: clone(RuleSchema, root.rule) });
  value.members = members;
  const group = create(ComponentSchema, {
    id: root?.id || DEFAULT_ROOT_ID,
    kind: { case: 'group', value },
    ...(root?.slo && { slo: clone(SloSchema, root.slo) }),
  });
  // Not copied: its members may be all there are.
  return fillInPlace(group, undefined, excludesNothing);
}

function memberIds(kind: Component['kind']): string[] {
  return kind.case === 'group' ? kind.value.members.map(({ component }) => component) : [];
}

function toSubject(component: Component): ComponentDefinition['subject'] {
  const { kind } = component;
  if (kind.case === undefined) throw new Error(`component '${component.id}' has no kind`);
  if (kind.case === 'group') return toGroup(kind.value);
  if (kind.case === 'heartbeat') return toHeartbeat(kind.value);
  return toProbe(kind, toSchedule(component));
}

function toHeartbeat(options: HeartbeatProbe): HeartbeatSubject {
  const graceMs = durationToMs(options.grace!);
  // As long as a report may be late, where nothing is said: who says that a run began means to say that it ended.
  const maxRunMs = (options.maxRun && durationToMs(options.maxRun)) ?? (graceMs > 0 ? graceMs : undefined);
  const common = { type: 'heartbeat', graceMs, maxRunMs } as const;
  if (options.cron !== '') return { ...common, calendar: toCalendar(options) };
  return { ...common, periodMs: durationToMs(options.period!) };
}

function toProbe({ case: kind, value: options }: Kind, schedule: Schedule): ProbeSubject {
  return { type: 'probe', kind, options, fingerprint: fingerprint(OPTIONS[kind]!, options), schedule };
}

/** Mostly one follows another that is the same: they are one object. */
let latestSchedule: Schedule | undefined;

function toSchedule(component: Component): Schedule {
  const { interval, unhealthyInterval, timeout, staleAfter, healthyThreshold, unhealthyThreshold } = component;
  const schedule: Schedule = {
    intervalMs: durationToMs(interval!),
    unhealthyIntervalMs: durationToMs(unhealthyInterval!),
    timeoutMs: durationToMs(timeout!),
    staleAfterMs: durationToMs(staleAfter!),
    healthyThreshold: healthyThreshold!,
    unhealthyThreshold: unhealthyThreshold!,
  };
  if (latestSchedule === undefined || !isSameSchedule(latestSchedule, schedule)) latestSchedule = schedule;
  return latestSchedule;
}

function isSameSchedule(a: Schedule, b: Schedule): boolean {
  return (
    a.intervalMs === b.intervalMs &&
    a.unhealthyIntervalMs === b.unhealthyIntervalMs &&
    a.timeoutMs === b.timeoutMs &&
    a.staleAfterMs === b.staleAfterMs &&
    a.healthyThreshold === b.healthyThreshold &&
    a.unhealthyThreshold === b.unhealthyThreshold
  );
}

/** Only the group of a source has no members yet, and the root group of a file without components. */
function toGroup({ rule, members }: Group): GroupSubject {
  const group = { type: 'group', rule: toRule(rule), members: members.map(toMember) } as const;
  return members.length === 0 ? { ...group, isOpen: true } : group;
}

type RuleCase = Exclude<RuleMessage['rule'], { case: undefined }>;
type RuleOptions<Case extends RuleCase['case']> = Extract<RuleCase, { case: Case }>['value'];

const RULES: { readonly [Case in RuleCase['case']]: (options: RuleOptions<Case>) => Rule } = {
  worst: () => ({ kind: 'worst' }),
  best: () => ({ kind: 'best' }),
  quorum: toQuorum,
  weighted: ({ healthyAt, degradedAt }) => ({ kind: 'weighted', healthyAt, degradedAt }),
};

/** Without a rule, which is the default, `worst`. */
function toRule(message: RuleMessage | undefined): Rule {
  const rule = message?.rule;
  return rule?.case === undefined ? { kind: 'worst' } : convertRule(rule);
}

function convertRule<Case extends RuleCase['case']>(rule: { case: Case; value: RuleOptions<Case> }): Rule {
  return RULES[rule.case](rule.value);
}

function toQuorum({ healthy, healthyPercent, degraded, degradedPercent }: QuorumRule): Rule {
  const share = (count: number | undefined, percent: number | undefined): Share =>
    percent === undefined ? { count: count ?? 1 } : { percent };
  return { kind: 'quorum', healthy: share(healthy, healthyPercent), degraded: share(degraded, degradedPercent) };
}

const IMPACTS: Readonly<Partial<Record<number, Impact>>> = {
  [ImpactMessage.DEGRADES]: 'DEGRADES',
  [ImpactMessage.IGNORED]: 'IGNORED',
};

function toMember({ component, impact, weight }: MemberMessage): Member {
  return { component, impact: IMPACTS[impact] ?? 'CRITICAL', weight: weight ?? 1 };
}

/** Maintenance by hand has begun at a time that nobody knows, and goes on until the configuration changes. */
function toMaintenance({ active, reason, windows }: MaintenanceMessage): Maintenance {
  return { reason, windows: active ? [{ fromMs: 0 }] : windows.map(toWindow) };
}

function toWindow(window: MaintenanceWindowMessage): MaintenanceWindow {
  const { cron, start, end, duration } = window;
  if (cron === '') return { fromMs: timestampMs(start!), untilMs: timestampMs(end!) };
  return { calendar: toCalendar(window), durationMs: durationToMs(duration!) };
}

/**
 * A text that is the same for messages that say the same, by which a reload knows what it may leave alone. A hash, since the
 * message may hold secrets and fingerprints may be logged. The order of map keys makes no difference.
 */
export function fingerprint<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  const canonical = JSON.stringify(toJson(schema, message), sortKeys);
  return hash('sha256', `${schema.typeName} ${canonical}`, 'base64url');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
