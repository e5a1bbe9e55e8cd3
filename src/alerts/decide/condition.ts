// What makes an alert of a route: the status of its component, or how fast its error budget burns.
import type { Alert, AlertSettings } from '../../core/alert.ts';
import { burnSeverityOf, isBadStatus, severityOf } from '../../core/alert-routes.ts';
import type { Detections } from '../../core/detection.ts';
import type { Burn } from '../../core/slo/budget.ts';
import { burnOverReason, burnReason } from '../../core/slo/burn-words.ts';
import { BURN_LIMITS, BURN_SPEEDS, BURN_WINDOWS_MS, type BurnSpeed } from '../../core/slo/objective.ts';
import { atOnce } from '../../core/steps.ts';
import type { Entry } from './entry.ts';
import type { Standings } from './standings.ts';

/** How an entry is now. Neither bad nor good: neutral, nothing begins or ends because of it. */
export interface Condition {
  readonly isBad: boolean;
  readonly isNeutral: boolean;
  /** Of a route by burn rates: how fast it burns, while it is bad. */
  readonly burn?: BurnSpeed;
  /** Speeds at which it has begun to burn, and that are not over. */
  readonly begun: readonly BurnSpeed[];
}

export interface Conditions {
  of(entry: Entry): Condition;
  /** The same of one that is not opened: with another severity it may be another route's. */
  ofWaiting(entry: Entry): Pick<Condition, 'isBad' | 'isNeutral'>;
  /** What its alert says of it. What burns no more keeps how fast it did. */
  seen(entry: Entry): Pick<Alert, 'status' | 'severity' | 'reason' | 'revision' | 'burn'>;
  /** Whether its words have figures, which are those of the time when something is said. */
  hasFigures(entry: Entry): boolean;
  /** Whether it is something else than what its alert says, or than when that was looked at last. */
  isOther(entry: Entry, condition: Condition): boolean;
  /** Whether it was bad then: to be worse or less bad is worth a message. */
  wasBad(entry: Entry): boolean;
  /** Whether it is bad because of something else that is bad. */
  isCaused(entry: Entry): boolean;
  /** Whether the alert of a member, of the same route, says what is wrong. */
  isToldByMember(entry: Entry): boolean;
  /** How long it may stay bad by what its cause did. */
  aftermathMs(entry: Entry): number;
  /** How long it has to be bad. */
  forMs(entry: Entry): number;
  /** How long after it its cause may be seen. */
  heldMs(entry: Entry): number;
}

/** Within it each budget is looked at once. */
export const BURN_LOOK_MS = 10_000;
/** Components that are looked at for what may be the cause of one. */
const MAX_STEPS = 1_000;

interface Sources {
  readonly standings: Standings | undefined;
  readonly settings: AlertSettings | undefined;
  readonly detections: () => Detections;
  readonly burns: ReadonlyMap<string, Burn>;
}

