// The composition root: the only file that knows every room. Configuration in, a running OpenK out.

import { randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { file_google_rpc_error_details } from '../gen/google/rpc/error_details_pb.ts';
import { type AuthenticatorSettings, createAuthenticator } from './auth/authenticator.ts';
import { readVersion } from './cli/version.ts';
import { createReloader } from './config/apply/reloader.ts';
import { checkRemovedShare, nameSome, removedComponents } from './config/apply/removed-components.ts';
import { needsRestart } from './config/apply/restart.ts';
import { watchFile } from './config/apply/watch-file.ts';
import { DEFAULT_CONNECTIONS } from './config/compile/defaults.ts';
import { checkServerTls } from './config/compile/server-tls.ts';
import { formatFault } from './config/fault.ts';
import type { ConfigResult, LoadedConfig } from './config/read-config.ts';
import type { Clock } from './core/clock.ts';
import { parseDescriptorLimit, shareDescriptors, USUAL_DESCRIPTOR_LIMIT } from './core/descriptors.ts';
import { nextPeriods } from './core/maintenance.ts';
import { StoreFault, type StoreNotice } from './core/store.ts';
import type { DecisionSubscriber } from './engine/decision.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { JournalStats } from './engine/journal.ts';
import { systemClock } from './engine/system-clock.ts';
import { createExhaustionLog } from './exhaustion-log.ts';
import { openapiDocument } from './pages/openapi/openapi-document.ts';
import { createReadiness } from './pages/readiness.ts';
import { createDialer } from './probes/dial.ts';
import { createLookup } from './probes/lookup.ts';
import { blockListOf } from './probes/networks.ts';
import { createProbeFactory } from './probes/registry.ts';
import { createRequestValidator } from './services/assert-valid.ts';
import { createAuditService } from './services/audit-service.ts';
import { createCallLimits, limitChecks } from './services/call-limits.ts';
import { createGrpcHealthService } from './services/grpc-health.ts';
import { createHealthService } from './services/health-service.ts';
import { withReflection } from './services/reflection/reflection-service.ts';
import { createReportLimits } from './services/report-limits.ts';
import { createRoutes } from './services/routes.ts';
import { createVisibleReaders } from './services/visible-readers.ts';
import { openStore } from './store/registry.ts';
import type { Environment } from './telemetry/environment.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { createAdmission } from './transport/admission.ts';
import { allowedHosts, isLoopback } from './transport/allowed-hosts.ts';
import { createProxyCheck } from './transport/client-address.ts';
import { DEFAULT_LISTENER_LIMITS } from './transport/listener-limits.ts';
import { verifiedCertificateOf } from './transport/peer-certificate.ts';
import { reserveAddress, toListenFault } from './transport/reserve-address.ts';
import { createServer, type OpenkServer } from './transport/server.ts';
import { readTlsFiles, type TlsFiles, type TlsRenewal, watchTlsFiles } from './transport/tls-files.ts';

export interface OpenkOptions {
  readonly config: LoadedConfig;
  /** Reads the configuration anew, for reloads. Rejects when the signal fires. */
  readonly load: (signal: AbortSignal) => Promise<ConfigResult>;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The standard `OTEL_*` variables. Default: none, so that nothing is sent; /metrics is always there. */
  readonly env?: Environment;
  /** Gives up a start that is under way. */
  readonly stop?: AbortSignal;
  /** Lines of the log that were dropped since the start. */
  readonly droppedLines?: () => number;
}

export interface Openk {
  /** URL that it answers at. */
  readonly address: string;
  readonly engine: Engine;
  readonly server: OpenkServer;
  /** Goes over to what the file says now. A wrong file changes nothing and is logged. Never rejects. @returns whether it did */
  reload(): Promise<boolean>;
  /** Drains, then ends everything. */
  close(): Promise<void>;
  /** What the store has not got; once all is closed, what is lost. */
  unkept(): JournalStats;
}

/** Of the drain time: what ending connections and keeping the last of history may take after the last call. */
const CLOSE_MS = 2500;

/**
 * Starts watching and answering.
 * @throws when the address is taken, or TLS files or the storage are not usable; nothing is left open then
 */
export async function startOpenk(options: OpenkOptions): Promise<Openk> {
  const { config, load, logger, clock = systemClock, env = {}, stop, droppedLines } = options;
  const draining = new AbortController();
  // What may be refused comes before the store, so that a start that fails has not touched it.
  const tls = config.tls && (await readTlsFiles(config.tls));
  const releaseAddress = await reserveAddress(config.listen);
  const telemetry = await createTelemetry({
    version: readVersion(),
    env,
    logger,
    monotonicMs: () => performance.now(),
    nowMs: Date.now,
    fillRandom: randomFillSync,
    ...(droppedLines && { droppedLines }),
  });
  /** By kind: the latest. */
  const storeNotices = new Map<string, string>();
  const onStoreNotice = ({ kind, message }: StoreNotice) => {
    if (kind === 'waiting') return logger.warn(message);
    storeNotices.set(kind, message);
    telemetry.onStorageIncident(kind);
    logger.error({ kind }, message);
  };
  const store = await openStore(config.storageUrl, {
    nowMs: () => clock.nowMs(),
    retention: config.retention,
    startsEmpty: config.onCorruptStorage === 'START_EMPTY',
    onNotice: onStoreNotice,
    ...(stop && { stop }),
  }).catch(async (error: unknown) => {
    await releaseAddress();
    await telemetry.close();
    throw error;
  });
  const closeStoreAndTelemetry = async () => {
    await store.close();
    await telemetry.close();
  };
  const { connections } = config.limits;
  const descriptors = shareDescriptors(await readDescriptorLimit(), connections ?? DEFAULT_CONNECTIONS);
  if (descriptors.forClients < (connections ?? DEFAULT_CONNECTIONS)) {
    // No warning about what nobody asked for.
    if (connections === undefined) {
      logger.info(
        { connections: descriptors.forClients },
        'the limit of open files (ulimit -n) decides how many connections there may be',
      );
    } else {
      logger.warn(
        { connections: descriptors.forClients, configured: connections },
        'the limit of open files (ulimit -n) leaves room for fewer connections than limits.connections',
      );
    }
  }
  const probesInFlight = Math.min(config.limits.probesInFlight, Math.ceil(descriptors.forProbes / 2));
  if (probesInFlight < config.limits.probesInFlight) {
    logger.warn(
      { probesInFlight, configured: config.limits.probesInFlight },
      'the limit of open files (ulimit -n) leaves room for fewer probe runs than limits.probes_in_flight',
    );
  }
  const lookup = createLookup();
  let denied = blockListOf(config.denyAddresses);
  let storeFault: unknown;
  let droppedBefore = 0;
  let watching: Engine | undefined;
  const onKeptAgain = () => {
    const {
      droppedTransitions = 0,
      droppedObservations = 0,
      droppedAuditEntries = 0,
    } = watching?.stats().journal ?? {};
    const dropped = droppedTransitions + droppedObservations + droppedAuditEntries;
    if (dropped === droppedBefore) {
      return logger.info('history is kept again, and what waited for it too');
    }
    droppedBefore = dropped;
    const gaps = { droppedTransitions, droppedObservations, droppedAuditEntries };
    logger.error(gaps, 'history is kept again, with gaps: there was no room for all that waited');
  };
  const exhaustion = createExhaustionLog(clock, (runs, component) =>
    logger.error({ runs, component }, 'probes cannot look: OpenK is out of file descriptors, ports or memory'),
  );
  const engine = await createEngine({
    system: config.system,
    clock,
    createProbe: createProbeFactory({
      userAgent: `openk/${readVersion()}`,
      clock,
      dialer: createDialer({ clock, lookup, denied: () => denied }),
    }),
    // A probe that tries several addresses of its target has a connection to each.
    limits: {
      inFlight: probesInFlight,
      inFlightPerHost: config.limits.probesInFlightPerHost,
    },
    store,
    subscribers: [logStatusChanges(logger), ...telemetry.subscribers],
    traceRun: telemetry.traceRun,
    listener: {
      ...telemetry.engine,
      onProbeRun(run) {
        exhaustion.see(run.observation, run.id);
        telemetry.engine.onProbeRun?.(run);
      },
      onStoreFault(fault) {
        storeFault = fault;
        if (fault === undefined) onKeptAgain();
        else logger.error({ err: fault }, 'history cannot be kept, watching goes on');
      },
      onGap: (gapMs) =>
        logger.warn({ gapMs: Math.round(gapMs) }, 'nobody watched: OpenK was stopped or the machine slept'),
      onPruneFault: (fault) => logger.warn({ err: fault }, 'what is too old could not be forgotten'),
      onDefect(error, component) {
        telemetry.onDefect('probe');
        logger.error({ err: error, component }, 'a probe is broken');
      },
    },
  }).catch(async (error: unknown) => {
    await releaseAddress();
    await closeStoreAndTelemetry();
    throw error;
  });
  watching = engine;
  telemetry.watch(engine);
  let running = config;
  const warnOf = ({ warnings }: LoadedConfig) => {
    if (warnings.length > 0) logger.warn({ warnings: warnings.map(formatFault) }, 'the configuration may not hold');
  };
  warnOf(config);
  const trustedProxies = config.trustedProxies.length > 0 ? blockListOf(config.trustedProxies) : undefined;
  const authenticator = createAuthenticator({
    clock,
    settings: toAuthenticatorSettings(config, config),
    certificateOf: verifiedCertificateOf,
    isTrustedProxy: createProxyCheck(trustedProxies),
    notify: (notice) => logger.warn(notice),
  });
  telemetry.watchKeys(authenticator.keyUses);
  const isOpen = () => running.auth === undefined && !isForThisMachine(config);
  if (isOpen()) logger.warn(OPEN_TO_ALL);
  const reloader = createReloader({
    load,
    check: (next) => checkRemovedShare(running.system, next, running.limits.maxRemovedShare),
    async apply(next) {
      const removed = removedComponents(running.system, next.system);
      denied = blockListOf(next.denyAddresses);
      await engine.reload(next.system);
      running = next;
      const detail = `${next.system.components.length} components${removed.length === 0 ? '' : `, no more: ${nameSome(removed)}`}`;
      engine.audit({ principal: 'config', address: '', action: 'RELOAD', component: '', detail });
      authenticator.configure(toAuthenticatorSettings(next, config));
      warnOf(next);
      telemetry.onReload(true);
      if (removed.length > 0) {
        logger.warn(
          { removed: removed.length, components: nameSome(removed) },
          'the configuration has components no more',
        );
      }
      logger.info({ components: next.system.components.length }, 'configuration reloaded');
      const ignored = needsRestart(config.written, next.written);
      if (ignored.length > 0) logger.warn({ keys: ignored }, 'some changes take effect at the next start only');
    },
    onFaults(faults) {
      telemetry.onReload(false);
      logger.error({ faults: faults.map(formatFault) }, 'the configuration is wrong, the one before it stays');
    },
    onFailure(error) {
      telemetry.onReload(false);
      logger.error({ err: error }, 'the configuration could not be reloaded');
    },
  });
  let renewal: TlsRenewal | undefined;
  const readiness = createReadiness(() => [
    ...(isOpen() ? [OPEN_TO_ALL] : []),
    ...reloader.notices().map((notice) => `the configuration reload failed, the one before it runs: ${notice}`),
    ...(renewal?.fault() === undefined ? [] : [`the certificate of the port cannot be renewed: ${renewal.fault()}`]),
    ...(storeFault === undefined ? [] : [`history cannot be kept: ${noticeOf(storeFault)}`]),
    ...storeNotices.values(),
  ]);
  const limitCalls = createCallLimits({
    perSecondPerClient: config.limits.callsPerSecondPerClient,
    perSecondPerPrincipal: config.limits.callsPerSecondPerPrincipal,
    monotonicMs: () => clock.monotonicMs(),
    onRefused: telemetry.onLimitRefusal,
  });
  const readerOf = createVisibleReaders(engine.aggregator);
  const routes = createRoutes({
    healthService: createHealthService({
      readerOf,
      reporter: engine.aggregator,
      reportLimits: createReportLimits({
        reporter: engine.aggregator,
        perSecond: config.limits.reportsPerSecond,
        perSecondPerClient: config.limits.reportsPerSecondPerClient,
        monotonicMs: () => clock.monotonicMs(),
        onRefused: telemetry.onLimitRefusal,
      }),
      audit(change) {
        engine.audit(change);
        // At the level of changes of status, since it is as rare: reports that say the same are none.
        const { principal, address, component, detail } = change;
        logger.info({ principal, address, component, detail }, 'reported');
      },
      history: store,
      onHistoryFault: (fault) => logger.error({ err: fault }, 'history cannot be read'),
      describe: (id) => running.describe(id),
      nextMaintenance: (id, nowMs, count) => {
        const plan = engine.aggregator.definition(id)?.maintenance;
        return plan === undefined ? [] : nextPeriods(plan, nowMs, count);
      },
      clock,
      draining: draining.signal,
    }),
    auditService: createAuditService({
      log: store,
      onFault: (fault) => logger.error({ err: fault }, 'the audit log cannot be read'),
      reader: engine.aggregator,
    }),
    grpcHealthService: limitChecks(
      createGrpcHealthService({
        readerOf,
        ready: readiness.ready,
        subscribeReady: readiness.subscribe,
        listLimit: config.limits.grpcHealthList,
        onRefused: telemetry.onLimitRefusal,
        draining: draining.signal,
      }),
      limitCalls,
    ),
    validator: createRequestValidator(),
    logDefect: (id, error, method) => logger.error({ id, err: error, method }, 'a call failed unexpectedly'),
  });
  let server: OpenkServer | undefined;
  const close = async () => {
    await reloader.close();
    await renewal?.close();
    await server?.close();
    authenticator.close();
    await engine.close();
    lookup.close();
    await closeStoreAndTelemetry();
  };
  try {
    server = await createServer({
      listen: config.listen,
      ...(tls && {
        tls: { ...tls, isClientCertificateOptional: config.tls?.isClientCertificateOptional === true },
      }),
      admission: createAdmission(authenticator.authenticate, undefined, limitCalls),
      corsOrigins: config.corsOrigins,
      cors: config.cors,
      trustedProxies,
      proxyProtocol: config.proxyProtocol,
      allowedHosts: allowedHosts(config.allowedHosts, config.listen.host),
      requestBytes: config.limits.requestBytes,
      limits: {
        connections: descriptors.forClients,
        streamsPerConnection: config.limits.streamsPerConnection,
        writeTimeoutMs: config.limits.writeTimeoutMs,
        lookIntervalMs: Math.min(DEFAULT_LISTENER_LIMITS.lookIntervalMs, config.limits.writeTimeoutMs / 4),
        unreadBytesPerConnection: config.limits.unreadBytesPerConnection,
        unreadBytes: config.limits.unreadBytes,
        pipelinedRequests: config.limits.pipelinedRequests,
        rapidResets: config.limits.rapidResets,
        heldBytesPerConnection: config.limits.heldBytesPerConnection,
        pagesPerConnection: config.limits.pagesPerConnection,
        pendingConnections: config.limits.pendingConnections,
        connectionAgeMs: config.limits.connectionAgeMs,
        connectionAgeGraceMs: config.limits.connectionAgeGraceMs,
      },
      drainTimeoutMs: Math.max(config.drainTimeoutMs - CLOSE_MS, config.drainTimeoutMs / 2),
      routes: config.reflection ? withReflection(routes, [file_google_rpc_error_details]) : routes,
      document: openapiDocument,
      pipeline: config.pipeline,
      health: { readerOf, readiness },
      ...(telemetry.calls && { telemetry: telemetry.calls }),
      ...(telemetry.metricsText && { metricsText: telemetry.metricsText }),
      onDefect: () => telemetry.onDefect('server'),
      onRefused: telemetry.onLimitRefusal,
      draining,
      logger,
    });
    const renewTls = server.renewTls;
    renewal =
      config.tls &&
      tls &&
      (await watchTlsFiles({
        files: config.tls,
        initial: tls,
        watch: (file, onChange) => watchFile(file, onChange, { clock }),
        findFaults: findTlsFaults,
        onRenewed(renewed) {
          renewTls(renewed);
          logger.info('the certificate of the port is renewed');
        },
        onFault: (fault) =>
          logger.error({ fault }, 'the certificate of the port cannot be renewed, the one before it stays'),
      }));
    await releaseAddress();
    const address = await server.listen();
    engine.start();
    readiness.setStarted(true);
    const reload = async () => {
      await Promise.all([reloader.reload(), renewal?.renew()]);
      return reloader.notices().length === 0;
    };
    return { address, engine, server, reload, close, unkept: () => engine.stats().journal };
  } catch (error) {
    await releaseAddress();
    await close();
    throw toListenFault(error, config.listen);
  }
}

const OPEN_TO_ALL =
  'whoever reaches the port may read everything: auth says who may do what (auth: { anonymous: { allow: [READ] } } to leave it so)';

/** Where nobody has said who may do what, the machine itself may do everything, and everybody else may read. */
function toAuthenticatorSettings({ auth, pingTokens }: LoadedConfig, atStart: LoadedConfig): AuthenticatorSettings {
  if (auth !== undefined) return { ...auth, pingTokens, ignoresUnknown: false };
  const allow = isForThisMachine(atStart) ? (['ADMIN'] as const) : (['READ'] as const);
  return { anonymous: { allow }, keys: [], pingTokens, ignoresUnknown: true };
}

/** A proxy brings callers of other machines to loopback. */
function isForThisMachine({ listen, trustedProxies }: LoadedConfig): boolean {
  return isLoopback(listen.host) && trustedProxies.length === 0;
}

function logStatusChanges(logger: Logger): DecisionSubscriber {
  return ({ statusChanges, trace }) => {
    for (const { from, health } of statusChanges) {
      const { component, status: to, reason, causedBy } = health;
      logger.info({ component, from, to, reason, causedBy, traceId: trace?.traceId }, 'status changed');
    }
  };
}

function findTlsFaults({ certFile, keyFile, clientCaFile = '' }: TlsFiles): readonly string[] {
  const faults = checkServerTls({ certFile, keyFile, clientCaFile });
  return faults.map(({ path, message }) => `tls.${path.join('.')} ${message}`);
}

/** What is in force: Node raises it to the most that the process may have when it starts. */
async function readDescriptorLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return parseDescriptorLimit(limits) ?? USUAL_DESCRIPTOR_LIMIT;
}

/** Of a defect of ours the log says more. */
function noticeOf(fault: unknown): string {
  return fault instanceof StoreFault ? fault.message : 'internal error';
}
