// Every message that has to be sent, by brute force over a whole history: each second, each route and each component, from the
// words of docs/alerting.md. Nothing incremental, no queue, and nothing of src/alerts.
import type { AlertRoute, MessageType, Severity } from '../../../src/core/alert.ts';
import type { ComponentDefinition } from '../../../src/core/definition.ts';
import { contribution } from '../../../src/core/rules.ts';
import { parseSelection } from '../../../src/core/selection.ts';
import type { Status } from '../../../src/core/status.ts';
import { type Configuration, type History, type Look, RECOVERY_SECONDS, SECONDS, type Silence } from './history.ts';

/** What is known of one route and one component. */
interface Line {
  route: AlertRoute;
  readonly component: string;
  /** Second since which it has been bad. */
  since: number | undefined;
  goodSince: number | undefined;
  openedAt: number | undefined;
  /** Status that was said last, and the severity of it. */
  said: Status;
  severity: Severity;
  acknowledgedBy: string | undefined;
  isCauseSaid: boolean;
  isFlapping: boolean;
  isSuspended: boolean;
  remindAt: number;
  /** Status that was seen last for or against it, and since when. */
  seen: Status;
  steadySince: number;
  told: Set<string>;
  /** Of a consequence whose cause is gone: it may open from then on. */
  graceUntil: number;
  wasCaused: boolean;
  /** Readers see it, so that it is kept. */
  isListed: boolean;
  openings: number[];
}

/** A component in front of the decider at one time. */
interface Scene {
  readonly second: number;
  readonly configuration: Configuration;
  readonly looks: ReadonlyMap<string, Look>;
  readonly silences: readonly Silence[];
  readonly isOffline: boolean;
}

/** `SECOND TYPE ROUTE COMPONENT CHANNEL …`: sorted within a second. */
export function expectedMessages(history: History): string[] {
  const lines = new Map<string, Line>();
  const messages: string[] = [];
  let wasOffline = false;
  for (let second = 0; second <= SECONDS; second++) {
    if (history.restarts.some(({ from, until }) => from <= second && second < until)) continue;
    const found: string[] = [];
    const sceneAt = (of: number, at: number): Scene => ({
      second: at,
      configuration: history.configurations.findLast(({ from }) => from <= of)!,
      looks: history.looks[of]!,
      silences: history.silences.filter(
        ({ from, until, endedAt }) => from <= of && at < until && (endedAt === undefined || of < endedAt),
      ),
      isOffline: history.outages.some(({ from, until }) => from <= of && of < until),
    });
    const isStart = second === 0 || history.restarts.some(({ until }) => until === second);
    const scene = sceneAt(second, second);
    // What is due comes before what happens at the same time, and of that silences come first.
    if (!isStart) {
      const before = sceneAt(second - 1, second);
      found.push(...everyLine(lines, before), ...everyLine(lines, { ...before, silences: scene.silences }));
    }
    found.push(...removed(lines, scene));
    if (isStart && second > 0) {
      // A process starts with what the one before knew.
      const first = { ...scene, isOffline: wasOffline };
      restart(lines, first);
      found.push(...everyLine(lines, first));
    }
    found.push(...everyLine(lines, scene));
    if (wasOffline && !scene.isOffline) found.push(...networkIsBack(scene));
    wasOffline = scene.isOffline;
    for (const { at, route, component, author } of history.acknowledgements) {
      const line = lines.get(`${route} ${component}`);
      if (at === second && line?.openedAt !== undefined) found.push(...acknowledge(line, author));
    }
    messages.push(...found.sort().map((one) => `${second} ${one}`));
  }
  return messages;
}

/** Only what readers see outlives a process, and when what was sent was sent. */
function restart(lines: Map<string, Line>, scene: Scene): void {
  for (const route of scene.configuration.routes) {
    for (const { id, dependsOn } of scene.configuration.components) {
      const line = lineOf(lines, route, id);
      if (line.openedAt !== undefined || line.isListed) continue;
      const isBad = isTaken(scene, route, id, scene.looks.get(id)!.status) && !isUnseen(scene, id);
      Object.assign(line, { since: undefined, wasCaused: false, graceUntil: -1 });
      if (isBad && dependsOn.length > 0) line.graceUntil = scene.second + RECOVERY_SECONDS;
    }
  }
}

/** Said once to whoever is sent alerts. */
function networkIsBack({ configuration }: Scene): string[] {
  const channels = new Set(configuration.routes.flatMap(({ to }) => to));
  return [...channels].map((channel) => `openk.notice openk openk ${channel}: HEALTHY WARNING`);
}

/** What the configuration has no more. */
function removed(lines: Map<string, Line>, scene: Scene): string[] {
  const messages: string[] = [];
  for (const [key, line] of lines) {
    const route = scene.configuration.routes.find(({ id }) => id === line.route.id);
    const isThere = route?.on.some((status) => isTaken(scene, route, line.component, status));
    if (route !== undefined && isThere) line.route = route;
    else {
      if (line.openedAt !== undefined) {
        line.isFlapping = false;
        messages.push(...say(line, 'alert.resolved', line.told));
      }
      // What comes back flaps as if it had been there.
      lines.set(key, { ...blank(line.route, line.component), openings: line.openings });
    }
  }
  return messages;
}