export function createConditions(sources: Sources): Conditions {
  const graph = () => sources.standings!.graph;
  const labelsOf = ({ index }: Entry) => graph().definitions[index]!.labels;
  const healthOf = ({ index }: Entry) => sources.standings!.health(index);

  const speedOf = (component: string, speeds: readonly BurnSpeed[]): BurnSpeed | undefined => {
    const burn = sources.burns.get(component);
    return burn && BURN_SPEEDS.find((speed) => speeds.includes(speed) && burn.verdicts[speed] === 'ABOVE');
  };
  const speedsOf = ({ component, at }: Entry) => {
    const taken = sources.settings!.table.burnsBy.get(component);
    return taken === undefined ? [] : BURN_SPEEDS.filter((speed) => taken[speed].includes(at));
  };
  const ofBurn = (entry: Entry): Condition => {
    const { component, index, begun: before } = entry;
    const speeds = speedsOf(entry);
    const { status } = sources.standings!.health(index);
    if (status === 'MAINTENANCE') return { isBad: false, isNeutral: true, begun: before };
    const burn = speedOf(component, speeds);
    const verdicts = sources.burns.get(component)?.verdicts;
    const isGoingOn = (speed: BurnSpeed) =>
      verdicts?.[speed] === 'ABOVE' || (before.includes(speed) && verdicts?.[speed] !== 'BELOW');
    const begun = BURN_SPEEDS.filter((speed) => speeds.includes(speed) && isGoingOn(speed));
    if (burn !== undefined) return { isBad: true, isNeutral: false, burn, begun };
    return { isBad: false, isNeutral: begun.length > 0 || verdicts === undefined || status === 'UNKNOWN', begun };
  };
  const isTakenByStatus = (index: number, at: number) => {
    const { status, component } = sources.standings!.health(index);
    return isBadStatus(status) && sources.settings!.table.takenBy.get(component)?.[status].includes(at) === true;
  };
  const isBurning = (index: number, at: number) => {
    const { id } = graph().definitions[index]!;
    const taken = sources.settings!.table.burnsBy.get(id);
    const burn = sources.burns.get(id);
    if (taken === undefined || burn === undefined) return false;
    return BURN_SPEEDS.some((speed) => burn.verdicts[speed] === 'ABOVE' && taken[speed].includes(at));
  };
  /** Of what it depends on, and of its members where one alert is to be for a cause, however deep. */
  const isCauseBurning = ({ index, at, route: { groupBy } }: Entry): boolean => {
    const { dependencies, members, impacts } = graph();
    const found = new Set([index]);
    for (const one of found) {
      if (one !== index && isBurning(one, at)) return true;
      if (found.size > MAX_STEPS) continue;
      for (const dependency of dependencies.of(one)) found.add(dependency);
      if (groupBy !== 'CAUSE') continue;
      for (let edge = members.start(one); edge < members.end(one); edge++) {
        if (impacts.get(edge) !== 'IGNORED') found.add(members.targets[edge]!);
      }
    }
    return false;
  };

  const hasCauses = ({ index }: Entry) => graph().dependencies.count(index) + graph().members.count(index) > 0;

  return {
    of(entry) {
      const { on, onBurn } = entry.route;
      if (onBurn !== undefined) return ofBurn(entry);
      const { status } = healthOf(entry);
      const isBad = on.includes(status);
      return { isBad, isNeutral: !isBad && status === 'UNKNOWN', begun: [] };
    },
    ofWaiting(entry) {
      if (entry.route.onBurn !== undefined) return ofBurn(entry);
      const isBad = isTakenByStatus(entry.index, entry.at);
      return { isBad, isNeutral: !isBad && healthOf(entry).status === 'UNKNOWN' };
    },
    seen(entry) {
      const { route, component, alert } = entry;
      const { status, reason, revision } = healthOf(entry);
      if (route.onBurn === undefined) {
        return { status, severity: severityOf(route, labelsOf(entry), status), reason, revision };
      }
      const { burn: burning, begun } = ofBurn(entry);
      const speed = burning ?? alert?.burn ?? route.onBurn[0]!;
      const burn = sources.burns.get(component);
      const words = begun.length === 0 ? burnOverReason : burnReason;
      return {
        status,
        severity: burnSeverityOf(route, labelsOf(entry), speed),
        // What burnt before a restart may not be looked at yet.
        reason: burn === undefined ? (alert?.reason ?? reason) : words(burn, speed),
        revision,
        burn: speed,
      };
    },
    hasFigures: ({ route }) => route.onBurn !== undefined,
    isOther(entry, { burn }) {
      if (entry.route.onBurn !== undefined) return entry.burn !== burn;
      return entry.alert!.status !== healthOf(entry).status;
    },
    wasBad({ route, alert, burn }) {
      return route.onBurn === undefined ? route.on.includes(alert!.status) : burn !== undefined;
    },
    isCaused(entry) {
      if (healthOf(entry).causedBy.length > 0) return true;
      return entry.route.onBurn !== undefined && isCauseBurning(entry);
    },
    isToldByMember({ route, index, at }) {
      if (route.onBurn !== undefined || route.groupBy !== 'CAUSE') return false;
      for (const member of sources.standings!.culprits(index)) if (isTakenByStatus(member, at)) return true;
      return false;
    },
    aftermathMs(entry) {
      const { route, index, component } = entry;
      if (route.onBurn === undefined) return sources.detections().recoveryMs(index);
      // Until what the cause did has left the window that says that it still goes on.
      const speed = speedOf(component, speedsOf(entry)) ?? route.onBurn[0]!;
      return BURN_WINDOWS_MS[BURN_LIMITS[speed].short];
    },
    forMs(entry) {
      if (entry.route.onBurn === undefined) return entry.route.forMs;
      return hasCauses(entry) ? BURN_LOOK_MS : 0;
    },
    heldMs(entry) {
      if (entry.route.onBurn === undefined) {
        return atOnce(sources.detections().slowestDependency(entry.index))?.withinMs ?? 0;
      }
      return hasCauses(entry) ? BURN_LOOK_MS : 0;
    },
  };
}
