// `openk serve` as a function of the process's world: where the file, the flags and the signals meet the composition root.
import { stat } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import type { Logger } from 'pino';
import type { ServeOptions as CommandOptions } from './cli/serve.ts';
import { printable } from './cli/text.ts';
import { watchFile } from './config/apply/watch-file.ts';
import { checkListen, checkStorageUrl, parseListen } from './config/compile/addresses.ts';
import { type Fault, formatFault } from './config/fault.ts';
import { loadConfig } from './config/load.ts';
import type { ConfigResult, LoadedConfig } from './config/read-config.ts';
import { counted } from './core/counted.ts';
import { onFirstUse } from './core/on-first-use.ts';
import { StoreFault } from './core/store.ts';
import { systemClock } from './engine/system-clock.ts';
import { boundHeap } from './heap.ts';
import { createLogDestination, createLogger, type LogDestination } from './log-destination.ts';
import { type Openk, type OpenkOptions, startOpenk } from './openk.ts';
import { roomChecks } from './room-checks.ts';
import { settleRuntime } from './runtime.ts';
import { createServiceManager } from './service-manager.ts';
import { findEndpointFaults } from './telemetry/environment.ts';
import { ListenFault } from './transport/reserve-address.ts';

/** Of the time that a shutdown may take: what a reader of the log may keep it from ending. */
const LOG_FLUSH_MS = 500;
/** A file of more is most of the work of a start: without compilers, and in a small young generation, that takes longer. */
const SMALL_FILE_BYTES = 65_536;
/** Of one component, to guess from how large a file is how many it may have. */
const SHORT_ENTRY_BYTES = 50;

/** Of the command line, and of the process. */
interface ServeOptions extends CommandOptions {
  /** Ends what keeps a start small (small-start.ts). */
  readonly runAtFull: () => void;
}

/** Runs until the signal fires. Exit codes: 0; 1 for a fault while running; 2 when the configuration is not usable. */
export async function serve(options: ServeOptions): Promise<number> {
  const log = createLogDestination(options.stdout);
  const logger = createLogger(options.logLevel ?? 'info', log, options.logStyle);
  settleRuntime();
  try {
    return await serveUntilStopped(options, logger, log);
  } finally {
    await log.flush(LOG_FLUSH_MS);
  }
}

