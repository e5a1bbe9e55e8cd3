// Which roll-ups answer a question about availability: as fine as what is kept of that age, as few as the question allows.
// Everything is a multiple of its width since the epoch, so that neither daylight saving nor leap seconds exist here.
import type { AvailabilityPart, Retention, TierMs } from '../store.ts';

const DAY_MS = 86_400_000;

/** The finest first. `prunedByMs`: only multiples of this are forgotten, so that the width around a horizon is whole. */
const TIERS = [
  { tierMs: 300_000, kept: 'fiveMinutesMs', prunedByMs: 3_600_000 },
  { tierMs: 3_600_000, kept: 'hoursMs', prunedByMs: DAY_MS },
  { tierMs: DAY_MS, kept: 'daysMs', prunedByMs: DAY_MS },
] as const satisfies readonly { tierMs: TierMs; kept: keyof Retention; prunedByMs: number }[];

type Tier = (typeof TIERS)[number];

/** Epoch milliseconds; `toMs` is exclusive, and above `fromMs`. */
export interface AvailabilityRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of the buckets; left out: one bucket. */
  readonly stepMs?: number;
}

export type AvailabilityPlan =
  | {
      readonly ok: true;
      /** Moved back to where a bucket begins. */
      readonly fromMs: number;
      /** Moved on to where a bucket ends, which may be in the future. */
      readonly toMs: number;
      /** How fine the record of that age is. */
      readonly resolutionMs: TierMs;
      /** In order of time, together the whole. With a step one part, else one step in each. */
      readonly parts: readonly AvailabilityPart[];
    }
  /** Nothing that the step is a multiple of is kept of that age. */
  | { readonly ok: false; readonly finestStepMs: TierMs };

/** With a step the buckets begin at multiples of it. Without one the edges are as fine as can be, and what is between is taken in hours and days. */
export function planAvailability(range: AvailabilityRange, retention: Retention, nowMs: number): AvailabilityPlan {
  return range.stepMs === undefined
    ? planWhole(range, retention, nowMs)
    : planSteps(range, range.stepMs, retention, nowMs);
}

function planSteps(range: AvailabilityRange, stepMs: number, retention: Retention, nowMs: number): AvailabilityPlan {
  const fromMs = floorTo(range.fromMs, stepMs);
  const toMs = ceilTo(range.toMs, stepMs);
  const kept = keptTiers(fromMs, retention, nowMs);
  const tier = kept.findLast(({ tierMs }) => stepMs % tierMs === 0);
  if (tier === undefined) return { ok: false, finestStepMs: kept[0]!.tierMs };
  return {
    ok: true,
    fromMs,
    toMs,
    resolutionMs: kept[0]!.tierMs,
    parts: [{ tierMs: tier.tierMs, fromMs, toMs, stepMs }],
  };
}

function planWhole(range: AvailabilityRange, retention: Retention, nowMs: number): AvailabilityPlan {
  const kept = keptTiers(range.fromMs, retention, nowMs);
  const resolutionMs = kept[0]!.tierMs;
  const fromMs = floorTo(range.fromMs, resolutionMs);
  // What is now is in an open bucket of every tier, so that the coarsest has it too.
  const toMs = range.toMs >= nowMs ? ceilTo(range.toMs, kept.at(-1)!.tierMs) : ceilTo(range.toMs, resolutionMs);
  return { ok: true, fromMs, toMs, resolutionMs, parts: splitByTier(fromMs, toMs, kept) };
}

/** The coarsest tier takes what is whole in it, the finer ones what is left on both sides. */
function splitByTier(fromMs: number, toMs: number, tiers: readonly Tier[]): readonly AvailabilityPart[] {
  if (fromMs >= toMs) return [];
  const finer = tiers.slice(0, -1);
  const { tierMs } = tiers.at(-1)!;
  const startMs = ceilTo(fromMs, tierMs);
  const endMs = floorTo(toMs, tierMs);
  if (startMs >= endMs) return splitByTier(fromMs, toMs, finer);
  return [
    ...splitByTier(fromMs, startMs, finer),
    { tierMs, fromMs: startMs, toMs: endMs, stepMs: endMs - startMs },
    ...splitByTier(endMs, toMs, finer),
  ];
}

/** Tiers that go back to `fromMs`; where none does, the one that goes back farthest. */
function keptTiers(fromMs: number, retention: Retention, nowMs: number): readonly Tier[] {
  const kept = TIERS.filter(
    ({ tierMs, kept, prunedByMs }) => floorTo(fromMs, tierMs) >= floorTo(nowMs - retention[kept], prunedByMs),
  );
  return kept.length > 0 ? kept : [TIERS.reduce((a, b) => (retention[b.kept] >= retention[a.kept] ? b : a))];
}

function floorTo(ms: number, widthMs: number): number {
  return Math.floor(ms / widthMs) * widthMs;
}

function ceilTo(ms: number, widthMs: number): number {
  return Math.ceil(ms / widthMs) * widthMs;
}
