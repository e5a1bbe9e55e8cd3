// Runs a scenario, and writes below each of its lines what the line has come to.

import { durationToMs, parseDuration } from '../../src/config/duration.ts';
import { formatFault } from '../../src/config/fault.ts';
import type { Alert, Suspension } from '../../src/core/alert.ts';
import type { Health } from '../../src/core/health.ts';
import { type Observation, reasonText } from '../../src/core/observation.ts';
import { OUTCOMES, type Outcome } from '../../src/core/status.ts';
import type { ReportResult } from '../../src/engine/health-ports.ts';
import { parse } from '../config/support.ts';
import { parseScenario, type Step } from './scenario.ts';
import { createWorld, type Event, type World } from './world.ts';

/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5, 10);

/** The text of the scenario with what comes of each of its lines. */
export async function runScenario(text: string): Promise<string> {
  const { steps, lines, ends } = parseScenario(text);
  const [first] = steps;
  const startMs = first?.action === 'start-at' ? Date.parse(`${first.words.join('T')}Z`) : START_MS;
  const world = createWorld(startMs);
  const written = [...lines];
  const write = createWriter(world, startMs);
  try {
    // From the last to the first, so that what is inserted moves nothing that is still to come.
    const expected: string[][] = [];
    for (const step of steps) {
      try {
        const answer = await take(world, step);
        expected.push([...world.takeEvents().map(write.event), ...answer.map((one) => write.answer(one))]);
      } catch (error) {
        throw new Error(`line ${step.line}: ${error instanceof Error ? error.message : error}`);
      }
    }
    for (const [at, end] of [...ends.entries()].toReversed()) {
      written.splice(end + 1, 0, ...expected[at]!.map((line) => `> ${line}`));
    }
  } finally {
    if (world.engine !== undefined) await world.stop();
  }
  if (world.clock.pendingTimers > 0) throw new Error(`${world.clock.pendingTimers} timers are left`);
  return written.join('\n');
}

/** What an action answers, besides what it changes. */
type Answer = string | Health;
type Action = (world: World, step: Step) => Promise<readonly Answer[]>;

async function take(world: World, step: Step): Promise<readonly Answer[]> {
  const action = ACTIONS[step.action];
  if (action === undefined) throw new Error(`no action '${step.action}'; there are ${Object.keys(ACTIONS).join(', ')}`);
  if (step.at !== undefined) await advanceTo(world, step.at);
  const answer = await action(world, step);
  await world.clock.advance(0);
  return answer;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  'start-at': async () => [],
  async config(world, { block }) {
    await start(world, block);
    systems.set(world, block);
    return [];
  },
  async probe(world, { words: [id = '', outcome = '', message] }) {
    world.observe(id, toObservation(outcome, message));
    return [];
  },
  report: (world, { words: [id = '', outcome = '', message = '', runId] }) =>
    settle(
      world,
      running(world).report(id, { outcome: toOutcome(outcome), message, ...(runId !== undefined && { runId }) }),
    ),
  run: (world, { words: [id = '', runId = ''] }) => settle(world, running(world).startRun(id, runId)),
  async advance(world, { words: [duration = ''] }) {
    await world.clock.advance(toMs(duration));
    return [];
  },
  async freeze(world, { words: [duration = ''] }) {
    world.clock.freeze(toMs(duration));
    return [];
  },
  async clock(world, { words: [direction, duration = ''] }) {
    world.clock.stepWall((direction === 'back' ? -1 : 1) * toMs(duration));
    return [];
  },
  async reload(world, { block }) {
    const { system, alerts } = parseConfig(block);
    await world.reload(system, alerts);
    systems.set(world, block);
    return [];
  },
  async stop(world) {
    await world.stop();
    return [];
  },
  async kill(world) {
    await world.kill();
    return [];
  },
  async start(world, { block }) {
    const yaml = block === '' ? systems.get(world)! : block;
    await start(world, yaml);
    systems.set(world, yaml);
    return [];
  },
  async store(world, { words: [does] }) {
    world.store.mode = does === 'fails' ? 'refuse' : does === 'hangs' ? 'hold' : 'keep';
    if (does === 'works') world.store.keep();
    return [];
  },
  async show(world, { words }) {
    const reader = running(world);
    const ids = words.length > 0 ? words : reader.ids();
    return ids.map((id) => reader.health(id) ?? `${id} is not there`);
  },
  async 'changes-since'(world, { words: [number] }) {
    const reader = running(world);
    const revision = world.revisionOf(Number(number));
    const changes = reader.changesSince(revision);
    if (changes === undefined) return ['a snapshot'];
    return [...changes.removed.map((id) => `${id} is gone`), ...changes.changed];
  },
  silence: (world, { words }) => suspend(world, 'SILENCE', words),
  maintenance: (world, { words }) => suspend(world, 'MAINTENANCE', words),
  async end(world, { words: [kind = '', id = kind.toUpperCase()] }) {
    const settled = operator(world).endSuspension(kind === 'silence' ? 'SILENCE' : 'MAINTENANCE', id, 'me');
    await world.clock.advance(0);
    const answer = await settled;
    return answer.ok ? [] : [`refused: ${answer.why}`];
  },
  async ack(world, { words: [component = ''] }) {
    const alert = world.engine?.alerts.list().find((one) => one.component === component);
    const settled = operator(world).acknowledge(alert?.id ?? '', { author: 'me', note: '' });
    await world.clock.advance(0);
    const answer = await settled;
    return answer.ok ? [] : [`refused: ${answer.why}`];
  },
  async alerts(world) {
    return (world.engine?.alerts.list() ?? []).map(alertText);
  },
  async explain(world, { words: [id = ''] }) {
    const { causes = [] } = running(world).explain(id) ?? {};
    return causes.map((steps) => steps.map(({ component, status }) => `${component} ${status}`).join(' <- '));
  },
};

