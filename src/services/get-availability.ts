// GetAvailability: which time, in which buckets, and what they sum up to.
import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type ComponentAvailability,
  ComponentAvailabilitySchema,
  type GetAvailabilityRequest,
  GetAvailabilityRequestSchema,
  type GetAvailabilityResponse,
  GetAvailabilityResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { formatDuration } from '../config/duration.ts';
import type { Clock } from '../core/clock.ts';
import { type CountingRule, summarize, sumUsages } from '../core/history/availability.ts';
import { type AvailabilityPlan, type AvailabilityRange, planAvailability } from '../core/history/availability-plan.ts';
import { accountedMs, observationCount, type Usage } from '../core/history/usage.ts';
import { type SloStanding, standingOf } from '../core/slo/budget.ts';
import { LONGEST_BURN_WINDOW_MS } from '../core/slo/objective.ts';
import { readPast } from '../core/slo/read-past.ts';
import { createTimeline } from '../core/slo/timeline.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import { durationFromProto, durationToProto, timestampFromProto, timestampToProto } from './convert.ts';
import { bucketToProto, countingFromProto, serviceLevelToProto } from './convert-history.ts';
import { type HistoryReader, isRemembered } from './history-reader.ts';
import { membersBelow } from './members-below.ts';
import { questionKey } from './once-a-turn.ts';
import { createSharedQuestions } from './shared-questions.ts';

const DEFAULT_WINDOW_MS = 86_400_000;
/** What steps are multiples of. */
const FINEST_MS = 300_000;
/** In one answer, of all components together. As JSON these take a tenth of a second to encode, in one piece. */
const MAX_BUCKETS = 20_000;
/** A few milliseconds of work. */
const BUCKETS_PER_TURN = 1000;

interface Sources {
  readonly reader: HealthReader;
  readonly history: HistoryReader;
  readonly clock: Clock;
}

/** @param sources of whoever asks. Rejects with INVALID_REQUEST, STEP_TOO_FINE, TOO_MANY_BUCKETS, COMPONENT_NOT_FOUND, HISTORY_UNAVAILABLE, TOO_BUSY. */
export type GetAvailability = (
  request: GetAvailabilityRequest,
  context: Pick<HandlerContext, 'signal'>,
  sources: Sources,
) => Promise<GetAvailabilityResponse>;

export function createGetAvailability(): GetAvailability {
  const short = createSharedQuestions({ atOnce: 8, waiting: 1_000 });
  // What many long answers take of one turn would add up.
  const long = createSharedQuestions({ atOnce: 1, waiting: 64 });
  return async (request, context, sources) => {
    const question = parseQuestion(sources, request);
    const isShort = question.steps * question.components.length <= BUCKETS_PER_TURN;
    const key = questionKey(GetAvailabilityRequestSchema, request, sources.reader);
    return (isShort ? short : long).ask(key, async () => Object.freeze(await answer(sources, question)), context);
  };
}

interface Question {
  /** The one that is asked for, then what is below it. */
  readonly components: readonly [string, ...string[]];
  readonly range: AvailabilityRange;
  readonly plan: Extract<AvailabilityPlan, { ok: true }>;
  /** Buckets of each component. */
  readonly steps: number;
  readonly rule: CountingRule;
  /** It goes until now. */
  readonly isCurrent: boolean;
}

/** @throws INVALID_REQUEST, STEP_TOO_FINE, TOO_MANY_BUCKETS */
function parseQuestion({ reader, history, clock }: Sources, request: GetAvailabilityRequest): Question {
  const id = request.component || reader.rootId;
  const nowMs = clock.nowMs();
  const range = parseRange(request, nowMs);
  const plan = planAvailability(range, history.retention, nowMs);
  if (!plan.ok) throw refusal('STEP_TOO_FINE', { finestStep: formatDuration(plan.finestStepMs) });
  const components = [id, ...(request.includeMembers ? membersBelow(reader, id) : [])] as const;
  const steps = range.stepMs === undefined ? 1 : (plan.toMs - plan.fromMs) / range.stepMs;
  const buckets = steps * components.length;
  if (buckets > MAX_BUCKETS) throw refusal('TOO_MANY_BUCKETS', { buckets, limit: MAX_BUCKETS });
  const rule = {
    unknown: countingFromProto(request.unknown) ?? 'excluded',
    maintenance: countingFromProto(request.maintenance) ?? 'excluded',
  };
  return { components, range, plan, steps, rule, isCurrent: range.toMs >= nowMs };
}

