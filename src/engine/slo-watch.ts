// How components stand by their objectives: a timeline for each that has one, which follows every decision, and a look every ten
// seconds at those whose budget has burnt lately, so that nothing is computed of what has been good. All times are monotonic: a
// wall clock that is set makes no time bad.
import type { BurnsBy } from '../core/alert.ts';
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { GraphChanges } from '../core/next-graph.ts';
import { type Burn, type BurnVerdicts, burnOf, isSpending, type SloStanding, standingOf } from '../core/slo/budget.ts';
import { BURN_SPEEDS, type BurnSpeed, LONGEST_BURN_WINDOW_MS, type SloDefinition } from '../core/slo/objective.ts';
import { createTimeline, type Piece, type Timeline, type Times } from '../core/slo/timeline.ts';
import type { Status } from '../core/status.ts';
import { phaseMs } from './phase.ts';

export interface SloWatch {
  /**
   * Goes over to other definitions. What was seen of a component stays.
   * @param burnsBy which burns are published, by component
   * @param changes what is otherwise than before. Left out: there was nothing before
   */
  define(
    definitions: readonly ComponentDefinition[],
    health: (index: number) => Health,
    burnsBy: ReadonlyMap<string, BurnsBy>,
    atMs: number,
    changes?: Pick<GraphChanges, 'indexes' | 'gone'>,
  ): void;
  /** Takes in what has changed. */
  see(changed: readonly Health[], atMs: number): void;
  /** When `look` is due; infinite: never. */
  readonly dueMs: number;
  /** Those whose turn it is: what has another verdict than before, and what burns or may. */
  look(nowMs: number): readonly Burn[];
  /** Undefined where there is no objective, or history is not read yet. */
  standing(id: string, nowMs: number): SloStanding | undefined;
  /** Whose history is to be read, and what of it: at most so many. */
  wanted(nowMs: number, most: number): readonly WantedPast[];
  /** What history has before a timeline begins. Undefined: it cannot be read now, and it goes on with what is watched. */
  fill(wanted: WantedPast, pieces: readonly Piece[] | undefined): void;
  /** What was watched. */
  between(id: string, fromMs: number, toMs: number): Times | undefined;
}

export interface WantedPast {
  readonly id: string;
  readonly fromMs: number;
  /** The beginning of its timeline. */
  readonly toMs: number;
  /** How far back from now its objective looks. */
  readonly needMs: number;
}

interface Watched {
  readonly id: string;
  slo: SloDefinition;
  readonly timeline: Timeline;
  /** Those that are published. */
  speeds: readonly BurnSpeed[];
  /** Milliseconds back to which history was read. 0: it was not. */
  readMs: number;
  /** History could not be read: it is looked at by what was watched. */
  isBlind: boolean;
  /** What `look` said of it last. */
  published: BurnVerdicts | undefined;
}

const TICK_MS = 250;
/** Each component is looked at once in so many ticks: of ten thousand that burn, 250 in a turn. */
const SLOTS = 40;

