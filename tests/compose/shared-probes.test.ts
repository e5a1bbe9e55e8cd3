// Instances that share the probes, in one process: what they say to each other goes by the real service, time is the test's.
import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { TcpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { sendToken } from '../../src/cli/http2-link.ts';
import { createSharedProbes } from '../../src/compose/shared-probes.ts';
import type { ProbeFactory } from '../../src/core/probe.ts';
import { SHARERS } from '../../src/core/store.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { DECIDES } from '../../src/engine/instance.ts';
import { createWorkers } from '../../src/engine/workers.ts';
import { createAgentService } from '../../src/services/agent-service.ts';
import { createRequestValidator } from '../../src/services/assert-valid.ts';
import { contextOfCaller } from '../../src/services/caller.ts';
import { createRoutes } from '../../src/services/routes.ts';
import { saw } from '../engine/aggregator-world.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedStore } from '../support/scripted-store.ts';

const TCP = { options: create(TcpProbeSchema, { target: 'db:5432' }) };
const SCHEDULE = { intervalMs: 1_000, unhealthyIntervalMs: 500, staleAfterMs: 4_000 };
const IDS = Array.from({ length: 30 }, (_, at) => `c${at}`);
const SYSTEM = system(group('root', IDS), ...IDS.map((id) => probe(id, { ...TCP, schedule: SCHEDULE })));

const worlds: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function createWorld() {
  const clock = createFakeClock();
  const runs: { readonly id: string; readonly by: string; readonly atMs: number }[] = [];
  /** The database. */
  const kept = new Map<string, Map<string, string>>();
  let holder = '';
  const routes = new Map<string, ReturnType<typeof createRoutes>>();
  const members: { close(): Promise<void> }[] = [];
  const log: string[] = [];

  const createMember = (id: string, { isReached = true } = {}) => {
    const advertise = isReached ? `https://${id}:8443` : undefined;
    const createProbe: ProbeFactory = (_, { componentId }) => ({
      host: componentId,
      probe: {
        async run() {
          runs.push({ id: componentId, by: id, atMs: clock.monotonicMs() });
          return saw('HEALTHY');
        },
        close: async () => {},
      },
    });
    const limits = { inFlight: 100, inFlightPerHost: 100 };
    const workers = createWorkers({ clock, self: { id }, nonce: id });
    const authenticator = createAuthenticator({
      clock,
      notify: () => {},
      certificateOf: () => undefined,
      isTrustedProxy: () => false,
      settings: { anonymous: { allow: ['ADMIN'] }, keys: [], pingTokens: [], ignoresUnknown: true },
    });
    const draining = new AbortController();
    let engine: Awaited<ReturnType<typeof createEngine>> | undefined;
    const known: string[] = [];
    let calls = 0;
    const shared = createSharedProbes({
      store: {
        holder: `token of ${id}`,
        async announce({ id: key, sha256 }) {
          const sharers = kept.get(SHARERS) ?? new Map();
          kept.set(SHARERS, sharers.set(key, `0 ${sha256}`));
        },
        kept: async (topic) => Array.from(kept.get(topic) ?? [], ([key, text]) => ({ key, text })),
        async keep({ topic, texts }) {
          if (holder !== `token of ${id}`) throw new Error('it was taken over');
          const some = [...texts].flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const]));
          kept.set(topic, new Map(some));
        },
      },
      clock,
      logger: pino(
        { base: null, timestamp: false },
        { write: (line) => void log.push(`${id}: ${JSON.parse(line).msg}`) },
      ),
      self: { id, place: undefined },
      version: '1.2.3',
      advertise,
      connect(server, secret) {
        const over = new AbortController();
        const isThere = () => {
          if (!routes.has(server)) throw new ConnectError(`nobody is at ${server}`, Code.Unavailable);
        };
        const transport = createRouterTransport(routes.get(server) ?? (() => {}), {
          transport: {
            interceptors: [
              (next) => (request) => {
                calls += 1;
                isThere();
                return next(request);
              },
              sendToken(secret),
            ],
          },
        });
        const client = createClient(AgentService, transport);
        const within = (options: { readonly signal?: AbortSignal } = {}) => ({
          ...options,
          signal: AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])]),
        });
        return {
          client: {
            work: (request, options) => client.work(request, within(options)),
            observe: (request, { timeoutMs: _, ...options } = {}) => client.observe(request, within(options)),
          },
          drop: () => over.abort(new ConnectError('dropped', Code.Canceled)),
        };
      },
      probing: { kinds: ['tcp'], createProbe, limits, random: () => 0.5 },
      listener: {},
      onSharers(sharers) {
        known.splice(0, known.length, ...sharers.map((sharer) => sharer.id));
        authenticator.knowInstances(sharers);
      },
      onDenyAddresses: (addresses) => log.push(`${id}: denies ${addresses}`),
    });
    const member = {
      id,
      shared,
      workers,
      known,
      calls: () => calls,
      shares: () =>
        Object.fromEntries([[id, workers.ownCount()], ...workers.stats().map((one) => [one.id, one.components])]),
      /** It holds the database, and decides. */
      async lead() {
        holder = `token of ${id}`;
        shared.onHolder(undefined);
        engine = await createEngine({
          system: SYSTEM,
          clock,
          createProbe,
          limits,
          store: createScriptedStore(),
          workers,
          listener: {},
        });
        const service = createAgentService({
          workers,
          standing: DECIDES,
          denyAddresses: () => ['169.254.0.0/16'],
          clock,
          draining: draining.signal,
        });
        const authenticated: typeof service = {
          work: (request, context) => service.work(request, identified(context)),
          observe: (request, context) => service.observe(request, identified(context)),
        };
        routes.set(
          `https://${id}:8443`,
          createRoutes({
            healthService: {},
            grpcHealthService: {} as never,
            agentService: authenticated,
            validator: createRequestValidator(),
            logDefect: (_, error) => {
              throw error;
            },
          }),
        );
        engine.start();
        shared.decides();
      },
      /** As when its process ends without a word. */
      async die() {
        routes.delete(`https://${id}:8443`);
        draining.abort();
        await engine?.close();
        await shared.close();
      },
      close: async () => member.die(),
    };
    const identified = <Context extends { requestHeader: Headers; values: object }>(context: Context): Context => {
      const headers = { authorization: context.requestHeader.get('authorization') ?? undefined };
      const identity = authenticator.authenticate({ headers, socket: undefined, peer: undefined });
      if (identity instanceof Promise) throw new Error('nothing has to be asked for');
      return { ...context, values: contextOfCaller('192.0.2.7', identity) };
    };
    members.push(member);
    return member;
  };
  const pass = async (ms: number, stepMs = 50) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      for (let turn = 0; turn < 4; turn++) await setImmediate();
      await clock.advance(stepMs);
    }
    for (let turn = 0; turn < 8; turn++) await setImmediate();
  };
  const world = {
    clock,
    runs,
    kept,
    log,
    createMember,
    pass,
    /** By whom each was looked at in the seconds that come, which pass. */
    async looks(seconds: number) {
      const from = runs.length;
      await pass(seconds * 1_000);
      return new Map(
        IDS.map((id) => [id, runs.slice(from).flatMap((run) => (run.id === id ? [run.by] : []))] as const),
      );
    },
    async close() {
      let isOver = false;
      void Promise.all(members.map((member) => member.close())).then(() => {
        isOver = true;
      });
      for (let turn = 0; turn < 400 && !isOver; turn++) await pass(50);
      expect(clock.pendingTimers).toBe(0);
    },
  };
  worlds.push(world);
  return world;
}

