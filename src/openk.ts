// The composition root: the only file that knows every room. Configuration in, a running OpenK out.

import { randomBytes, randomFillSync } from 'node:crypto';
import type { Logger } from 'pino';
import { file_google_rpc_error_details } from '../gen/google/rpc/error_details_pb.ts';
import { createChannel } from './alerts/channels/registry.ts';
import { createAlerter } from './alerts/decide/alerter.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { readVersion } from './cli/version.ts';
import { createAlertInbox } from './compose/alert-inbox.ts';
import { createAlertSending } from './compose/alert-sending.ts';
import { createChannelConnections } from './compose/channel-connections.ts';
import { createDeniedNetworks } from './compose/denied-networks.ts';
import { createDiscoveredLists } from './compose/discovered-lists.ts';
import { createDiscovering } from './compose/discovery.ts';
import { createDiscoveryNetwork } from './compose/discovery-network.ts';
import { createExhaustionLog } from './compose/exhaustion-log.ts';
import { createHeartbeatReports } from './compose/heartbeat-reports.ts';
import { createHistoryLog } from './compose/history-log.ts';
import { createInstanceDialer } from './compose/instance-dialer.ts';
import { shareOpenFiles } from './compose/open-files.ts';
import { createReloadLog } from './compose/reload-log.ts';
import { createSentAlerts } from './compose/sent-alerts.ts';
import { createServices } from './compose/services.ts';
import { createSharedProbes } from './compose/shared-probes.ts';
import { outdatedText, refuseWhileStandingBy, standingNotice } from './compose/standing-by.ts';
import { renewTlsFiles } from './compose/tls-renewal.ts';
import { isOpenToAll, OPEN_TO_ALL, toAuthenticatorSettings } from './compose/who-may.ts';
import { cutOffNotices, instanceOf, logWorkers, namesForInstances } from './compose/workers.ts';
import { createReloader } from './config/apply/reloader.ts';
import { checkRemovedShare, nameSome } from './config/apply/removed-components.ts';
import { keepSameDefinitions } from './config/apply/same-definitions.ts';
import type { ConfigResult, LoadedConfig } from './config/read-config.ts';
import type { Clock } from './core/clock.ts';
import { counted } from './core/counted.ts';
import { createNextMaintenance } from './core/imposed-maintenance.ts';
import type { DecisionSubscriber } from './engine/decision.ts';
import type { Engine } from './engine/engine.ts';
import { createInstance, type Instance } from './engine/instance.ts';
import type { JournalStats } from './engine/journal.ts';
import { createLease } from './engine/lease.ts';
import { systemClock } from './engine/system-clock.ts';
import { createWorkers } from './engine/workers.ts';
import { findBuiltPage } from './pages/dashboard/built-page.ts';
import { createReadiness } from './pages/readiness.ts';
import { createDialer } from './probes/dial.ts';
import { createLookup } from './probes/lookup.ts';
import { blockListOf } from './probes/networks.ts';
import { createProbeFactory, probeAddress, probeKinds } from './probes/registry.ts';
import { createCallLimits } from './services/call-limits.ts';
import { withReflection } from './services/reflection/reflection-service.ts';
import { createVisiblePage } from './services/visible-page.ts';
import { createVisibleReaders } from './services/visible-readers.ts';
import { type Incidents, openIncidents } from './status/incidents.ts';
import { createStatusPages } from './status/live-pages.ts';
import { openStore } from './store/registry.ts';
import type { Environment } from './telemetry/environment.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { createAdmission } from './transport/admission.ts';
import { allowedHosts } from './transport/allowed-hosts.ts';
import { createProxyCheck } from './transport/client-address.ts';
import { DEFAULT_LISTENER_LIMITS } from './transport/listener-limits.ts';
import { verifiedCertificateOf } from './transport/peer-certificate.ts';
import { reserveAddress, toListenFault } from './transport/reserve-address.ts';
import { createServer, type OpenkServer } from './transport/server.ts';
import { readTlsFiles, type TlsRenewal } from './transport/tls-files.ts';

