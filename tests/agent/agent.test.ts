// Agents, and the instance that gives them work, in one process: the service is called in memory, time is the test's.
import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { TcpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { type AgentOptions, runAgent } from '../../src/agent/agent.ts';
import { createPrincipal } from '../../src/auth/principal.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import { DECIDES } from '../../src/engine/instance.ts';
import { createWorkers } from '../../src/engine/workers.ts';
import { createAgentService } from '../../src/services/agent-service.ts';
import { createRequestValidator } from '../../src/services/assert-valid.ts';
import { contextOfCaller } from '../../src/services/caller.ts';
import { createRoutes } from '../../src/services/routes.ts';
import { saw } from '../engine/aggregator-world.ts';
import { createEngineWorld } from '../engine/engine-world.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedStore } from '../support/scripted-store.ts';

const validator = createRequestValidator();
const TCP = { options: create(TcpProbeSchema, { target: 'db:5432' }) };

type Run = { readonly id: string; readonly agent: string; readonly atMs: number };

interface TestAgent {
  readonly stop: () => Promise<unknown>;
  readonly ended: Promise<unknown>;
  readonly events: string[];
  /** From now on it reaches the server, or does not. */
  cutOff(isCutOff: boolean): void;
  /** Breaks its connection. */
  breakOff(): void;
  /** Whether calls of Observe are taken and their answers lost. */
  losesAnswers: boolean;
  /** Whether they do not even get there. */
  losesRequests: boolean;
}

const worlds: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function createWorld(definition: SystemDefinition) {
  const clock = createFakeClock();
  let workers = createWorkers({ clock, self: { id: 'self' }, nonce: 'one' });
  let world = await createEngineWorld(definition, { clock, workers });
  world.engine.start();
  const draining = new AbortController();
  const runs: Run[] = [];
  const answers = new Map<string, Observation>();
  const agents: TestAgent[] = [];
  let heldBy: string | undefined;
  const service = () =>
    createRoutes({
      healthService: {},
      grpcHealthService: {} as never,
      agentService: createAgentService({
        workers,
        standing: { ...DECIDES, heldBy: () => heldBy },
        denyAddresses: () => ['169.254.0.0/16'],
        clock,
        draining: draining.signal,
      }),
      validator,
      logDefect: (_, error) => {
        throw error;
      },
    });
  /** In steps, between which messages find their way. */
  const pass = async (ms: number, stepMs = 50) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      for (let turn = 0; turn < 4; turn++) await setImmediate();
      await clock.advance(stepMs);
    }
    for (let turn = 0; turn < 8; turn++) await setImmediate();
  };
  const start = (
    id: string,
    more: Partial<AgentOptions> & { readonly allow?: readonly 'PROBE'[] | readonly 'READ'[] } = {},
  ) => {
    const stop = new AbortController();
    const events: string[] = [];
    const principal = createPrincipal('key:agent', { allow: more.allow ?? ['PROBE'] });
    let isCutOff = false;
    let over = new AbortController();
    const agent = {
      events,
      cutOff(isSo: boolean) {
        isCutOff = isSo;
        if (isSo) agent.breakOff();
      },
      breakOff: () => over.abort(new ConnectError('the connection broke', Code.Unavailable)),
      losesAnswers: false,
      losesRequests: false,
      ended: Promise.resolve<unknown>(undefined),
      stop: async () => {
        stop.abort('SIGTERM');
        let isOver = false;
        void agent.ended.then(() => {
          isOver = true;
        });
        for (let turn = 0; turn < 200 && !isOver; turn++) await pass(50);
        return agent.ended;
      },
    };
    agent.ended = runAgent({
      id,
      incarnation: `${id}-${agents.length}`,
      place: 'eu',
      version: '1.2.3',
      kinds: ['tcp'],
      connect() {
        over = new AbortController();
        const { signal } = over;
        const transport = createRouterTransport(service(), {
          router: {
            interceptors: [
              (next) => (request) => {
                Object.assign(request.contextValues, contextOfCaller('192.0.2.7', { ok: true, principal }));
                return next(request);
              },
            ],
          },
          transport: {
            interceptors: [
              (next) => async (request) => {
                if (isCutOff) throw new ConnectError('no way', Code.Unavailable);
                if (agent.losesRequests && request.method.name === 'Observe') {
                  throw new ConnectError('the connection broke', Code.Unavailable);
                }
                const answer = await next(request);
                if (agent.losesAnswers && request.method.name === 'Observe') {
                  throw new ConnectError('the connection broke', Code.Unavailable);
                }
                return answer;
              },
            ],
          },
        });
        const client = createClient(AgentService, transport);
        const within = (options: { readonly signal?: AbortSignal } = {}) => ({
          ...options,
          signal: AbortSignal.any([signal, ...(options.signal ? [options.signal] : [])]),
        });
        return {
          client: {
            work: (request, options) => client.work(request, within(options)),
            observe: (request, { timeoutMs: _, ...options } = {}) => client.observe(request, within(options)),
          },
          drop: () => agent.breakOff(),
        };
      },
      clock,
      random: () => 0.5,
      createProbe(_, { componentId: component }) {
        if (component === 'unmakeable') throw new Error('its CA file is not there');
        return {
          host: component,
          probe: {
            async run() {
              runs.push({ id: component, agent: id, atMs: clock.monotonicMs() });
              return answers.get(component) ?? saw('HEALTHY');
            },
            close: async () => {},
          },
        };
      },
      limits: { inFlight: 100, inFlightPerHost: 100 },
      onDenyAddresses: (addresses) => events.push(`denies ${addresses}`),
      listener: {
        onConnected: ({ components, lost }) => events.push(`connected ${components}, lost ${lost}`),
        onCutOff: ({ code }, retryInMs) => events.push(`cut off ${Code[code]} ${retryInMs}`),
        onRefused: (count) => events.push(`refused ${count}`),
        onLost: (count) => events.push(`lost ${count}`),
      },
      signal: stop.signal,
      ...more,
    }).then(
      () => 'stopped',
      (error) => error,
    );
    agents.push(agent);
    return agent;
  };
  const reader = () => world.engine.aggregator;
  const whole = {
    clock,
    runs,
    answers,
    start,
    pass,
    reader,
    stats: () => workers.stats(),
    /** When history has it that a component was seen, monotonic. */
    seenMs: (id: string) =>
      world.store.batches
        .flatMap(({ observations }) => observations)
        .filter(({ component }) => component === id)
        .map(({ atMs }) => atMs - (clock.nowMs() - clock.monotonicMs())),
    statusOf: (id: string) => `${reader().health(id)?.status} ${reader().health(id)?.reason.code}`,
    reload: (next: SystemDefinition) => world.engine.reload(next),
    standBy(by: string | undefined) {
      heldBy = by;
    },
    /** Another process decides from now on, over the same store. */
    async restart() {
      await world.engine.close();
      for (const agent of agents) agent.breakOff();
      const store = createScriptedStore(world.store.saved());
      workers = createWorkers({ clock, self: { id: 'self' }, nonce: 'two' });
      world = await createEngineWorld(definition, { clock, workers, store });
      world.engine.start();
    },
    async close() {
      for (const { stop } of agents) await stop();
      await world.engine.close();
      expect(clock.pendingTimers).toBe(0);
    },
  };
  worlds.push(whole);
  return whole;
}