function everyLine(lines: Map<string, Line>, scene: Scene): string[] {
  const messages: string[] = [];
  for (const route of scene.configuration.routes) {
    for (const { id } of scene.configuration.components) {
      if (!route.on.some((status) => isTaken(scene, route, id, status))) continue;
      const line = lineOf(lines, route, id);
      messages.push(...(line.openedAt === undefined ? ofClosed(line, scene) : ofOpen(line, scene)));
    }
  }
  return messages;
}

function lineOf(lines: Map<string, Line>, route: AlertRoute, component: string): Line {
  const known = lines.get(`${route.id} ${component}`);
  if (known !== undefined) return known;
  const line = blank(route, component);
  lines.set(`${route.id} ${component}`, line);
  return line;
}

function blank(route: AlertRoute, component: string): Line {
  return {
    route,
    component,
    since: undefined,
    goodSince: undefined,
    openedAt: undefined,
    said: 'HEALTHY',
    severity: 'INFO',
    acknowledgedBy: undefined,
    isCauseSaid: false,
    isFlapping: false,
    isSuspended: false,
    remindAt: Number.POSITIVE_INFINITY,
    seen: 'HEALTHY',
    steadySince: 0,
    told: new Set(),
    graceUntil: -1,
    wasCaused: false,
    isListed: false,
    openings: [],
  };
}

function ofClosed(line: Line, scene: Scene): string[] {
  const { second } = scene;
  const { route, component } = line;
  const { status, since, causes } = scene.looks.get(component)!;
  if (!isTaken(scene, route, component, status)) {
    // UNKNOWN is not good, so it breaks nothing off.
    if (status !== 'UNKNOWN') Object.assign(line, { since: undefined, wasCaused: false, graceUntil: -1 });
    if (status !== 'UNKNOWN') line.isListed = false;
    return [];
  }
  line.since ??= since;
  const isCaused = causes.length > 0;
  if (line.wasCaused && !isCaused) line.graceUntil = second + RECOVERY_SECONDS;
  line.wasCaused = isCaused;
  // Nothing is known: it stays as it is.
  if (scene.isOffline || isUnseen(scene, component)) return [];
  line.isListed =
    !isCaused &&
    !(route.groupBy === 'CAUSE' && isToldByMember(scene, route, component)) &&
    second >= line.graceUntil &&
    !isSilenced(scene, component);
  if (!line.isListed || second < line.since + route.forMs / 1_000) return [];
  const { changes, withinMs } = route.flapping;
  line.openings = line.openings.filter((at) => at > second - withinMs / 1_000);
  line.isFlapping = changes > 0 && line.openings.length >= changes;
  line.openings.push(second);
  Object.assign(line, {
    openedAt: second,
    goodSince: undefined,
    said: status,
    severity: severityOf(scene, route, component, status),
    acknowledgedBy: undefined,
    isCauseSaid: false,
    isSuspended: false,
    remindAt: second + (route.remindEveryMs ?? Number.POSITIVE_INFINITY) / 1_000,
    seen: status,
    steadySince: second,
    told: new Set(route.to),
    graceUntil: -1,
  });
  return say(line, 'alert.opened', route.to);
}

function ofOpen(line: Line, scene: Scene): string[] {
  const { second } = scene;
  const { route, component } = line;
  const { status, causes } = scene.looks.get(component)!;
  if (scene.isOffline || status === 'MAINTENANCE' || isUnseen(scene, component)) {
    line.goodSince = undefined;
    line.isSuspended = true;
    return [];
  }
  const messages: string[] = [];
  const isBad = route.on.includes(status);
  const isNeutral = !isBad && status === 'UNKNOWN';
  // What was due while nothing was to be said, and while it was good, is not made up for.
  if (line.isSuspended || (isBad && line.goodSince !== undefined)) skipReminders(line, second);
  line.isSuspended = false;
  if (isNeutral && (line.goodSince !== undefined || line.isFlapping)) return [];
  if (!isNeutral && line.seen !== status) {
    line.seen = status;
    line.steadySince = second;
  }
  if (isBad) {
    line.goodSince = undefined;
    const hasNews = line.said !== status || (causes.length > 0 && !line.isCauseSaid);
    line.said = status;
    line.severity = severityOf(scene, route, component, status);
    line.isCauseSaid ||= causes.length > 0;
    if (hasNews && !line.isFlapping) messages.push(...say(line, 'alert.updated', line.told));
  } else if (!isNeutral) line.goodSince ??= second;
  if (line.isFlapping) {
    if (second < line.steadySince + route.flapping.withinMs / 1_000) return messages;
    line.isFlapping = false;
    line.openings = [];
    if (isBad) messages.push(...say(line, 'alert.updated', line.told));
    skipReminders(line, second);
  }
  if (line.goodSince !== undefined) {
    if (second < line.goodSince + route.resolveAfterMs / 1_000) return messages;
    messages.push(...say(line, 'alert.resolved', line.told, status));
    Object.assign(line, { openedAt: undefined, since: undefined, wasCaused: false, graceUntil: -1, isListed: false });
    return messages;
  }
  if (isSilenced(scene, component)) return messages;
  const heard = [...line.told];
  for (const { afterMs, unless, to } of route.escalations) {
    if (second < line.openedAt! + afterMs / 1_000 || (line.acknowledgedBy !== undefined && unless === 'ACKNOWLEDGED'))
      continue;
    const others = to.filter((channel) => !line.told.has(channel));
    messages.push(...say(line, 'alert.opened', others));
    for (const channel of others) line.told.add(channel);
  }
  if (line.acknowledgedBy === undefined && second >= line.remindAt) {
    messages.push(...say(line, 'alert.reminded', heard));
    skipReminders(line, second);
  }
  return messages;
}