export function createSloWatch(): SloWatch {
  const watched = new Map<string, Watched>();
  /** Those that have to be looked at, by the tick that is theirs. */
  const slots: Set<Watched>[] = Array.from({ length: SLOTS }, () => new Set());
  let activeCount = 0;
  let lookedTick = -1;
  /** Those whose history is not read. */
  const unread = new Set<Watched>();

  const slotOf = ({ id }: Watched) => slots[Math.floor(phaseMs(id, SLOTS * TICK_MS) / TICK_MS)]!;
  const activate = (one: Watched) => {
    const slot = slotOf(one);
    if (one.speeds.length === 0 || slot.has(one)) return;
    slot.add(one);
    activeCount += 1;
  };
  const rest = (one: Watched) => {
    if (slotOf(one).delete(one)) activeCount -= 1;
  };
  const begin = (id: string, slo: SloDefinition, status: Status, atMs: number): Watched => {
    const timeline = createTimeline(status, atMs);
    const one = { id, slo, timeline, speeds: [], readMs: 0, isBlind: false, published: undefined };
    watched.set(id, one);
    return one;
  };
  const forget = (one: Watched | undefined) => {
    if (one === undefined) return;
    watched.delete(one.id);
    unread.delete(one);
    rest(one);
  };
  /** From now on at these speeds. */
  const publish = (one: Watched, taken: BurnsBy | undefined) => {
    const speeds = BURN_SPEEDS.filter((speed) => (taken?.[speed].length ?? 0) > 0);
    if (speeds.length === one.speeds.length && speeds.every((speed, at) => speed === one.speeds[at])) return;
    one.speeds = speeds;
    one.published = undefined;
    if (speeds.length > 0) activate(one);
    else rest(one);
  };
  const needMs = ({ windowMs }: SloDefinition) => Math.max(windowMs, LONGEST_BURN_WINDOW_MS);

  const lookAt = (one: Watched, nowMs: number): Burn | undefined => {
    if (one.readMs === 0 && !one.isBlind) return undefined;
    const burn = burnOf(one.id, one.slo, one.timeline, nowMs);
    const isQuiet = one.speeds.every((speed) => burn.verdicts[speed] === 'BELOW');
    const isNews = one.published === undefined || !isSame(one.published, burn.verdicts);
    // Nothing was bad in the longest window, and nothing is: that stays so until something is.
    if (isQuiet && burn.rates['3d'] === 0 && !isSpending(one.slo, one.timeline.status)) rest(one);
    if (isQuiet && !isNews) return undefined;
    one.published = burn.verdicts;
    return burn;
  };

  return {
    define(definitions, health, burnsBy, atMs, changes) {
      for (const id of changes?.gone ?? []) forget(watched.get(id));
      for (const index of changes?.indexes ?? definitions.keys()) {
        const { id, slo } = definitions[index]!;
        const known = watched.get(id);
        if (slo === undefined) {
          forget(known);
          continue;
        }
        const { status } = health(index);
        const one = known ?? begin(id, slo, status, atMs);
        one.slo = slo;
        one.timeline.set(status, atMs);
        // Another objective may come to another verdict of the same time.
        one.published = undefined;
        if (one.readMs < needMs(slo)) unread.add(one);
        activate(one);
      }
      for (const one of watched.values()) publish(one, burnsBy.get(one.id));
    },
    see(changed, atMs) {
      if (watched.size === 0) return;
      for (const { component, status } of changed) {
        const one = watched.get(component);
        if (one === undefined || one.timeline.status === status) continue;
        one.timeline.set(status, atMs);
        activate(one);
        const need = needMs(one.slo);
        // Now and then, since it moves all that stays.
        if (atMs - one.timeline.fromMs > 1.2 * need) one.timeline.forget(atMs - need);
      }
    },
    get dueMs() {
      return activeCount === 0 ? Number.POSITIVE_INFINITY : (lookedTick + 1) * TICK_MS;
    },
    look(nowMs) {
      const tick = Math.floor(nowMs / TICK_MS);
      const burns: Burn[] = [];
      for (let one = Math.max(lookedTick + 1, tick - SLOTS + 1); one <= tick; one++) {
        for (const entry of slots[((one % SLOTS) + SLOTS) % SLOTS]!) {
          const burn = lookAt(entry, nowMs);
          if (burn !== undefined) burns.push(burn);
        }
      }
      lookedTick = Math.max(lookedTick, tick);
      return burns;
    },
    standing(id, nowMs) {
      const one = watched.get(id);
      return one === undefined || one.readMs === 0 ? undefined : standingOf(one.slo, one.timeline, nowMs);
    },
    wanted(nowMs, most) {
      return Array.from(unread, (one) => ({
        id: one.id,
        fromMs: nowMs - needMs(one.slo),
        toMs: one.timeline.fromMs,
        needMs: needMs(one.slo),
      })).slice(0, most);
    },
    fill({ id, toMs, needMs: readMs }, pieces) {
      const one = watched.get(id);
      if (one === undefined || one.timeline.fromMs !== toMs) return;
      if (pieces === undefined) {
        one.isBlind = true;
        return;
      }
      one.timeline.prepend(pieces);
      one.readMs = readMs;
      one.isBlind = false;
      if (readMs >= needMs(one.slo)) unread.delete(one);
      activate(one);
    },
    between: (id, fromMs, toMs) => watched.get(id)?.timeline.between(fromMs, toMs),
  };
}

function isSame(a: BurnVerdicts, b: BurnVerdicts): boolean {
  return BURN_SPEEDS.every((speed) => a[speed] === b[speed]);
}
