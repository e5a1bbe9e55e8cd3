// `alerts` of the configuration as data, or what is wrong with it; and what of it may not work as it is meant, which takes the
// components and what they depend on.
import { createHash } from 'node:crypto';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { BurnSpeed as BurnSpeedMessage, HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import {
  type AlertChannel,
  AlertChannelSchema,
  type AlertRoute as AlertRouteMessage,
  AlertSeverity,
  type Component,
  type Config,
  AlertRoute_GroupBy as GroupBy,
  Escalation_Unless as Unless,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertRoute, AlertSettings, ChannelDefinition, RouteTable, Severity } from '../../core/alert.ts';
import type { SystemDefinition } from '../../core/definition.ts';
import { Detections } from '../../core/detection.ts';
import { compileGraphInSteps } from '../../core/graph.ts';
import { nearestName } from '../../core/nearest.ts';
import { quoteName } from '../../core/quote-name.ts';
import { parseSelection } from '../../core/selection.ts';
import type { BurnSpeed } from '../../core/slo/objective.ts';
import type { Status } from '../../core/status.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import type { Path, PathFault } from '../fault.ts';
import type { KnownFaults } from './consequences.ts';
import { DEFAULT_DENY_ADDRESSES } from './defaults.ts';
import { fingerprint } from './definitions.ts';

/** What is wrong with the options of a kind of channel; paths are from the options on. */
export type ChannelCheck = (kind: string, options: unknown) => readonly PathFault[];

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_WATCHDOG_MS = 60_000;
const DEFAULT_FLAPPING = { changes: 6, withinMs: 3_600_000 };

const SEVERITIES: Readonly<Partial<Record<AlertSeverity, Severity>>> = {
  [AlertSeverity.INFO]: 'INFO',
  [AlertSeverity.WARNING]: 'WARNING',
  [AlertSeverity.ERROR]: 'ERROR',
  [AlertSeverity.CRITICAL]: 'CRITICAL',
};

const STATUSES: Readonly<Partial<Record<HealthStatus, Status>>> = {
  [HealthStatus.DEGRADED]: 'DEGRADED',
  [HealthStatus.UNHEALTHY]: 'UNHEALTHY',
  [HealthStatus.UNKNOWN]: 'UNKNOWN',
};

const SPEEDS: Readonly<Partial<Record<BurnSpeedMessage, BurnSpeed>>> = {
  [BurnSpeedMessage.FAST]: 'FAST',
  [BurnSpeedMessage.MEDIUM]: 'MEDIUM',
  [BurnSpeedMessage.SLOW]: 'SLOW',
};

/** Descriptors of the options by kind. */
const OPTIONS: Readonly<Record<string, DescMessage>> = Object.fromEntries(
  AlertChannelSchema.oneofs.flatMap(({ fields }) => fields).map((field) => [field.localName, field.message!]),
);

/** @param components All of the configuration, and the root group. */
export function* checkAlerts(
  { alerts }: Config,
  components: Iterable<Pick<Component, 'id' | 'kind'>>,
  known: KnownFaults,
  checkChannel: ChannelCheck,
): Steps<readonly PathFault[]> {
  const faults: PathFault[] = [];
  if (alerts === undefined) return faults;
  const { channels, routes } = alerts;
  const channelIds = new Set<string>();
  for (const [index, channel] of channels.entries()) {
    yield;
    const path = ['alerts', 'channels', index];
    const { id, kind } = channel;
    if (id !== '' && channelIds.has(id)) {
      faults.push({ path: [...path, 'id'], message: 'is the id of another channel too' });
    }
    channelIds.add(id);
    if (kind.case === undefined) continue;
    for (const fault of checkChannel(kind.case, kind.value)) {
      const place = [...path, kind.case, ...fault.path];
      if (!known.touch(place) && !known.explain(place)) faults.push({ path: place, message: fault.message });
    }
  }
  const isGroup = new Map<string, boolean>();
  // Mostly no route names a group, and there may be very many components.
  for (const { id, kind } of routes.some(({ match }) => match?.groups.length) ? components : []) {
    if (isGroup.size % IN_A_STEP === 0) yield;
    isGroup.set(id, kind.case === 'group');
  }
  const routeIds = new Set<string>();
  for (const [index, route] of routes.entries()) {
    yield;
    const path = ['alerts', 'routes', index];
    const id = routeId(route, index);
    if (routeIds.has(id))
      faults.push({ path: [...path, 'id'], message: `${quoteName(id)} is the id of another route too` });
    routeIds.add(id);
    faults.push(...checkRoute(route, path, { channelIds, isGroup, known }));
  }
  return faults;
}

interface Names {
  readonly channelIds: ReadonlySet<string>;
  /** By the id of a component. */
  readonly isGroup: ReadonlyMap<string, boolean>;
  readonly known: KnownFaults;
}

function checkRoute({ match, to, escalate }: AlertRouteMessage, path: Path, names: Names): readonly PathFault[] {
  const { channelIds, isGroup, known } = names;
  const faults: PathFault[] = [];
  if (to.length + escalate.length === 0 && !known.touch(path)) {
    faults.push({ path, message: 'needs to or escalate: nobody is sent its alerts' });
  }
  const checkChannels = (ids: readonly string[], at: Path) => {
    ids.forEach((id, position) => {
      if (channelIds.has(id)) return;
      faults.push({ path: [...at, position], message: `there is no channel ${quoteName(id)}${hint(id, channelIds)}` });
    });
  };
  checkChannels(to, [...path, 'to']);
  escalate.forEach((step, position) => {
    checkChannels(step.to, [...path, 'escalate', position, 'to']);
  });
  match?.labels.forEach((selector, position) => {
    if (parseSelection([selector]) !== undefined) return;
    const message = 'is no selector: write team=payments, team!=payments or id=shop-*';
    faults.push({ path: [...path, 'match', 'labels', position], message });
  });
  match?.groups.forEach((id, position) => {
    const at = [...path, 'match', 'groups', position];
    const isOne = isGroup.get(id);
    if (isOne === undefined) {
      const groups = [...isGroup].flatMap(([group, isOne]) => (isOne ? [group] : []));
      faults.push({ path: at, message: `there is no group ${quoteName(id)}${hint(id, groups)}` });
    } else if (!isOne) {
      faults.push({ path: at, message: `${quoteName(id)} is no group: write id=${id} in labels` });
    }
  });
  return faults;
}

function hint(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `, did you mean ${quoteName(nearest)}?`;
}

function routeId({ id }: AlertRouteMessage, index: number): string {
  return id || `route-${index + 1}`;
}

/** Of a configuration without faults. @param deniesAddresses whether it says which addresses no channel connects to, if only that there are none */
export function toAlertSettings({ alerts }: Config, deniesAddresses: boolean): Omit<AlertSettings, 'table'> {
  const watchdog = alerts?.watchdog;
  return {
    routes: alerts?.routes.map(toRoute) ?? [],
    channels: alerts?.channels.map(toChannel) ?? [],
    denyAddresses: deniesAddresses ? (alerts?.denyAddresses ?? []) : DEFAULT_DENY_ADDRESSES,
    ...(watchdog && {
      watchdog: { url: watchdog.url, everyMs: watchdog.every ? durationToMs(watchdog.every) : DEFAULT_WATCHDOG_MS },
    }),
  };
}

function toRoute(route: AlertRouteMessage, index: number): AlertRoute {
  const { match, flapping } = route;
  const labels = match?.labels ?? [];
  const selection = labels.length === 0 ? undefined : parseSelection(labels);
  const severity = SEVERITIES[route.severity];
  const onBurn = route.onBurn.flatMap((speed) => SPEEDS[speed] ?? []);
  const on = route.on.length === 0 ? ['UNHEALTHY' as const] : route.on.flatMap((status) => STATUSES[status] ?? []);
  return {
    id: routeId(route, index),
    match: {
      ...(selection && { selection }),
      groups: [...(match?.groups ?? [])],
      severities: (match?.severities ?? []).flatMap((one) => SEVERITIES[one] ?? []),
    },
    on: onBurn.length === 0 ? on : [],
    ...(onBurn.length > 0 && { onBurn }),
    forMs: route.for ? durationToMs(route.for) : 0,
    resolveAfterMs: route.resolveAfter ? durationToMs(route.resolveAfter) : 0,
    groupBy: route.groupBy === GroupBy.COMPONENT ? 'COMPONENT' : 'CAUSE',
    ...(route.remindEvery && { remindEveryMs: durationToMs(route.remindEvery) }),
    to: [...route.to],
    escalations: route.escalate.map(({ after, unless, to }) => ({
      afterMs: durationToMs(after!),
      unless: unless === Unless.RESOLVED ? 'RESOLVED' : 'ACKNOWLEDGED',
      to: [...to],
    })),
    isContinued: route.continue,
    ...(severity && { severity }),
    flapping: {
      changes: flapping?.changes ?? DEFAULT_FLAPPING.changes,
      withinMs: flapping?.within ? durationToMs(flapping.within) : DEFAULT_FLAPPING.withinMs,
    },
  };
}

function toChannel({ id, kind, timeout }: AlertChannel): ChannelDefinition {
  if (kind.case === undefined) throw new Error(`channel '${id}' has no kind`);
  const timeoutMs = timeout ? durationToMs(timeout) : DEFAULT_TIMEOUT_MS;
  const options = kind.value as MessageShape<DescMessage>;
  const hash = createHash('sha256').update(`${fingerprint(OPTIONS[kind.case]!, options)} ${timeoutMs}`);
  return { id, kind: kind.case, timeoutMs, options, fingerprint: hash.digest('base64url') };
}

/** What may not work as it is meant: of each kind the first one of a route, since one mends mostly all. */
export function* warnOfAlerts(
  routes: readonly AlertRoute[],
  { takenBy, idle }: RouteTable,
  system: SystemDefinition,
): Steps<readonly PathFault[]> {
  const warnings: PathFault[] = idle.map((index) => ({
    path: ['alerts', 'routes', index, 'match'],
    message: 'takes no component, or only such as a route before it takes',
  }));
  // Nothing is suppressed, and nothing comes too soon, where nothing depends on anything.
  if (takenBy.size === 0 || system.components.every(({ dependsOn }) => dependsOn.length === 0)) return warnings;
  const compiled = yield* compileGraphInSteps(system);
  if (!compiled.ok) return warnings;
  const { graph } = compiled;
  const detections = new Detections(graph);
  /** By route: the component that may open too soon by the most, and those that may be suppressed by what no route takes. */
  const tooSoon = new Map<number, { readonly id: string; readonly cause: string; readonly withinMs: number }>();
  const unheard = new Map<number, { readonly id: string; readonly cause: string; count: number }>();
  for (const [index, { id }] of graph.definitions.entries()) {
    yield;
    // Only what is UNHEALTHY has a cause.
    for (const at of takenBy.get(id)?.UNHEALTHY ?? []) {
      const detection = yield* detections.slowestDependency(index);
      if (detection !== undefined && detection.withinMs > (tooSoon.get(at)?.withinMs ?? routes[at]!.forMs)) {
        tooSoon.set(at, { id, cause: detection.component, withinMs: detection.withinMs });
      }
      const cause = graph.dependencies
        .of(index)
        .find((dependency) => (takenBy.get(graph.definitions[dependency]!.id)?.UNHEALTHY ?? []).length === 0);
      if (cause === undefined) continue;
      const before = unheard.get(at);
      if (before === undefined) unheard.set(at, { id, cause: graph.definitions[cause]!.id, count: 1 });
      else before.count += 1;
    }
  }
  for (const [at, { id, cause, withinMs }] of tooSoon) {
    const least = formatDuration(withinMs);
    const message = `is shorter than the ${least} that it may take to see that ${quoteName(cause)} is down, on which ${quoteName(id)} depends: an alert of ${quoteName(id)} may come before that of its cause`;
    warnings.push({ path: ['alerts', 'routes', at, 'for'], message });
  }
  for (const [at, { id, cause, count }] of unheard) {
    const others = count === 1 ? '' : `; ${count - 1} more are like it`;
    const message = `opens no alert of ${quoteName(id)} while ${quoteName(cause)} is UNHEALTHY, on which it depends, and no route takes ${quoteName(cause)}: nobody would be told${others}`;
    warnings.push({ path: ['alerts', 'routes', at], message });
  }
  return warnings;
}
