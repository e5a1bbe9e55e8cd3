// The composition root: the only file that knows every room. Configuration in, a running OpenK out.
import { randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createValidator } from '@bufbuild/protovalidate';
import { type Logger, pino } from 'pino';
import type { Serve, ServeOptions } from './cli/serve.ts';
import { readVersion } from './cli/version.ts';
import { parseListen } from './config/addresses.ts';
import { type Fault, formatFault } from './config/fault.ts';
import { loadConfig } from './config/load.ts';
import type { ConfigResult, LoadedConfig } from './config/parse-config.ts';
import { createReloader } from './config/reloader.ts';
import { createRuleCheck } from './config/validate.ts';
import { watchFile } from './config/watch-file.ts';
import type { Clock } from './core/clock.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { systemClock } from './engine/system-clock.ts';
import { checkProbe, createProbeFactory } from './probes/registry.ts';
import { createGrpcHealthService } from './rpc/grpc-health.ts';
import { createHealthService } from './rpc/health-service.ts';
import { createRoutes } from './rpc/routes.ts';
import { createReadiness } from './server/readiness.ts';
import { createServer, type OpenkServer } from './server/server.ts';

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

/**
 * Starts watching and answering.
 * @throws when the address is taken, or TLS files or the storage are not usable; nothing is left open then
 */
export async function startOpenk({ config, load, logger, clock = systemClock }: OpenkOptions): Promise<Openk> {
  const draining = new AbortController();
  const engine = createEngine({
    system: config.system,
    clock,
    createProbe: createProbeFactory({ userAgent: `openk/${readVersion()}`, clock }),
    fillRandom: randomFillSync,
    limits: { inFlight: config.limits.probesInFlight, inFlightPerHost: config.limits.probesInFlightPerHost },
    startRevision: 0,
    listener: {
      onTransition: ({ from, health: { component, status, reason, causedBy } }) =>
        logger.info({ component, from, to: status, reason, causedBy }, 'status changed'),
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
  const readiness = createReadiness(() => reloader.faults().map(formatFault));
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
  const close = async (server: OpenkServer | undefined) => {
    await reloader.close();
    await server?.close();
    await engine.close();
  };
  let server: OpenkServer | undefined;
  try {
    const { tls } = config;
    server = await createServer({
      listen: config.listen,
      ...(tls && { tls: await readTls(tls) }),
      corsOrigins: config.corsOrigins,
      requestBytes: config.limits.requestBytes,
      limits: { streamsPerConnection: config.limits.streamsPerConnection },
      drainTimeoutMs: config.drainTimeoutMs,
      routes,
      health: { reader: engine.hub, readiness },
      draining,
      logger,
    });
    const address = await server.listen();
    engine.start();
    readiness.setStarted(true);
    const running = server;
    return { address, engine, server, reload: reloader.reload, close: () => close(running) };
  } catch (error) {
    await close(server);
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

/** `openk config check`: every fault of the file. */
export async function checkConfig(path: string, env: ServeOptions['env']): Promise<readonly Fault[]> {
  const result = await loadConfig(path, { env, checkProbe, checkRules: createRuleCheck() });
  return result.ok ? [] : result.faults;
}

/** `openk serve`: runs until the signal fires. Exit codes: 0; 1 for a fault while running; 2 for a configuration that is not usable. */
export const serve: Serve = async ({
  configPath,
  env,
  listen,
  storage,
  logLevel,
  stdout,
  stderr,
  signal,
  onHangup,
}) => {
  const logger = pino({ level: logLevel ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime }, stdout);
  const checkRules = createRuleCheck();
  const load = async (): Promise<ConfigResult> => {
    const result = await loadConfig(configPath, { env, checkProbe, checkRules });
    if (!result.ok) return result;
    const overrides = { ...(listen && { listen: parseListen(listen) }), ...(storage && { storageUrl: storage }) };
    return { ok: true, config: { ...result.config, ...overrides } };
  };

  // Watched before it is read, so that no change falls between.
  let reload = () => {};
  const fileWatch = await watchFile(configPath, () => reload(), { clock: systemClock });
  try {
    const loaded = await load();
    if (!loaded.ok) {
      stderr.write(loaded.faults.map((fault) => `${formatFault(fault)}\n`).join(''));
      return 2;
    }
    const openk = await startOpenk({ config: loaded.config, load, logger });
    reload = () => void openk.reload();
    const stopHangups = onHangup(reload);
    logger.info({ address: openk.address, components: loaded.config.system.components.length }, 'listening');
    await aborted(signal);
    logger.info({ signal: signal.reason }, 'draining');
    stopHangups();
    await openk.close();
    logger.info('stopped');
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, error instanceof Error ? error.message : 'cannot go on');
    return 1;
  } finally {
    await fileWatch.close();
  }
};

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