/** Each once in each second, and by one. */
function expectShared(looks: ReadonlyMap<string, readonly string[]>, seconds: number) {
  for (const [id, by] of looks) expect([id, by.length, new Set(by).size]).toEqual([id, seconds, 1]);
}

describe('instances that share the probes', () => {
  it('are workers of the one that decides: each component is looked at by one of them, the decider too', async () => {
    const { createMember, pass, looks, kept, log } = createWorld();
    const [a, b, c] = [createMember('a'), createMember('b'), createMember('c')];
    await a.lead();
    for (const one of [b, c]) one.shared.onHolder('token of a');
    await pass(5_000);
    const shares = a.shares();
    expect(Object.keys(shares).toSorted()).toEqual(['a', 'b', 'c']);
    expect(Object.values(shares).reduce<number>((x, y) => x + Number(y), 0)).toBe(IDS.length);
    for (const count of Object.values(shares)) expect(Number(count)).toBeGreaterThan(2);
    expect(a.workers.stats().map(({ kind }) => kind)).toEqual(['instance', 'instance']);
    const seen = await looks(4);
    expectShared(seen, 4);
    for (const one of ['a', 'b', 'c']) {
      expect([...seen.values()].filter(([by]) => by === one)).toHaveLength(shares[one]!);
    }
    expect(log).toContainEqual('b: denies 169.254.0.0/16');
    expect(b.shared.notice()).toBe('this instance probes for the one that decides, at https://a:8443');
    // Nobody can be one of them who has only read the database.
    expect(JSON.stringify([...kept].map(([, texts]) => [...texts]))).not.toContain('openk-instance-');
  });

  it('follow another one that decides, and look at nothing more for the one before', async () => {
    const { createMember, pass, looks, runs } = createWorld();
    const [a, b, c] = [createMember('a'), createMember('b'), createMember('c')];
    await a.lead();
    for (const one of [b, c]) one.shared.onHolder('token of a');
    await pass(5_000);
    await a.die();
    // What nobody decides upon they look at still: who decides is not known to be another.
    await pass(3_000);
    const looksOfC = () => runs.filter(({ by }) => by === 'c').length;
    expect(looksOfC()).toBeGreaterThan(0);
    c.shared.onHolder('token of b');
    await pass(0);
    const before = looksOfC();
    await pass(3_000);
    expect(looksOfC()).toBe(before);
    await b.lead();
    await pass(4_000);
    expect(Object.keys(b.shares()).toSorted()).toEqual(['b', 'c']);
    expectShared(await looks(4), 4);
  });

  it('hand over at once when they end', async () => {
    const { createMember, pass, looks } = createWorld();
    const [a, b] = [createMember('a'), createMember('b')];
    await a.lead();
    b.shared.onHolder('token of a');
    await pass(5_000);
    expect(a.shares()).toHaveProperty('b');
    const closing = b.shared.close();
    await pass(500);
    await closing;
    expect(a.shares()).toEqual({ a: IDS.length });
    expectShared(await looks(3), 3);
  });

  it('are refused ever more rarely where the one that decides does not want them, which is said once', async () => {
    const { createMember, pass, log } = createWorld();
    const [a, twin] = [createMember('a'), createMember('a')];
    await a.lead();
    twin.shared.onHolder('token of a');
    await pass(60_000);
    expect(log.filter((line) => line.startsWith('a: the probes cannot be shared'))).toHaveLength(1);
    expect(twin.calls()).toBeGreaterThan(2);
    expect(twin.calls()).toBeLessThan(10);
    expect(twin.shared.notice()).toMatch(/^this instance cannot probe for the one that decides, at https:\/\/a:8443: /);
  });

  it('are none where no address is known, and the address of one that decides no more is forgotten', async () => {
    const { createMember, pass, kept } = createWorld();
    const [a, b] = [createMember('a'), createMember('b')];
    await a.lead();
    await pass(100);
    expect(kept.get('decider')?.size).toBe(1);
    await a.die();
    const alone = createMember('alone', { isReached: false });
    b.shared.onHolder('token of alone');
    await alone.lead();
    await pass(5_000);
    expect(kept.get('decider')?.size).toBe(0);
    expect(alone.shares()).toEqual({ alone: IDS.length });
    expect(alone.known).toEqual([]);
    expect(b.shared.notice()).toBeUndefined();
  });
});
