// The composition root: the only file that knows every room. Configuration in, a running OpenK out.
import { randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createValidator } from '@bufbuild/protovalidate';
import type { Logger } from 'pino';
import { readVersion } from './cli/version.ts';
import { formatFault } from './config/fault.ts';
import type { ConfigResult, LoadedConfig } from './config/parse-config.ts';
import { createReloader } from './config/reloader.ts';
import type { Clock } from './core/clock.ts';
import { StoreFault } from './core/store.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { systemClock } from './engine/system-clock.ts';
import { createProbeFactory } from './probes/registry.ts';
import { createGrpcHealthService } from './rpc/grpc-health.ts';
import { createHealthService } from './rpc/health-service.ts';
import { createRoutes } from './rpc/routes.ts';
import { createReadiness } from './server/readiness.ts';
import { createServer, type OpenkServer } from './server/server.ts';
import { openStore } from './store/registry.ts';

export interface OpenkOptions {
  readonly config: LoadedConfig;
  /** Reads the configuration anew, for reloads. */
  readonly load: () => Promise<ConfigResult>;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface Openk {
  /** URL that it answers at. */
  readonly address: string;
  readonly engine: Engine;
  readonly server: OpenkServer;
  /** Goes over to what the file says now. A wrong file changes nothing and is logged. Never rejects. */
  reload(): Promise<void>;
  /** Drains, then ends everything. */
  close(): Promise<void>;
}

/** Of the drain time: what ending connections and saving state may take after the last call. */
const CLOSE_MS = 1500;

/**
 * Starts watching and answering.
 * @throws when the address is taken, or TLS files or the storage are not usable; nothing is left open then
 */
export async function startOpenk({ config, load, logger, clock = systemClock }: OpenkOptions): Promise<Openk> {
  const draining = new AbortController();
  const store = openStore(config.storageUrl, { nowMs: clock.nowMs() });
  let storeFault: unknown;
  const engine = createEngine({
    system: config.system,
    clock,
    createProbe: createProbeFactory({ userAgent: `openk/${readVersion()}`, clock }),
    fillRandom: randomFillSync,
    limits: { inFlight: config.limits.probesInFlight, inFlightPerHost: config.limits.probesInFlightPerHost },
    store,
    listener: {
      onTransition: ({ from, health: { component, status, reason, causedBy } }) =>
        logger.info({ component, from, to: status, reason, causedBy }, 'status changed'),
      onStoreFault(fault) {
        storeFault = fault;
        if (fault === undefined) logger.info('state is saved again');
        else logger.error({ err: fault }, 'state cannot be saved, watching goes on');
      },
      onDefect: (error, component) => logger.error({ err: error, component }, 'a probe is broken'),
    },
  });
  let { describe } = config;
  const reloader = createReloader({
    load,
    apply(next) {
      engine.reload(next.system);
      describe = next.describe;
      logger.info({ components: next.system.components.length }, 'configuration reloaded');
      const ignored = needsRestart(config, next);
      if (ignored.length > 0) logger.warn({ keys: ignored }, 'some changes take effect at the next start only');
    },
    onFaults: (faults) =>
      logger.error({ faults: faults.map(formatFault) }, 'the configuration is wrong, the one before it stays'),
    onFailure: (error) => logger.error({ err: error }, 'the configuration could not be reloaded'),
  });
  const readiness = createReadiness(() => [
    ...reloader
      .faults()
      .map((fault) => `the configuration reload failed, the one before it runs: ${formatFault(fault)}`),
    ...(storeFault instanceof StoreFault ? [`state cannot be saved: ${storeFault.message}`] : []),
  ]);
  const routes = createRoutes({
    healthService: createHealthService({
      reader: engine.hub,
      reporter: engine.hub,
      describe: (id) => describe(id),
      clock,
      draining: draining.signal,
    }),
    grpcHealthService: createGrpcHealthService({
      reader: engine.hub,
      ready: readiness.ready,
      subscribeReady: readiness.subscribe,
      listLimit: config.limits.grpcHealthList,
      draining: draining.signal,
    }),
    validator: createValidator(),
    logDefect: (id, error, method) => logger.error({ id, err: error, method }, 'a call failed unexpectedly'),
  });
  const { tls } = config;
  let server: OpenkServer | undefined;
  const close = async () => {
    await reloader.close();
    await server?.close();
    await engine.close();
    store.close();
  };
  try {
    server = await createServer({
      listen: config.listen,
      ...(tls && { tls: await readTls(tls) }),
      corsOrigins: config.corsOrigins,
      requestBytes: config.limits.requestBytes,
      limits: { streamsPerConnection: config.limits.streamsPerConnection },
      drainTimeoutMs: Math.max(config.drainTimeoutMs - CLOSE_MS, config.drainTimeoutMs / 2),
      routes,
      health: { reader: engine.hub, readiness },
      draining,
      logger,
    });
    const address = await server.listen();
    engine.start();
    readiness.setStarted(true);
    return { address, engine, server, reload: reloader.reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readTls(tls: NonNullable<LoadedConfig['tls']>) {
  const [cert, key, clientCa] = await Promise.all([
    readFile(tls.certFile),
    readFile(tls.keyFile),
    tls.clientCaFile === undefined ? undefined : readFile(tls.clientCaFile),
  ]);
  return { cert, key, ...(clientCa && { clientCa }) };
}

/** Top-level keys that differ and that only a start reads. */
function needsRestart(before: LoadedConfig, after: LoadedConfig): string[] {
  const keys = ['listen', 'tls', 'storageUrl', 'corsOrigins', 'limits', 'drainTimeoutMs'] as const;
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
