// Asks two stores the same questions and expects the same answers: everything that the port can be asked, over the whole
// time that they have and around its ends.
import { expect } from '@jest/globals';
import type { LatencyHistogram } from '../../src/core/history/latency-histogram.ts';
import type { Usage } from '../../src/core/history/usage.ts';
import type { HistoryBatch, StatusRecord, Store, TierMs } from '../../src/core/store.ts';
import { COMPONENTS, FIRST_REVISION } from './arbitrary-past.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 86_400_000;
const ASKED = [...COMPONENTS, 'never-was'];

type Answering = Pick<Store, 'availability'>;

export async function expectSameAnswers(store: Store, reference: Store, batches: readonly HistoryBatch[]) {
  await expectSameAvailability(store, reference, batches);
  const { first, last } = rangeOf(batches);
  const moments = batches.flatMap(({ untilMs, elapsedMs, records, observations }) => [
    untilMs,
    untilMs - 1,
    untilMs - elapsedMs,
    untilMs - elapsedMs - 1,
    ...records.map(({ atMs }) => atMs),
    ...observations.map(({ atMs }) => atMs),
  ]);
  for (const moment of [...moments.map(Math.round), first - 1, last + 1]) {
    for (const id of ASKED) {
      const [answer, expected] = [await store.knownAt(id, moment), await reference.knownAt(id, moment)];
      expect({ moment, id, answer: withTimeOnly(answer) }).toEqual({ moment, id, answer: withTimeOnly(expected) });
    }
  }
  await expectSameTransitions(store, reference, {});
  await expectSameTransitionsAfter(store, reference, batches);
  for (const moment of moments.slice(-4)) await expectSameTransitions(store, reference, { fromMs: moment });
  for (const moment of moments.slice(-4)) await expectSameTransitions(store, reference, { toMs: moment });
}

/** The whole in days and hours; fine steps where something happened. @param tiers To ask of; the others are not kept. */
export async function expectSameAvailability(
  store: Answering,
  reference: Answering,
  batches: readonly HistoryBatch[],
  tiers: readonly TierMs[] = [300_000, 3_600_000, 86_400_000],
) {
  const { times, first, last } = rangeOf(batches);
  for (const [tierMs, stepMs] of [
    [86_400_000, DAY_MS],
    [3_600_000, HOUR_MS],
    [300_000, HOUR_MS],
    [300_000, 30 * DAY_MS],
  ] as const) {
    if (tiers.includes(tierMs)) await expectSameUsages(store, reference, first, last, tierMs, stepMs);
  }
  if (!tiers.includes(300_000)) return;
  for (const atMs of times.slice(-6)) {
    await expectSameUsages(store, reference, atMs - 10 * MINUTE_MS, atMs + MINUTE_MS, 300_000, 5 * MINUTE_MS);
  }
}

function rangeOf(batches: readonly HistoryBatch[]) {
  const times = batches.flatMap(({ untilMs, elapsedMs }) => [untilMs, untilMs - elapsedMs]).map(Math.round);
  return { times, first: Math.min(...times), last: Math.max(...times) };
}

async function expectSameUsages(
  store: Answering,
  reference: Answering,
  firstMs: number,
  lastMs: number,
  tierMs: TierMs,
  stepMs: number,
) {
  const fromMs = Math.floor(firstMs / stepMs) * stepMs;
  const toMs = (Math.floor(lastMs / stepMs) + 1) * stepMs;
  const query = { components: ASKED, parts: [{ fromMs, toMs, stepMs, tierMs }] };
  const [answer, expected] = [await store.availability(query), await reference.availability(query)];
  expect(answer.components.map(({ component }) => component)).toEqual(ASKED);
  for (const [position, { steps }] of answer.components.entries()) {
    const shown = { query, component: ASKED[position] };
    const wanted = expected.components[position]!.steps.map(plain);
    expect({ ...shown, steps: steps.map(plain) }).toEqual({ ...shown, steps: wanted });
  }
}

async function expectSameTransitions(store: Store, reference: Store, range: { fromMs?: number; toMs?: number }) {
  for (const components of [ASKED, [COMPONENTS[1]], []]) {
    const expected = await reference.transitions({ ...range, components, limit: 10_000 });
    expect(await store.transitions({ ...range, components, limit: 10_000 })).toEqual(expected);
    const paged = [];
    for (let before: number | undefined; ; ) {
      const page = await store.transitions({
        ...range,
        components,
        limit: 3,
        ...(before && { beforeRevision: before }),
      });
      paged.push(...page);
      before = page.at(-1)?.revision;
      if (page.length < 3) break;
    }
    expect(paged).toEqual(expected);
  }
}

async function expectSameTransitionsAfter(store: Store, reference: Store, batches: readonly HistoryBatch[]) {
  const kept = batches.flatMap(({ revision, records }) => [revision, ...records.map((record) => record.revision)]);
  for (const after of [0, FIRST_REVISION, ...kept.flatMap((revision) => [revision, revision - 1, revision + 1])]) {
    const expected = await reference.transitionsAfter(after, 10_000);
    expect({ after, answer: await store.transitionsAfter(after, 10_000) }).toEqual({ after, answer: expected });
  }
  const all = await reference.transitionsAfter(FIRST_REVISION, 10_000);
  const paged: StatusRecord[] = [];
  for (;;) {
    const page = await store.transitionsAfter(paged.at(-1)?.revision ?? FIRST_REVISION, 3);
    if (page.kind !== 'kept' || page.records.length === 0) break;
    paged.push(...page.records);
  }
  expect({ kind: 'kept', records: paged }).toEqual(all);
}

/** Of two observations at the same millisecond either may be the last. */
function withTimeOnly(answer: Awaited<ReturnType<Store['knownAt']>>) {
  if (answer.kind !== 'known' || answer.lastObservation === undefined) return answer;
  return { ...answer, lastObservation: answer.lastObservation.atMs };
}

/** A usage without the room that a histogram may have left at its ends. */
export function plain({ timeMs, outcomes, latencies }: Usage) {
  return { timeMs, outcomes, latencies: plainLatencies(latencies) };
}

function plainLatencies({ first, counts }: LatencyHistogram) {
  const found: Record<number, number> = {};
  for (const [position, count] of counts.entries()) if (count > 0) found[first + position] = count;
  return found;
}