async function serveUntilStopped(options: ServeOptions, logger: Logger, log: LogDestination): Promise<number> {
  const { configPath, env, stderr, signal, onHangup, onSecondStop, runAtFull } = options;
  const heap = boundHeap();
  const { size } = await stat(configPath).catch(() => ({ size: 0 }));
  const isLarge = size > SMALL_FILE_BYTES;
  const goOn = onFirstUse(() => {
    runAtFull();
    heap.follow(isLarge ? size / SHORT_ENTRY_BYTES : undefined);
  });
  const load = async (stop: AbortSignal, running?: LoadedConfig) => {
    await fileWatch.reading();
    const read = await loadConfig(configPath, { env, ...roomChecks() }, stop, running);
    const loaded = await override(read, options);
    if (loaded.ok) heap.setComponents(loaded.config.system.components.length);
    return loaded;
  };

  const manager = createServiceManager({
    env,
    pid: process.pid,
    clock: systemClock,
    onFault: (fault) => logger.error({ fault }, 'systemd cannot be notified'),
  });
  // Watched before it is read, so that no change falls between.
  let reload = () => {};
  const fileWatch = await watchFile(configPath, () => reload(), { clock: systemClock });
  try {
    if (isLarge) goOn();
    const started = await loadAndStart({ load, logger, env, stop: signal, droppedLines: log.droppedLines });
    if (!started.ok) {
      stderr.write(started.faults.map((fault) => `${printable(formatFault(fault))}\n`).join(''));
      return 2;
    }
    if (started.openk === undefined) return 0;
    const { openk, components } = started;
    const status = () => `watching ${counted(openk.engine.stats().components, 'component')}, ${openk.address}`;
    reload = () => {
      void manager.reload(async () => {
        return (await openk.reload()) ? status() : `the configuration is wrong, the one before it runs: ${status()}`;
      });
    };
    const stopHangups = onHangup(reload);
    manager.ready(status(), openk.engine.progress);
    logger.info({ address: openk.address, components, node: process.versions.node }, 'listening');
    goOn();
    // Node would do so when it ends, but not when it is killed (ADR 55).
    flushCompileCache();
    const takenOver = await Promise.race([aborted(signal), openk.takenOver]);
    if (takenOver === undefined) {
      logger.info({ signal: signal.reason, openCalls: openk.server.openCalls() }, 'draining');
    } else logger.fatal(`cannot go on: ${takenOver}`);
    manager.stopping();
    stopHangups();
    const code = await drain(openk, logger, onSecondStop);
    return takenOver === undefined ? code : 1;
  } catch (error) {
    if (signal.aborted) {
      logger.info({ signal: signal.reason }, 'stopped before it had started');
      return 0;
    }
    if (error instanceof StoreFault) {
      stderr.write(`${error.message}\n`);
      return 2;
    }
    if (error instanceof ListenFault) {
      // In a terminal both would stand there.
      if (options.stdout.isTTY !== true) logger.fatal(error.message);
      stderr.write(`openk serve: ${error.message}\n`);
      return 1;
    }
    logger.fatal({ err: error }, 'cannot go on');
    stderr.write(`openk serve: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    await fileWatch.close();
    await manager.close();
  }
}

/** In a function of its own, since one that runs on keeps all that it ever had, and the first configuration may be large. */
async function loadAndStart(options: Omit<OpenkOptions, 'config'> & { readonly stop: AbortSignal }): Promise<
  | (ConfigResult & { readonly ok: false })
  /** Undefined: it was stopped before. */
  | { readonly ok: true; readonly openk: Openk | undefined; readonly components: number }
> {
  const loaded = await options.load(options.stop);
  if (!loaded.ok) return loaded;
  const components = loaded.config.system.components.length;
  if (options.stop.aborted) return { ok: true, openk: undefined, components };
  return { ok: true, openk: await startOpenk({ ...options, config: loaded.config }), components };
}

/** Ends it, and says what is lost by that. @returns the exit code */
async function drain(openk: Openk, logger: Logger, onSecondStop: ServeOptions['onSecondStop']): Promise<number> {
  const second = Promise.withResolvers<'second'>();
  // To the end of the process: a third one must not cut off what the second one made it say.
  onSecondStop(() => second.resolve('second'));
  const ended = await Promise.race([openk.close(), second.promise]);
  const { transitions, observations, states, auditEntries, alerts, deliveries, ...unkept } = openk.unkept();
  const lost = { transitions, observations, states, auditEntries, alerts, deliveries };
  const { droppedTransitions, droppedObservations, droppedAuditEntries, droppedAlerts, droppedDeliveries } = unkept;
  const dropped = { droppedTransitions, droppedObservations, droppedAuditEntries, droppedAlerts, droppedDeliveries };
  if (ended === 'second') {
    const openCalls = openk.server.openCalls();
    logger.error({ openCalls, ...lost }, 'stopped at once by a second signal; what is counted here is lost');
    return 1;
  }
  if (Object.values(dropped).some((count) => count > 0)) {
    logger.error(dropped, 'history has gaps: there was no room for what waited while the storage failed');
  }
  if (Object.values(lost).some((count) => count > 0)) {
    logger.error(lost, 'stopped; history could not be written, and what is counted here is lost');
    return 1;
  }
  logger.info('stopped');
  return 0;
}

/** What flags and variables say goes over what the file says. */
async function override(result: ConfigResult, { listen, storage, env }: ServeOptions): Promise<ConfigResult> {
  const { checkRules } = roomChecks();
  const faults: Fault[] = [];
  const check = (name: string, message: string | undefined) => {
    if (message !== undefined) faults.push({ file: name, path: '', message });
  };
  if (listen !== undefined) check('--listen or OPENK_LISTEN', await checkListen(listen, checkRules));
  if (storage !== undefined) check('--storage or OPENK_STORAGE', await checkStorageUrl(storage, checkRules));
  for (const { variable, message } of findEndpointFaults(env)) check(variable, message);
  if (faults.length > 0) return { ok: false, faults: result.ok ? faults : [...faults, ...result.faults] };
  if (!result.ok) return result;
  const overrides = {
    ...(listen !== undefined && { listen: parseListen(listen) }),
    ...(storage !== undefined && { storageUrl: storage }),
  };
  return { ok: true, config: { ...result.config, ...overrides } };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}