/** Rejects with COMPONENT_NOT_FOUND, HISTORY_UNAVAILABLE. */
async function answer(
  sources: Sources,
  { components, range, plan, steps, rule, isCurrent }: Question,
): Promise<GetAvailabilityResponse> {
  const { reader, history } = sources;
  const [id] = components;
  const { untilMs, components: usages } = await history.availability({ components, parts: plan.parts });
  const usagesAt = (position: number) => usages[position]!.steps;
  if (usagesAt(0).every(isEmpty) && !(await isRemembered(reader, history, id))) {
    throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
  }
  // What is not over yet has nothing to report.
  const reported = { ...range, fromMs: plan.fromMs, toMs: Math.max(plan.fromMs, Math.min(plan.toMs, untilMs)) };
  const answers: ComponentAvailability[] = [];
  const perTurn = Math.ceil(BUCKETS_PER_TURN / steps);
  for (const [position, component] of components.entries()) {
    // Many take long to sum up: other calls are answered in between.
    if (position % perTurn === perTurn - 1) await setImmediate();
    const answer = availabilityToProto(component, usagesAt(position), reported, rule);
    const standing = isCurrent ? reader.slo(component) : undefined;
    if (standing !== undefined) answer.slo = serviceLevelToProto(standing);
    answers.push(answer);
  }
  if (!isCurrent) {
    const standing = await standingThen(sources, id, reported.toMs);
    if (standing !== undefined) answers[0]!.slo = serviceLevelToProto(standing, plan.resolutionMs);
  }
  const [availability, ...members] = answers;
  return create(GetAvailabilityResponseSchema, {
    from: timestampToProto(reported.fromMs),
    to: timestampToProto(reported.toMs),
    resolution: durationToProto(plan.resolutionMs),
    ...(availability && { availability }),
    members,
  });
}

/** How it stood by the objective that it has now. Rejects with HISTORY_UNAVAILABLE. */
async function standingThen(
  { reader, history, clock }: Sources,
  id: string,
  atMs: number,
): Promise<SloStanding | undefined> {
  const slo = reader.definition(id)?.slo;
  if (slo === undefined) return undefined;
  const fromMs = atMs - Math.max(slo.windowMs, LONGEST_BURN_WINDOW_MS);
  const past = await readPast(history, { components: [id], fromMs, toMs: atMs, nowMs: clock.nowMs() });
  const timeline = createTimeline('UNKNOWN', atMs);
  timeline.prepend(past.get(id)!);
  return standingOf(slo, timeline, atMs);
}

/** @throws INVALID_REQUEST */
function parseRange(request: GetAvailabilityRequest, nowMs: number): AvailabilityRange {
  const { window, from, to, step } = request;
  if (window && (from || to)) throw invalidField('window', 'must not be set together with from or to');
  const toMs = Math.min(nowMs, to ? timestampFromProto(to) : nowMs);
  const windowMs = window ? durationFromProto(window) : DEFAULT_WINDOW_MS;
  const fromMs = Math.max(0, from ? timestampFromProto(from) : toMs - windowMs);
  if (fromMs >= toMs) throw invalidField('from', 'must be before to, and in the past');
  if (step === undefined) return { fromMs, toMs };
  const stepMs = durationFromProto(step);
  if (stepMs % FINEST_MS !== 0) throw invalidField('step', 'must be a multiple of 5 minutes');
  return { fromMs, toMs, stepMs };
}

function isEmpty(usage: Usage): boolean {
  return accountedMs(usage) === 0 && observationCount(usage) === 0;
}

/** @param usages With a step one for each that begins before the end, and maybe more. */
function availabilityToProto(
  component: string,
  usages: readonly Usage[],
  { fromMs, toMs, stepMs }: AvailabilityRange,
  rule: CountingRule,
): ComponentAvailability {
  const total = bucketToProto(summarize(sumUsages(usages), fromMs, toMs, rule));
  if (stepMs === undefined) return create(ComponentAvailabilitySchema, { component, total });
  const buckets = usages.slice(0, Math.ceil((toMs - fromMs) / stepMs)).map((usage, position) => {
    const startMs = fromMs + position * stepMs;
    return bucketToProto(summarize(usage, startMs, Math.min(startMs + stepMs, toMs), rule));
  });
  return create(ComponentAvailabilitySchema, { component, total, buckets });
}
