// What has to be so after chaos, from what was seen by those who were there: the database, the upstream, the receiver and the watchers.
import type { Episode } from './truth.ts';
import type { Arrival, Told } from './watchers.ts';

/** When something was not as it should be, in epoch milliseconds. */
export interface Trouble {
  readonly what: string;
  readonly fromMs: number;
  untilMs: number;
}

/** A transaction that wrote, as the row that fences it was after it. */
export interface Write {
  /** As its connection names itself. */
  readonly instance: string;
  readonly holder: string;
  readonly epoch: number;
  readonly batch: number;
  readonly revision: number;
}

/** Written by who holds the database at that time, one after the other: whatever else ran wrote nothing. */
export function checkWrites(writes: readonly Write[]): string[] {
  const violations: string[] = [];
  const owners = new Map<number, string>();
  let before: Write | undefined;
  for (const write of writes) {
    const owner = `${write.instance} ${write.holder}`;
    const known = owners.get(write.epoch) ?? owner;
    owners.set(write.epoch, known);
    if (known !== owner) violations.push(`${owner} wrote in epoch ${write.epoch}, which ${known} has`);
    if (before !== undefined && write.epoch < before.epoch) {
      violations.push(`${owner} wrote in epoch ${write.epoch} after epoch ${before.epoch}`);
    }
    if (before !== undefined && (write.batch < before.batch || write.batch > before.batch + 1)) {
      violations.push(`transaction ${write.batch} came after ${before.batch}`);
    }
    if (before !== undefined && write.revision < before.revision) {
      violations.push(`revision ${write.revision} was written after ${before.revision}`);
    }
    before = write;
  }
  return violations;
}

export interface Step {
  readonly revision: number;
  readonly component: string;
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

/** Each begins where the one before has ended. @param steps in order of their revisions */
export function checkSteps(steps: readonly Step[]): string[] {
  const violations: string[] = [];
  const last = new Map<string, Step>();
  let revision = 0;
  for (const step of steps) {
    if (step.revision <= revision) violations.push(`transition ${step.revision} is there twice, or out of order`);
    revision = step.revision;
    const before = last.get(step.component);
    if (before !== undefined && before.to !== step.from) {
      violations.push(`${step.component} went from ${step.from} at ${step.revision}, and was ${before.to}`);
    }
    last.set(step.component, step);
  }
  return violations;
}

export function inTrouble(troubles: readonly Trouble[], fromMs: number, untilMs: number, graceMs: number): boolean {
  return troubles.some((trouble) => trouble.fromMs <= untilMs && fromMs <= trouble.untilMs + graceMs);
}

/** What really happened while all was in order is there, once. @param unhealthy code of the status @param endMs when it was looked at last: what was over by then is compared */
export function checkEpisodes(
  episodes: readonly Episode[],
  steps: readonly Step[],
  troubles: readonly Trouble[],
  { unhealthy, lateMs, endMs }: { readonly unhealthy: number; readonly lateMs: number; readonly endMs: number },
): { readonly violations: string[]; readonly compared: number } {
  const violations: string[] = [];
  const worse = Map.groupBy(
    steps.filter(({ to }) => to === unhealthy),
    ({ component }) => component,
  );
  const all = Map.groupBy(episodes, ({ component }) => component);
  /** Those that are close to each other may be seen as one. */
  const isAlone = ({ component, fromMs, untilMs }: Episode) =>
    all
      .get(component)!
      .every((other) => other.fromMs === fromMs || other.untilMs + lateMs < fromMs || other.fromMs > untilMs + lateMs);
  let compared = 0;
  for (const episode of episodes) {
    const { component, fromMs, untilMs } = episode;
    if (untilMs >= endMs || !isAlone(episode)) continue;
    if (inTrouble(troubles, fromMs - lateMs, untilMs + lateMs, lateMs)) continue;
    compared += 1;
    const found = (worse.get(component) ?? []).filter(({ atMs }) => atMs >= fromMs - 1 && atMs <= untilMs + lateMs);
    if (found.length === 1) continue;
    violations.push(
      `${component} was not well from ${clock(fromMs)} to ${clock(untilMs)}, which is there ${found.length} times`,
    );
  }
  return { violations, compared };
}

/** What a watcher was shown is what is kept; but for what was shown at once while the database could not take it, and has died with who decided it. */
export function checkTold(
  told: readonly Told[],
  steps: readonly Step[],
  troubles: readonly Trouble[],
): { readonly violations: string[]; readonly unkept: number } {
  const violations: string[] = [];
  let unkept = 0;
  const byComponent = Map.groupBy(steps, ({ component }) => component);
  for (const { component, revision, status, sinceMs, atMs, by } of told) {
    const last = byComponent.get(component)?.findLast((step) => step.revision <= revision);
    if (last === undefined || (last.to === status && last.atMs === sinceMs)) continue;
    if (inTrouble(troubles, atMs, atMs, 2_000)) unkept += 1;
    else
      violations.push(
        `${by} said ${component} ${status} at ${revision}, ${clock(atMs)}, and kept is ${last.to} at ${last.revision}`,
      );
  }
  return { violations, unkept };
}

/** Who looks at what, while all is in order: each component once in each interval. */
export function checkLooks(
  looks: ReadonlyMap<string, readonly number[]>,
  troubles: readonly Trouble[],
  { intervalMs, slackMs, fromMs }: { readonly intervalMs: number; readonly slackMs: number; readonly fromMs: number },
): { readonly looks: number; readonly late: number; readonly twice: number; readonly longestMs: number } {
  const figures = { looks: 0, late: 0, twice: 0, longestMs: 0 };
  for (const times of looks.values()) {
    for (let at = 1; at < times.length; at++) {
      const [before, now] = [times[at - 1]!, times[at]!];
      if (before < fromMs || inTrouble(troubles, before, now, 2 * intervalMs)) continue;
      figures.looks += 1;
      figures.longestMs = Math.max(figures.longestMs, now - before);
      if (now - before > intervalMs + slackMs) figures.late += 1;
      if (now - before < intervalMs / 2) figures.twice += 1;
    }
  }
  return figures;
}

/** How long a change took to a watcher while all was in order. */
export function latency(
  arrivals: readonly Arrival[],
  troubles: readonly Trouble[],
  isOf: (arrival: Arrival) => boolean,
): { readonly count: number; readonly p50: number; readonly p99: number; readonly most: number } {
  const took = arrivals
    .filter((arrival) => isOf(arrival) && !inTrouble(troubles, arrival.atMs, arrival.atMs, 2_000))
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return { count: took.length, p50: at(0.5), p99: at(0.99), most: at(1) };
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
