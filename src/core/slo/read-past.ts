// What history keeps of components before a time, as pieces of a timeline: days, hours where a day was not all one, and five
// minutes where an hour was not, so that 90 days of a component that never changed are 90 numbers, and the edges of windows are
// exact to five minutes all the same.
import { cutTimes, type Usage } from '../history/usage.ts';
import { STATUSES, type Status } from '../status.ts';
import type { Retention, Store, TierMs } from '../store.ts';
import type { Piece, Times } from './timeline.ts';

export interface PastQuery {
  readonly components: readonly string[];
  /** Epoch milliseconds: at least back to here, as far as it is kept. */
  readonly fromMs: number;
  /** Epoch milliseconds: up to here. */
  readonly toMs: number;
  readonly nowMs: number;
  /** Where history goes beyond `toMs` already: what of it is from there to another time. Default: nothing is. */
  readonly after?: (component: string, untilMs: number) => Times | undefined;
}

/** Buckets that are looked at more closely, of all components of a question together: the newest. */
const FINER = [
  { tierMs: 3_600_000, ofMs: 86_400_000, kept: 'hoursMs', prunedByMs: 86_400_000, most: 12 },
  { tierMs: 300_000, ofMs: 3_600_000, kept: 'fiveMinutesMs', prunedByMs: 3_600_000, most: 48 },
] as const satisfies readonly {
  tierMs: TierMs;
  ofMs: TierMs;
  kept: keyof Retention;
  prunedByMs: number;
  most: number;
}[];
const DAY_MS = 86_400_000;

interface Cell {
  readonly fromMs: number;
  readonly widthMs: number;
  readonly times: Times;
  /** Epoch milliseconds: what is later is not accounted for yet. */
  readonly untilMs: number;
}

/**
 * Pieces by component, the oldest first; together from when it was first known of to `toMs`. What was not watched in between is
 * UNKNOWN. Empty: nothing is known.
 * @throws StoreFault
 */
export async function readPast(
  history: Pick<Store, 'availability' | 'retention'>,
  query: PastQuery,
): Promise<ReadonlyMap<string, readonly Piece[]>> {
  const { components, fromMs, toMs, nowMs } = query;
  let cells = await readCells(history, components, DAY_MS, [floorTo(fromMs, DAY_MS), ceilTo(toMs, DAY_MS)]);
  for (const { tierMs, ofMs, kept, prunedByMs, most } of FINER) {
    const keptFromMs = floorTo(nowMs - history.retention[kept], prunedByMs);
    const isWanted = ({ fromMs: startMs, widthMs, times }: Cell) =>
      widthMs === ofMs && startMs >= keptFromMs && (isMixed(times, widthMs) || startMs + widthMs > toMs);
    const wanted = new Set([...cells.values()].flatMap((all) => all.filter(isWanted).map((cell) => cell.fromMs)));
    const starts = new Set([...wanted].sort((a, b) => a - b).slice(-most));
    if (starts.size === 0) continue;
    const finer = await readCells(history, components, tierMs, ...rangesOf(starts, ofMs));
    cells = new Map(
      Array.from(cells, ([id, all]) => {
        const byStart = Map.groupBy(finer.get(id)!, (cell) => floorTo(cell.fromMs, ofMs));
        const isReplaced = (cell: Cell) => cell.widthMs === ofMs && starts.has(cell.fromMs);
        return [id, all.flatMap((cell) => (isReplaced(cell) ? byStart.get(cell.fromMs)! : [cell]))];
      }),
    );
  }
  return new Map(Array.from(cells, ([id, all]) => [id, piecesOf(id, all, query)]));
}

async function readCells(
  history: Pick<Store, 'availability'>,
  components: readonly string[],
  tierMs: TierMs,
  ...ranges: readonly (readonly [number, number])[]
): Promise<Map<string, readonly Cell[]>> {
  const parts = ranges.map(([fromMs, toMs]) => ({ tierMs, fromMs, toMs, stepMs: tierMs }));
  const starts = parts.flatMap(({ fromMs, toMs }) =>
    Array.from({ length: (toMs - fromMs) / tierMs }, (_, step) => fromMs + step * tierMs),
  );
  const { untilMs, components: found } = await history.availability({ components, parts });
  return new Map(
    found.map(({ component, steps }) => [
      component,
      starts.map((fromMs, at) => ({ fromMs, widthMs: tierMs, times: steps[at]!.timeMs, untilMs })),
    ]),
  );
}

function piecesOf(component: string, cells: readonly Cell[], { toMs, after }: PastQuery): readonly Piece[] {
  const pieces: { widthMs: number; times: Record<Status, number> }[] = [];
  for (const { fromMs, widthMs: cellMs, times: all, untilMs } of cells) {
    const widthMs = Math.min(fromMs + cellMs, toMs) - fromMs;
    if (widthMs <= 0) continue;
    const endMs = Math.min(fromMs + cellMs, untilMs);
    const later = endMs > toMs ? after?.(component, endMs) : undefined;
    const times = { ...cutTimes(later === undefined ? all : without(all, later), widthMs) };
    const restMs = widthMs - total(times);
    // What is before the first that is known is no time of this component.
    if (pieces.length === 0 && restMs === widthMs) continue;
    const piece = { widthMs: pieces.length === 0 ? widthMs - restMs : widthMs, times };
    if (pieces.length > 0) times.UNKNOWN += restMs;
    const last = pieces.at(-1);
    const status = only(piece);
    if (last !== undefined && status !== undefined && status === only(last)) {
      last.widthMs += piece.widthMs;
      last.times[status] += piece.widthMs;
    } else pieces.push(piece);
  }
  return pieces;
}

/** The status that it was all the time. */
function only({ widthMs, times }: Piece): Status | undefined {
  return STATUSES.find((status) => times[status] === widthMs);
}

function isMixed(times: Usage['timeMs'], widthMs: number): boolean {
  return total(times) > 0 && !STATUSES.some((status) => times[status] === widthMs);
}

function without(times: Times, later: Times): Times {
  const rest = { ...times };
  for (const status of STATUSES) rest[status] = Math.max(0, times[status] - later[status]);
  return rest;
}

function total(times: Times): number {
  return STATUSES.reduce((sum, status) => sum + times[status], 0);
}

/** Starts that lie side by side are one range. */
function rangesOf(starts: ReadonlySet<number>, widthMs: number): readonly [number, number][] {
  const ranges: [number, number][] = [];
  for (const startMs of [...starts].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === startMs) last[1] += widthMs;
    else ranges.push([startMs, startMs + widthMs]);
  }
  return ranges;
}

function floorTo(ms: number, widthMs: number): number {
  return Math.floor(ms / widthMs) * widthMs;
}

function ceilTo(ms: number, widthMs: number): number {
  return Math.ceil(ms / widthMs) * widthMs;
}
