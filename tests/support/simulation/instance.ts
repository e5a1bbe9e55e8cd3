// One OpenK as far as instances go: the real lease, instance, engine and store, put together as src/openk.ts does, over a machine and a
// database that are not.
import type { Logger } from 'pino';
import type { Connections } from '../../../src/alerts/channels/connections.ts';
import { createAlerter } from '../../../src/alerts/decide/alerter.ts';
import { createAlertSending } from '../../../src/compose/alert-sending.ts';
import type { AlertSettings } from '../../../src/core/alert.ts';
import { tableOfRoutes } from '../../../src/core/alert-routes.ts';
import { atOnce } from '../../../src/core/steps.ts';
import type { LeaseWord, Retention } from '../../../src/core/store.ts';
import { createInstance, type Instance } from '../../../src/engine/instance.ts';
import { createLease, type Lease } from '../../../src/engine/lease.ts';
import { openOperationsOver } from '../../../src/store/postgres/operations.ts';
import { createTransactions } from '../../../src/store/postgres/pool.ts';
import type { OperationRunner } from '../../../src/store/thread/operations.ts';
import { createSharedStore } from '../../../src/store/thread/shared-store.ts';
import { alertRoute } from '../alert-route.ts';
import { group, heartbeat, probe, system } from '../definitions.ts';
import type { Link } from './link.ts';
import type { Machine } from './machine.ts';
import type { Mutation } from './mutations.ts';
import type { Receiver } from './receiver.ts';

export interface Simulated {
  readonly instance: Instance;
  readonly lease: Lease;
  /** Ends it in order, as SIGTERM does. */
  close(): Promise<void>;
}

export interface SimulatedOptions {
  readonly machine: Machine;
  readonly link: Link;
  readonly random: () => number;
  /** Names the process; see src/store/postgres/holder.ts. */
  readonly holder: string;
  readonly mutation: Mutation;
  /** Of its alerts. */
  readonly receiver: Receiver;
  /** How it is, for a probe that looks now. */
  readonly isWell: (component: string) => boolean;
  /** It holds the database for so long from now on, it says. */
  readonly onHeld: (forMs: number) => void;
  readonly onLost: () => void;
  readonly onTakeOver: () => void;
}

const SCHEDULE = { intervalMs: 3_000, unhealthyIntervalMs: 3_000, timeoutMs: 1_000, staleAfterMs: 10_000 };
export const SYSTEM = system(
  group('root', ['a', 'b', 'c']),
  probe('a', { schedule: SCHEDULE }),
  heartbeat('b', { periodMs: 86_400_000 }),
  probe('c', { schedule: SCHEDULE }),
);

const ROUTE = alertRoute();
const ALERTS: AlertSettings = {
  routes: [ROUTE],
  table: atOnce(tableOfRoutes([ROUTE], SYSTEM.components)),
  channels: [{ id: 'hook', kind: 'simulated', timeoutMs: 10_000, options: {}, fingerprint: '' }],
  denyAddresses: [],
};
const NO_LOG = { info() {}, warn() {}, error() {} } as unknown as Logger;

const YEAR_MS = 365 * 86_400_000;
const RETENTION: Retention = {
  transitionsMs: YEAR_MS,
  observationsMs: YEAR_MS,
  fiveMinutesMs: YEAR_MS,
  hoursMs: YEAR_MS,
  daysMs: YEAR_MS,
  auditMs: YEAR_MS,
  alertsMs: YEAR_MS,
};

export async function startSimulated(options: SimulatedOptions): Promise<Simulated> {
  const { machine, link, random, holder, mutation, receiver, isWell, onHeld, onLost, onTakeOver } = options;
  const { clock } = machine;
  /** From one thread of the process to the other. */
  const hop = (work: () => void) => machine.deliver(random(), work);
  const lease = createLease({ clock: mutation.leaseClock?.(machine) ?? clock, processMs: machine.processMs, onLost });
  const take = (word: LeaseWord) => {
    const given = mutation.word?.(word, machine) ?? word;
    if (given.kind === 'held') {
      // As the lease reads it.
      const ageMs = Math.max(machine.processMs() - given.sentMs, machine.wallMs() - given.sentWallMs);
      onHeld((given.forMs - ageMs) / machine.speed);
    }
    hop(() => lease.take(given));
  };
  const transactions = createTransactions(async () => {
    const connection = await link.connect();
    return { ...connection, query: (text, values) => connection.query(mutation.statement?.(text) ?? text, values) };
  });
  const runner = await openOperationsOver(
    {
      pool: { ...transactions, close: async () => {} },
      time: {
        processMs: machine.processMs,
        nowMs: machine.wallMs,
        pause: (ms, signal) =>
          new Promise((resolve, reject) => {
            const stop = clock.after(ms, resolve);
            signal?.addEventListener('abort', () => {
              stop();
              reject(signal.reason);
            });
          }),
      },
    },
    { store: 'postgres://simulated', retention: RETENTION, holder, waitMs: 20_000, standsBy: true },
    () => {},
    take,
  );
  const channel: OperationRunner = {
    run: (operation, argument) =>
      new Promise((resolve, reject) => {
        hop(() => {
          runner.run(operation, argument).then(
            (result) => hop(() => resolve(result)),
            (error: unknown) => hop(() => reject(error)),
          );
        });
      }),
    close: () => runner.close(),
  };
  const shared = createSharedStore(channel, { retention: RETENTION, nowMs: clock.nowMs, holder });
  const store = mutation.store?.(shared) ?? shared;
  lease.start(store.renew);
  let isFailing = false;
  let watching: Instance | undefined;
  const alertSending = createAlertSending({
    clock,
    random,
    store,
    lease,
    isUnkept: () => isFailing && mutation.sendsUnkept !== true,
    logger: NO_LOG,
    createChannel: ({ id }) => receiver.channel(id, machine),
    alerts: { list: () => watching?.alerts.list() ?? [], find: (id) => watching?.alerts.find(id) },
    // There is no watchdog.
    connections: {} as Connections,
    userAgent: '',
    progress: () => watching?.progress(),
    onDelivery() {},
    onDefect() {},
  });
  alertSending.configure(ALERTS)();
  const instance = await createInstance({
    system: SYSTEM,
    clock,
    createProbe: (_, { componentId }) => ({
      host: '',
      probe: {
        run: () =>
          new Promise((resolve) => {
            machine.deliver(5 + 50 * random(), () => {
              const outcome = isWell(componentId) ? 'HEALTHY' : 'UNHEALTHY';
              resolve({ outcome, reason: { code: 'SEEN', message: `seen ${outcome}` }, latencyMs: 5 });
            });
          }),
        close: async () => {},
      },
    }),
    limits: { inFlight: 8, inFlightPerHost: 8 },
    // Nothing is as old as that here.
    store: { ...store, prune: async () => {} },
    alerts: { settings: ALERTS, create: createAlerter },
    subscribers: [
      ({ alerts }) => {
        if (alerts !== undefined) alertSending.take(alerts);
      },
    ],
    listener: {
      onStoreFault(fault) {
        isFailing = fault !== undefined;
        if (!isFailing) alertSending.onKept();
      },
    },
    instance: {
      onTakeOver() {
        alertSending.start();
        onTakeOver();
      },
      onIncidents: () => {},
      onFollowFault: () => {},
    },
  });
  watching = instance;
  instance.start();
  if (instance.heldBy() === undefined) alertSending.start();
  return {
    instance,
    lease,
    async close() {
      await instance.close();
      await alertSending.close();
      await store.close();
      lease.close();
    },
  };
}