/** Reminders have their times from the opening on. */
function skipReminders(line: Line, second: number): void {
  const every = (line.route.remindEveryMs ?? Number.POSITIVE_INFINITY) / 1_000;
  if (line.remindAt <= second)
    line.remindAt = line.openedAt! + (Math.floor((second - line.openedAt!) / every) + 1) * every;
}

/** By another it is said again. */
function acknowledge(line: Line, author: string): string[] {
  if (line.acknowledgedBy === author) return [];
  line.acknowledgedBy = author;
  // Nothing is said of what flaps until it has settled.
  return line.isFlapping ? [] : say(line, 'alert.acknowledged', line.told);
}

function say(line: Line, type: MessageType, channels: Iterable<string>, status = line.said): string[] {
  const { route, component, severity, isFlapping } = line;
  const words = [status, severity, ...(isFlapping ? ['flapping'] : [])].join(' ');
  return [...channels].map((channel) => `${type} ${route.id} ${component} ${channel}: ${words}`);
}

/** Whether the route is the first that takes the component while it has this status, or those before it go on. */
function isTaken(scene: Scene, route: AlertRoute, id: string, status: Status): boolean {
  if (!route.on.includes(status) || componentOf(scene, id) === undefined) return false;
  const { routes } = scene.configuration;
  const before = routes.slice(0, routes.indexOf(route));
  return (
    matches(scene, route, id, status) && !before.some((one) => !one.isContinued && matches(scene, one, id, status))
  );
}

function matches(scene: Scene, route: AlertRoute, id: string, status: Status): boolean {
  const { selection, groups, severities } = route.match;
  const { labels } = componentOf(scene, id)!;
  return (
    (selection?.takes(id, labels) ?? true) &&
    (groups.length === 0 || groups.some((group) => isBelow(scene, id, group))) &&
    (severities.length === 0 || severities.includes(severityOf(scene, route, id, status)))
  );
}

function isBelow(scene: Scene, id: string, group: string): boolean {
  return id === group || membersOf(scene, group).some(({ component }) => isBelow(scene, id, component));
}

function membersOf(scene: Scene, id: string) {
  const subject = componentOf(scene, id)?.subject;
  return subject?.type === 'group' ? subject.members : [];
}

function componentOf(scene: Scene, id: string): ComponentDefinition | undefined {
  return scene.configuration.components.find((one) => one.id === id);
}

function severityOf(scene: Scene, { severity }: AlertRoute, id: string, status: Status): Severity {
  const label = componentOf(scene, id)!.labels.severity?.toUpperCase() as Severity | undefined;
  return severity ?? label ?? (status === 'UNHEALTHY' ? 'CRITICAL' : 'WARNING');
}

const BADNESS: readonly string[] = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'];

/** Whether the group has its status from a member that the same route takes. */
function isToldByMember(scene: Scene, route: AlertRoute, group: string): boolean {
  const { status } = scene.looks.get(group)!;
  return membersOf(scene, group).some(({ component, impact }) => {
    const member = scene.looks.get(component)!.status;
    const counts = contribution(member, impact);
    const isCulprit =
      status === 'UNKNOWN' ? counts.startsWith('UNKNOWN') : BADNESS.indexOf(counts) >= BADNESS.indexOf(status);
    return isCulprit && isTaken(scene, route, component, member);
  });
}

function isSilenced(scene: Scene, id: string): boolean {
  const { labels } = componentOf(scene, id)!;
  return scene.silences.some(({ selector }) => parseSelection([selector])!.takes(id, labels));
}

/** UNKNOWN for want of a look is no evidence, of a group neither. */
function isUnseen(scene: Scene, id: string): boolean {
  const { status, code } = scene.looks.get(id)!;
  if (status !== 'UNKNOWN') return false;
  if (code === 'NEVER_CHECKED' || code === 'OBSERVER_OFFLINE') return true;
  return membersOf(scene, id).some(({ component }) => isUnseen(scene, component));
}