export interface OpenkOptions {
  readonly config: LoadedConfig;
  /** Reads the configuration anew, for reloads. Rejects when the signal fires. @param running what of it may be taken over */
  readonly load: (signal: AbortSignal, running?: LoadedConfig) => Promise<ConfigResult>;
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
  /** Settles with who it is when another OpenK has taken the storage over: this one is to be closed. */
  readonly takenOver: Promise<string>;
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
  const { config: first, load, logger, clock = systemClock, env = {}, stop, droppedLines } = options;
  // What stays as it was at the start; the components do not, and there may be very many.
  const config = withoutComponents(first);
  const draining = new AbortController();
  // Ended from the last to the first: at once by a start that fails, else by `close`.
  await using begun = new AsyncDisposableStack();
  // What may be refused comes before the store, so that a start that fails has not touched it.
  const tls = config.tls && (await readTlsFiles(config.tls));
  const releaseAddress = await reserveAddress(config.listen);
  begun.defer(releaseAddress);
  const telemetry = await createTelemetry({
    version: readVersion(),
    env,
    logger,
    monotonicMs: () => performance.now(),
    nowMs: Date.now,
    fillRandom: randomFillSync,
    draining: draining.signal,
    ...(droppedLines && { droppedLines }),
  });
  begun.defer(telemetry.close);
  let running = first;
  let watching: Instance | undefined;
  let knownIncidents: Incidents | undefined;
  const historyLog = createHistoryLog(logger, telemetry.onStorageIncident, () => watching?.stats().journal);
  const takenOver = Promise.withResolvers<string>();
  const processMs = () => Number(process.hrtime.bigint()) / 1e6;
  const lease = createLease({ clock, processMs, onLost: takenOver.resolve });
  begun.defer(lease.close);
  const store = await openStore(config.storageUrl, {
    nowMs: () => clock.nowMs(),
    retention: config.retention,
    startsEmpty: config.onCorruptStorage === 'START_EMPTY',
    onNotice: historyLog.onNotice,
    onLease: lease.take,
    components: first.system.components.length,
    ...(stop && { stop }),
  });
  begun.defer(store.close);
  lease.start(store.renew);
  const { connections, probesInFlight } = await shareOpenFiles(config.limits, logger);
  const lookup = createLookup();
  begun.defer(lookup.close);
  const denied = createDeniedNetworks(config);
  const exhaustion = createExhaustionLog(clock, (runs, component) =>
    logger.error({ runs, component }, 'probes cannot look: OpenK is out of file descriptors, ports or memory'),
  );
  const userAgent = `openk/${readVersion()}`;
  const dialer = createDialer({ clock, lookup, denied: denied.toProbes });
  const discovering = createDiscovering({
    lists: createDiscoveredLists({
      store,
      clock,
      logger,
      mayWrite: () => watching !== undefined && watching.heldBy() === undefined,
    }),
    clock,
    network: createDiscoveryNetwork(dialer),
    userAgent,
    random: Math.random,
    env,
    logger,
    onDefect: () => telemetry.onDefect('server'),
  });
  begun.defer(discovering.close);
  const channelConnections = createChannelConnections({ clock, lookup, denied: denied.toChannels });
  let isFailing = false;
  const alertSending = createAlertSending({
    clock,
    random: Math.random,
    store,
    lease,
    isUnkept: () => isFailing && store.renew !== undefined,
    logger,
    createChannel: (definition) => createChannel(definition, { clock, connections: channelConnections, userAgent }),
    alerts: {
      list: () => watching?.alerts.list() ?? [],
      find: (id) => watching?.alerts.find(id),
    },
    connections: channelConnections,
    userAgent,
    progress: () => watching?.progress(),
    onDelivery: telemetry.onDelivery,
    onDefect: () => telemetry.onDefect('channel'),
  });
  begun.defer(alertSending.close);
  alertSending.configure(config.alerts)();
  const alertInbox = createAlertInbox({ store, clock });
  begun.defer(alertInbox.close);
  const readAlerts = () =>
    alertInbox.load().catch((error: unknown) => {
      logger.error({ err: error }, 'what Alertmanager has sent before cannot be read: it counts when it is sent again');
    });
  await readAlerts();
  const self = instanceOf(config);
  const workers = createWorkers({
    clock,
    self,
    nonce: randomBytes(6).toString('base64url'),
    listener: logWorkers(logger, telemetry.engine),
  });
  const createProbe = createProbeFactory({
    userAgent,
    clock,
    dialer,
    discovered: discovering,
    heardAlerts: alertInbox,
    path: env.PATH,
  });
  const limits = { inFlight: probesInFlight, inFlightPerHost: config.limits.probesInFlightPerHost };
  const onDefect = (error: unknown, component: string) => {
    telemetry.onDefect('probe');
    logger.error({ err: error, component }, 'a probe is broken');
  };
  const sharedProbes = createSharedProbes({
    store,
    clock,
    logger,
    self,
    version: readVersion(),
    advertise: config.instance.advertise,
    connect: createInstanceDialer(config.instance.tls),
    probing: { kinds: probeKinds, createProbe, limits, random: Math.random },
    // What it sees is counted where it is decided upon.
    listener: {
      onProbeRun: ({ observation, id }) => exhaustion.see(observation, id),
      ...(telemetry.engine.onLag && { onLag: telemetry.engine.onLag }),
      onDefect,
    },
    onSharers: (sharers) => authenticator.knowInstances(sharers),
    onDenyAddresses: denied.takeFromDecider,
  });
  const discovered = await discovering.begin(first, stop);
  const engine = await createInstance({
    system: discovered.system,
    clock,
    createProbe,
    limits,
    store,
    alerts: { settings: discovered.alerts, create: createAlerter },
    subscribers: [
      logStatusChanges(logger),
      ...telemetry.subscribers,
      ({ alerts }) => {
        if (alerts !== undefined) alertSending.take(alerts);
      },
    ],
    traceRun: telemetry.traceRun,
    workers,
    instance: {
      onHolder: sharedProbes.onHolder,
      onTakeOver() {
        denied.takeFromDecider([]);
        sharedProbes.decides();
        alertSending.start();
        void readAlerts();
        logger.info('this instance decides from now on');
      },
      onIncidents: (changed) => knownIncidents?.take(changed),
      onFollowFault(fault) {
        if (fault === undefined) logger.info('what another instance decides can be read again');
        else logger.error({ err: fault }, 'what another instance decides cannot be read: what is shown becomes old');
      },
    },
    listener: {
      ...telemetry.engine,
      onProbeRun(run) {
        exhaustion.see(run.observation, run.id);
        telemetry.engine.onProbeRun?.(run);
      },
      onStoreFault(fault) {
        historyLog.onFault(fault);
        isFailing = fault !== undefined;
        if (!isFailing) alertSending.onKept();
      },
      onGap: (gapMs) =>
        logger.warn({ gapMs: Math.round(gapMs) }, 'nobody watched: OpenK was stopped or the machine slept'),
      onHistoryFault: (fault) => logger.error({ err: fault }, 'history cannot be read: budgets go by what is watched'),
      onPruneFault: (fault) => logger.warn({ err: fault }, 'what is too old could not be forgotten'),
      onDefect,
    },
  });
  begun.defer(engine.close);
  // What gives it work ends before it.
  begun.defer(sharedProbes.close);
  begun.defer(discovering.close);
  watching = engine;
  const incidents = await openIncidents(store);
  knownIncidents = incidents;
  telemetry.watch(engine);
  telemetry.watchStanding(engine);
  telemetry.watchWorkers(workers.stats, () => {
    if (config.instance.advertise === undefined || engine.heldBy() !== undefined) return undefined;
    return { ...self, components: workers.ownCount() };
  });
  const reloadLog = createReloadLog(logger, first);
  const trustedProxies = config.trustedProxies.length > 0 ? blockListOf(config.trustedProxies) : undefined;
  const authenticator = createAuthenticator({
    clock,
    settings: toAuthenticatorSettings(config, config),
    certificateOf: verifiedCertificateOf,
    isTrustedProxy: createProxyCheck(trustedProxies),
    notify: (notice) => logger.warn(notice),
  });
  begun.defer(authenticator.close);
  telemetry.watchKeys(authenticator.keyUses);
  telemetry.watchDeliveries(alertSending.waiting);
  telemetry.watchLease(alertSending.isHeld);
  telemetry.watchDiscovery(discovering.stats);
  const isOpen = () => isOpenToAll(running, config);
  if (isOpen()) logger.warn(OPEN_TO_ALL);
  const nextMaintenance = createNextMaintenance({
    definition: (id) => engine.aggregator.definition(id),
    suspensions: () => engine.alerts.suspensions(),
  });
  const statusPages = createStatusPages({
    reader: engine.aggregator,
    history: store,
    onHistoryFault: (fault) => logger.error({ err: fault }, 'history cannot be read'),
    nextMaintenance,
    incidents,
    clock,
  });
  begun.defer(statusPages.close);
  statusPages.configure(config.statusPages);
  /** What has to be before a probe or an alert of it is made. @returns ends the channels that are there no more */
  const connectBy = (next: LoadedConfig) => {
    denied.configure(next);
    return alertSending.configure(next.alerts);
  };
  const reloader = createReloader({
    load: (signal) => load(signal, running),
    compare: (next) => keepSameDefinitions(running.system, next),
    check: (next, removed) => checkRemovedShare(running.system, removed, next, running.limits.maxRemovedShare),
    async apply(next, removed) {
      const retireChannels = connectBy(next);
      try {
        await discovering.reload(next, ({ system, alerts }) => engine.reload(system, alerts));
      } catch (error) {
        connectBy(running)();
        throw error;
      }
      retireChannels();
      running = next;
      statusPages.configure(next.statusPages);
      const detail = `${counted(next.system.components.length, 'component')}${removed.length === 0 ? '' : `, no more: ${nameSome(removed)}`}`;
      engine.audit({ principal: 'config', address: '', action: 'RELOAD', component: '', detail });
      authenticator.configure(toAuthenticatorSettings(next, config));
      reloadLog.onReloaded(next, removed);
      telemetry.onReload(true);
    },
    onFaults(faults) {
      reloadLog.onFaults(faults);
      telemetry.onReload(false);
    },
    onFailure(error) {
      reloadLog.onFailure(error);
      telemetry.onReload(false);
    },
  });
  let renewal: TlsRenewal | undefined;
  const readiness = createReadiness(
    () => [
      ...(isOpen() ? [OPEN_TO_ALL] : []),
      ...reloader.notices().map((notice) => `the configuration reload failed, the one before it runs: ${notice}`),
      ...(renewal?.fault() === undefined ? [] : [`the certificate of the port cannot be renewed: ${renewal.fault()}`]),
      ...historyLog.notices(),
      ...alertSending.notices(),
      ...cutOffNotices(workers),
      ...[standingNotice(engine), sharedProbes.notice()].filter((notice) => notice !== undefined),
    ],
    () => outdatedText(engine),
  );
  const limitCalls = createCallLimits({
    perSecondPerClient: config.limits.callsPerSecondPerClient,
    perSecondPerPrincipal: config.limits.callsPerSecondPerPrincipal,
    monotonicMs: () => clock.monotonicMs(),
    onRefused: telemetry.onLimitRefusal,
  });
  const readerOf = createVisibleReaders(engine.aggregator);
  const visiblePage = createVisiblePage(statusPages, engine.aggregator);
  const allReports = createHeartbeatReports({
    limits: config.limits,
    engine,
    readerOf,
    clock,
    logger,
    onLimitRefusal: telemetry.onLimitRefusal,
  });
  const writes = { reports: allReports, operator: engine.operator, incidents };
  const { reports, ...changes } = refuseWhileStandingBy(writes, engine);
  const routes = createServices({
    limits: config.limits,
    describe: (id) => discovering.describe(id),
    engine,
    reports,
    store,
    readerOf,
    statusPages,
    visiblePage,
    ...changes,
    standing: { ...engine, isSure: lease.isProven },
    workers,
    denyAddresses: () => running.denyAddresses,
    alerts: engine.alerts,
    nextMaintenance,
    findChannel: alertSending.channel,
    limitCalls,
    readiness,
    clock,
    logger,
    draining: draining.signal,
    onLimitRefusal: telemetry.onLimitRefusal,
  });
  const server = await createServer({
    listen: config.listen,
    ...(tls && {
      tls: { ...tls, isClientCertificateOptional: config.tls?.isClientCertificateOptional === true },
    }),
    admission: createAdmission(authenticator.authenticate, undefined, limitCalls, config.allowsCleartextAgents),
    loginOf: authenticator.login,
    pings: { reports, readerOf, findPing: authenticator.ping },
    alerts: createSentAlerts(alertInbox, engine, logger),
    corsOrigins: config.corsOrigins,
    cors: config.cors,
    trustedProxies,
    proxyProtocol: config.proxyProtocol,
    allowedHosts: [...allowedHosts(config.allowedHosts, config.listen.host), ...namesForInstances(config)],
    requestBytes: config.limits.requestBytes,
    limits: {
      ...config.limits,
      connections,
      lookIntervalMs: Math.min(DEFAULT_LISTENER_LIMITS.lookIntervalMs, config.limits.writeTimeoutMs / 4),
    },
    drainTimeoutMs: Math.max(config.drainTimeoutMs - CLOSE_MS, config.drainTimeoutMs / 2),
    routes: config.reflection ? withReflection(routes, [file_google_rpc_error_details]) : routes,
    // Large, and hardly ever asked for.
    loadDocument: async () => (await import('./pages/openapi/openapi-document.ts')).openapiDocument,
    page: findBuiltPage(),
    pipeline: config.pipeline,
    health: { readerOf, readiness },
    probeAddress,
    visiblePage,
    ...(telemetry.calls && { telemetry: telemetry.calls }),
    ...(telemetry.metricsText && { metricsText: telemetry.metricsText }),
    onDefect: () => telemetry.onDefect('server'),
    onRefused: telemetry.onLimitRefusal,
    draining,
    logger,
  });
  begun.defer(server.close);
  if (config.tls && tls) {
    renewal = await renewTlsFiles({ files: config.tls, initial: tls, onRenewed: server.renewTls, clock, logger });
    begun.defer(renewal.close);
  }
  begun.defer(reloader.close);
  await releaseAddress();
  const address = await server.listen().catch((error: unknown) => {
    throw toListenFault(error, config.listen);
  });
  const heldBy = engine.heldBy();
  if (heldBy === undefined) {
    alertSending.start();
    sharedProbes.decides();
  } else {
    logger.info(`this instance stands by: ${heldBy} decides`);
  }
  engine.start();
  discovering.start(({ system, alerts }) => engine.reload(system, alerts));
  readiness.setStarted(true);
  const reload = async () => {
    await Promise.all([reloader.reload(), renewal?.renew()]);
    return reloader.notices().length === 0;
  };
  const unkept = () => engine.stats().journal;
  const open = begun.move();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= open.disposeAsync();
    return closed;
  };
  return { address, engine, server, reload, takenOver: takenOver.promise, close, unkept };
}

function withoutComponents(config: LoadedConfig): LoadedConfig {
  const system = { ...config.system, components: [] };
  return { ...config, system, components: [], describe: () => undefined, entries: undefined };
}

function logStatusChanges(logger: Logger): DecisionSubscriber {
  return ({ statusChanges, trace }) => {
    for (const { from, health } of statusChanges) {
      const { component, status: to, reason, causedBy } = health;
      const causes = causedBy.length > 0 && { causedBy };
      const level = to === 'UNHEALTHY' ? 'warn' : 'info';
      logger[level]({ component, from, to, reason, ...causes, traceId: trace?.traceId }, 'status changed');
    }
  };
}