/** The configuration that each world runs by. */
const systems = new WeakMap<World, string>();

function running({ engine }: World) {
  if (engine === undefined) throw new Error('OpenK does not run: `start` it');
  return engine.aggregator;
}

function parseConfig(yaml: string) {
  const result = parse(yaml);
  if (!result.ok) throw new Error(result.faults.map(formatFault).join('; '));
  return result.config;
}

async function start(world: World, yaml: string): Promise<void> {
  const { system, alerts } = parseConfig(yaml);
  await world.start(system, alerts);
}

function operator({ engine }: World) {
  if (engine === undefined) throw new Error('OpenK does not run: `start` it');
  return engine.operator;
}

async function settle(world: World, result: Promise<ReportResult>): Promise<readonly Answer[]> {
  await world.clock.advance(0);
  const settled = await Promise.race([result, Promise.resolve()]);
  if (settled === undefined) return ['not answered yet'];
  if (!settled.ok) return [`refused: ${settled.why}`];
  return settled.isDurable ? [] : ['not kept yet'];
}

async function suspend(
  world: World,
  kind: Suspension['kind'],
  [selector = '', duration = '', id = kind]: readonly string[],
) {
  const fromMs = world.clock.nowMs();
  const untilMs = fromMs + toMs(duration);
  const suspension = { id, kind, selector, fromMs, untilMs, author: 'me', reason: 'work', createdMs: fromMs };
  const settled = operator(world).suspend(suspension);
  await world.clock.advance(0);
  await settled;
  return [];
}

/** To the next time of day that is this one. */
async function advanceTo({ clock }: World, seconds: number): Promise<void> {
  const nowMs = clock.nowMs();
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS + seconds * 1_000;
  await clock.advance((todayMs < nowMs ? todayMs + DAY_MS : todayMs) - nowMs);
}

const DAY_MS = 86_400_000;

function toOutcome(word: string): Outcome {
  const outcome = word.toUpperCase();
  const known = OUTCOMES.find((one) => one === outcome);
  if (known === undefined) throw new Error(`'${word}' is none of healthy, degraded, unhealthy`);
  return known;
}

const MESSAGES = { HEALTHY: 'as expected', DEGRADED: 'slow', UNHEALTHY: 'failed' } as const;

function toObservation(word: string, message: string | undefined): Observation {
  if (word === 'unknown') return { outcome: 'UNKNOWN', reason: { code: 'SEEN', message: message ?? 'cannot say' } };
  const outcome = toOutcome(word);
  return { outcome, reason: { code: 'SEEN', message: message ?? MESSAGES[outcome] } };
}

function toMs(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Error(`'${text}' is no duration such as 1h30m`);
  return durationToMs(duration);
}

function createWriter(world: World, startMs: number) {
  const startDay = dayOf(startMs);
  /** `10:00:00`, with the day where that is another than at the start. */
  const time = (ms: number) => {
    const text = new Date(ms).toISOString();
    const clock = ms % 1_000 === 0 ? text.slice(11, 19) : text.slice(11, 23);
    return dayOf(ms) === startDay ? clock : `${dayOf(ms)} ${clock}`;
  };
  const number = (revision: number) => `revision ${world.numberOf(revision)}`;
  const state = ({ component, status, sinceMs, revision, reason, pending, causedBy, maintenance, run }: Health) => {
    const parts = [`${component} ${status} since ${time(sinceMs)} ${number(revision)}: ${reasonText(reason)}`];
    if (pending !== undefined) {
      const { status: to, count, threshold, reason: why } = pending;
      parts.push(`pending ${to} ${count} of ${threshold}: ${reasonText(why)}`);
    }
    if (causedBy.length > 0) parts.push(`caused by ${causedBy.join(' and ')}`);
    if (maintenance?.untilMs !== undefined) parts.push(`until ${time(maintenance.untilMs)}`);
    if (run !== undefined) parts.push(`running since ${time(run.startedMs)}`);
    return parts.join('; ');
  };
  return {
    event(event: Event): string {
      if ('note' in event) return event.note;
      if ('alert' in event) return alertText(event.alert);
      if ('delivery' in event) {
        const { channel, message } = event.delivery;
        return `to ${channel}: ${message.type} of ${alertText(message.alert)}`;
      }
      return 'health' in event ? state(event.health) : `${event.removed} is gone, ${number(event.revision)}`;
    },
    answer: (answer: Answer) => (typeof answer === 'string' ? answer : state(answer)),
  };
}

function alertText({ route, component, state, status, reason, severity, cause, isFlapping, ...alert }: Alert): string {
  const parts = [`${route} ${component} ${state}: ${status}, ${severity}, ${reasonText(reason)}`];
  if (alert.resolution !== undefined) parts.push(alert.resolution);
  if (isFlapping) parts.push('flapping');
  if (cause.length > 0) parts.push(`cause ${cause.join(' and ')}`);
  if (alert.consequenceCount > 0) {
    parts.push(`${alert.consequenceCount} because of it: ${alert.consequences.join(', ')}`);
  }
  return parts.join('; ');
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
