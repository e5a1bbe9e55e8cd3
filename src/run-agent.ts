// `openk agent` as a function of the process's world: where the probes and the way to the server meet.
import { randomBytes } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { ConnectError } from '@connectrpc/connect';
import { runAgent as run } from './agent/agent.ts';
import type { RunAgent } from './cli/agent.ts';
import { readVersion } from './cli/version.ts';
import { systemClock } from './engine/system-clock.ts';
import { boundHeap } from './heap.ts';
import { createLogDestination, createLogger } from './log-destination.ts';
import { createDialer } from './probes/dial.ts';
import { createLookup } from './probes/lookup.ts';
import { blockListOf } from './probes/networks.ts';
import { createProbeFactory, probeKinds } from './probes/registry.ts';
import { settleRuntime } from './runtime.ts';

/** As a server has by default. */
const LIMITS = { inFlight: 512, inFlightPerHost: 32 };
/** As in serve.ts. */
const LOG_FLUSH_MS = 500;

export const runAgent: RunAgent = async ({
  id,
  place,
  logLevel = 'info',
  logStyle,
  connect,
  describe,
  stdout,
  signal,
}) => {
  const log = createLogDestination(stdout);
  const logger = createLogger(logLevel, log, logStyle);
  settleRuntime();
  boundHeap().follow();
  const clock = systemClock;
  const version = readVersion();
  const lookup = createLookup();
  // Before the server has said what it denies, nothing is probed.
  let denied = blockListOf([]);
  const agent =
    id ??
    `${hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 48)}-${randomBytes(4).toString('hex')}`;
  let server = '';
  logger.info({ agent, place, version }, 'agent started');
  try {
    await run({
      id: agent,
      incarnation: randomBytes(16).toString('hex'),
      place,
      version,
      kinds: probeKinds,
      connect() {
        const connection = connect();
        server = connection.server;
        return { client: connection.agents, drop: connection.drop };
      },
      clock,
      random: Math.random,
      createProbe: createProbeFactory({
        userAgent: `openk/${version}`,
        clock,
        dialer: createDialer({ clock, lookup, denied: () => denied }),
        path: process.env.PATH,
      }),
      limits: LIMITS,
      onDenyAddresses(addresses) {
        denied = blockListOf(addresses);
      },
      listener: {
        onConnected(work) {
          logger.info({ server, ...work }, 'connected');
          // As in serve.ts.
          flushCompileCache();
        },
        onCutOff(error, retryInMs) {
          const { message, advice } = describe(error);
          logger.warn({ server, retryInMs, ...(advice !== undefined && { advice }) }, `cut off: ${message}`);
        },
        onRefused: (observations) =>
          logger.warn({ observations }, 'observations did not count: others probe these components by now'),
        onLost: (observations) => logger.error({ observations }, 'observations are lost: nobody has taken them'),
        onDefect: (error, component) => logger.error({ err: error, component }, 'a probe is broken'),
      },
      signal,
    });
    logger.info({ signal: signal.reason }, 'stopped');
  } catch (error) {
    const { message } = describe(ConnectError.from(error));
    logger.fatal(`refused: ${message}`);
    throw error;
  } finally {
    lookup.close();
    await log.flush(LOG_FLUSH_MS);
  }
};