const FAST = { intervalMs: 1_000, unhealthyIntervalMs: 500, staleAfterMs: 4_000, unhealthyThreshold: 2 };
const eu = (id: string, schedule = {}) => probe(id, { ...TCP, place: 'eu', schedule: { ...FAST, ...schedule } });
const EU = system(group('root', ['a', 'b', 'here']), eu('a'), eu('b'), probe('here', { ...TCP, schedule: FAST }));

describe('an agent', () => {
  it('probes what is at its place at the usual times, soon after it has come, and is told of each pace', async () => {
    const world = await createWorld(EU);
    expect(world.statusOf('a')).toBe('UNKNOWN NEVER_CHECKED');
    const agent = world.start('eu-1');
    await world.pass(1_500);
    expect(agent.events).toEqual(['denies 169.254.0.0/16', 'connected 2, lost 0']);
    expect(world.statusOf('a')).toBe('HEALTHY SEEN');
    expect(new Set(world.runs.map(({ id }) => id))).toEqual(new Set(['a', 'b']));
    world.answers.set('a', saw('UNHEALTHY'));
    world.runs.length = 0;
    await world.pass(4_000);
    expect(world.statusOf('a')).toBe('UNHEALTHY SEEN');
    const times = world.runs.filter(({ id }) => id === 'a').map(({ atMs }) => atMs);
    expect(times.slice(-3).map((atMs, n, all) => atMs - (all[n - 1] ?? atMs - 500))).toEqual([500, 500, 500]);
    expect(world.stats()).toMatchObject([{ id: 'eu-1', place: 'eu', components: 2, refused: 0, skewMs: 0 }]);
  });

  it('takes up what a reload brings, and leaves alone what it does not change', async () => {
    const world = await createWorld(EU);
    world.start('eu-1');
    await world.pass(2_000);
    world.runs.length = 0;
    await world.reload(system(group('root', ['a', 'c']), eu('a'), eu('c')));
    await world.pass(3_000);
    expect(new Set(world.runs.map(({ id }) => id))).toEqual(new Set(['a', 'c']));
    expect(world.runs.filter(({ id }) => id === 'a')).toHaveLength(3);
  });

  it('says of what it cannot make that it is UNKNOWN', async () => {
    const world = await createWorld(system(group('root', ['unmakeable']), eu('unmakeable')));
    world.start('eu-1');
    await world.pass(2_000);
    expect(world.statusOf('unmakeable')).toBe('UNKNOWN PROBE_UNMADE');
  });

  it('probes on while it is cut off, and what it saw counts in its order and time when it is back', async () => {
    const world = await createWorld(EU);
    const agent = world.start('eu-1');
    await world.pass(2_000);
    agent.cutOff(true);
    world.answers.set('a', saw('UNHEALTHY'));
    await world.pass(6_000);
    expect(world.statusOf('a')).toBe('UNKNOWN STALE');
    agent.cutOff(false);
    await world.pass(6_000);
    expect(agent.events.filter((event) => event.startsWith('cut off')).length).toBeGreaterThan(0);
    expect(world.statusOf('a')).toBe('UNHEALTHY SEEN');
    const [{ counted, refused, lost } = {}] = world.stats();
    expect([refused, lost]).toEqual([0, 0]);
    expect(counted).toBe(world.runs.length);
    await world.pass(1_500);
    const ran = world.runs.filter(({ id }) => id === 'a').map(({ atMs }) => atMs);
    const seen = world.seenMs('a');
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual(ran.slice(0, seen.length));
    const health = world.reader().health('a')!;
    expect(world.clock.nowMs() - health.checkedAtMs!).toBeLessThan(1_000);
  });

  it('leaves UNKNOWN what nobody at the place looks at, whatever is known of it, until somebody does', async () => {
    const slow = system(
      group('root', ['a', 'b']),
      eu('a', { staleAfterMs: 600_000 }),
      eu('b', { staleAfterMs: 18_000 }),
    );
    const world = await createWorld(slow);
    const agent = world.start('eu-1');
    await world.pass(2_000);
    agent.cutOff(true);
    await world.pass(15_000);
    const both = () => [world.statusOf('a'), world.statusOf('b')];
    expect(both()).toEqual(['UNKNOWN PLACE_CUT_OFF', 'UNKNOWN PLACE_CUT_OFF']);
    await world.pass(10_000);
    expect(both()).toEqual(['UNKNOWN PLACE_CUT_OFF', 'UNKNOWN PLACE_CUT_OFF']);
    await world.restart();
    await world.pass(1_000);
    expect(both()).toEqual(['UNKNOWN PLACE_CUT_OFF', 'UNKNOWN PLACE_CUT_OFF']);
    agent.cutOff(false);
    await world.pass(7_000);
    expect(world.statusOf('a')).toBe('HEALTHY SEEN');
    expect(agent.events.some((event) => event.startsWith('refused'))).toBe(true);
  });

  it('counts once what is sent again since the answer was lost', async () => {
    const world = await createWorld(EU);
    const agent = world.start('eu-1');
    await world.pass(1_000);
    agent.losesAnswers = true;
    await world.pass(3_000);
    agent.losesAnswers = false;
    agent.losesRequests = true;
    await world.pass(3_000);
    agent.losesRequests = false;
    await world.pass(3_000);
    const [{ counted = 0, refused } = {}] = world.stats();
    expect(refused).toBe(0);
    expect(counted).toBe(world.runs.length);
  });

  it('shares the work with others, who take over what it had once it is silent, without a gap in the phase', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `c${n}`);
    const world = await createWorld(system(group('root', ids), ...ids.map((id) => eu(id))));
    const first = world.start('eu-1');
    world.start('eu-2');
    await world.pass(3_000);
    world.runs.length = 0;
    await world.pass(5_000);
    const had = ids.filter((id) => world.runs.some((run) => run.id === id && run.agent === 'eu-1'));
    expect(had.length).toBeGreaterThan(0);
    expect(had.length).toBeLessThan(12);
    for (const id of ids) {
      const of = world.runs.filter((run) => run.id === id);
      expect(new Set(of.map(({ agent }) => agent)).size).toBe(1);
      expect(of).toHaveLength(5);
    }
    first.cutOff(true);
    await world.pass(14_000);
    expect(ids.map(world.statusOf)).toEqual(ids.map(() => 'HEALTHY SEEN'));
    expect(world.stats()).toMatchObject([{ id: 'eu-2', components: 12 }]);
    expect(await first.stop()).toBe('stopped');
    expect(first.events.at(-1)).toMatch(/^cut off/);
    expect(first.events.at(-2)).toMatch(/^lost \d+/);
  });

  it('hands over at once what it has when it is stopped, with all that it saw', async () => {
    const world = await createWorld(EU);
    const first = world.start('eu-1');
    world.start('eu-2');
    await world.pass(3_000);
    expect(await first.stop()).toBe('stopped');
    expect(world.stats()).toMatchObject([{ id: 'eu-2', components: 2 }]);
    expect(first.events.filter((event) => /^(lost|cut)/.test(event))).toEqual([]);
  });

  it('waits for whoever decides, and goes on with the next one', async () => {
    const world = await createWorld(EU);
    world.standBy('another OpenK');
    const agent = world.start('eu-1');
    await world.pass(3_000);
    expect(agent.events.at(-1)).toMatch(/^cut off Unavailable/);
    world.standBy(undefined);
    await world.pass(6_000);
    expect(world.statusOf('a')).toBe('HEALTHY SEEN');
    await world.restart();
    await world.pass(12_000);
    expect(agent.events.filter((event) => event === 'connected 2, lost 0')).toHaveLength(2);
    expect(world.stats()).toMatchObject([{ components: 2, lost: 0 }]);
  });

  it('ends where it is refused for good, and where another of its id has come', async () => {
    const world = await createWorld(EU);
    const refused = world.start('eu-1', { allow: ['READ'] });
    await world.pass(500);
    expect(await refused.ended).toMatchObject({ code: Code.PermissionDenied });
    const before = world.start('eu-1');
    await world.pass(1_000);
    world.start('eu-1');
    await world.pass(1_000);
    expect(await before.ended).toMatchObject({ code: Code.Aborted });
  });
});
