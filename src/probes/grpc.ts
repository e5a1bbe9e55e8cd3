// The probe kind `grpc`: asks a server about a service by grpc.health.v1, by Check at every run or by a Watch that is held
// open until the next (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). The connection is the concern of
// grpc-connection.ts, the open stream that of held-stream.ts; here is what to ask and what the answer means.

import { type CallOptions, Code, createClient } from '@connectrpc/connect';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import { type GrpcProbe, GrpcProbe_Mode } from '../../gen/openk/config/v1/config_pb.ts';
import { abortSignalOf } from '../core/cancellation.ts';
import type { Observation } from '../core/observation.ts';
import { Cancelled, type Probe, type ProbeRun } from '../core/probe.ts';
import { checkClientTls } from './client-tls.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { createGrpcDialler, type GrpcConnection, type OpenGrpcConnection } from './grpc-connection.ts';
import { grpcFailure, isStatus, StreamEnded } from './grpc-failure.ts';
import { createListing, EVERY_SERVICE } from './grpc-list.ts';
import { createHeldStream } from './held-stream.ts';
import { authorityOf, NO_HOST_PORT, parseHostPort, readHostPort } from './host-port.ts';
import { alongWith, createNotes } from './notes.ts';
import type { ProbeContext, ProbeKind } from './probe.ts';
import { type ReasonCode, reason } from './reason.ts';
import { checkWay, wayOf } from './way.ts';

export const grpcProbe: ProbeKind<GrpcProbe> = {
  kind: 'grpc',
  host: ({ target }) => parseHostPort(target).host,
  check,
  create,
};

/** Keys that gRPC, HTTP/2 or OpenK itself sets (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const RESERVED_KEY =
  /^(grpc-.*|connection|content-length|content-type|host|http2-settings|keep-alive|proxy-connection|te|traceparent|trailer|transfer-encoding|upgrade|user-agent)$/;

/** ASCII-Value and the base64 of Binary-Header are of printable ASCII. */
const METADATA_VALUE = /^[\x20-\x7e]*$/;

function check(options: GrpcProbe): readonly ProbeFault[] {
  const { target, service, mode, metadata, tls } = options;
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });

  if (readHostPort(target) === undefined) fault(['target'], NO_HOST_PORT);
  if (service === EVERY_SERVICE && mode === GrpcProbe_Mode.WATCH)
    fault(['mode'], 'cannot be WATCH for all services, which are listed and not watched: leave mode out');
  for (const [key, value] of Object.entries(metadata)) {
    if (RESERVED_KEY.test(key)) fault(['metadata', key], 'cannot be set: gRPC, HTTP/2 or OpenK sets it');
    else if (!METADATA_VALUE.test(value)) fault(['metadata', key], 'has a character that is not printable ASCII');
  }
  return [...faults, ...checkClientTls(tls, ['tls']), ...checkWay(options, readHostPort(target)?.host)];
}

function create(options: GrpcProbe, context: ProbeContext): Probe {
  assertNoFaults('grpc', check(options));
  const { clock, push, userAgent } = context;
  const address = parseHostPort(options.target);
  const dialer = context.dialer.over(wayOf(options));
  const target = { address, authority: authorityOf(address), path: '', tls: options.tls };
  const open = createGrpcDialler(target, { clock, dialer });
  const request = { service: options.service };
  const failure = createFailure(options);
  const call = ({ traceHeaders }: ProbeRun, signal: AbortSignal): CallOptions => ({
    signal,
    headers: { ...traceHeaders, ...options.metadata, 'user-agent': userAgent },
  });
  const listing =
    options.service === EVERY_SERVICE
      ? createListing({
          target: options.target,
          observationOf: (status, service) => observationOf(status, { target: options.target, service }),
        })
      : undefined;
  const ask = async ({ transport }: GrpcConnection, run: ProbeRun, signal: AbortSignal): Promise<Observation> => {
    const client = createClient(Health, transport);
    if (listing !== undefined) return listing(client, call(run, signal));
    const { status } = await client.check(request, call(run, signal));
    return observationOf(status, options);
  };

  const held = createHeldStream({
    async *open({ signal, run, release }) {
      const connection = await open(signal, run.onProgress, release);
      let spoke = false;
      try {
        for await (const { status } of createClient(Health, connection.transport).watch(request, call(run, signal))) {
          yield { ...observationOf(status, options), decisive: true };
          spoke = true;
        }
        throw new StreamEnded();
      } catch (error) {
        // As servers do that say SERVICE_UNKNOWN on the stream; the next run opens another.
        if (isStatus(error, Code.NotFound)) {
          yield { ...observationOf(ServingStatus.SERVICE_UNKNOWN, options), decisive: true };
          return;
        }
        // Asked for at each run: another server may be there by the next one.
        if (spoke || !isStatus(error, Code.Unimplemented)) throw error;
        yield await ask(connection, run, signal);
      } finally {
        await connection.close();
      }
    },
    clock,
    onMessage: push,
    onBreak: (error) => push(failure(error)),
  });
  const checks = createChecks({ open, ask, keepAlive: options.keepAlive, monotonicMs: clock.monotonicMs });
  const look = options.mode === GrpcProbe_Mode.WATCH ? held.run : checks.run;

  return {
    async run(run) {
      run.signal.throwIfAborted();
      const startedMs = clock.monotonicMs();
      const notes = createNotes(run.onProgress);
      try {
        const observation = await look({ ...run, onProgress: notes.take });
        return notes.addTo({ ...observation, latencyMs: clock.monotonicMs() - startedMs });
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        return notes.addTo(failure(error, clock.monotonicMs() - startedMs));
      }
    },
    async close() {
      await Promise.all([held.close(), checks.close()]);
    },
  };
}

interface ChecksOptions {
  readonly open: OpenGrpcConnection;
  readonly ask: (connection: GrpcConnection, run: ProbeRun, signal: AbortSignal) => Promise<Observation>;
  readonly keepAlive: boolean;
  readonly monotonicMs: () => number;
}

/** Health/Check at every run, over a connection of its own, or over that of the run before where this is asked for. */
function createChecks({ open, ask, keepAlive, monotonicMs }: ChecksOptions) {
  const connections = new Set<GrpcConnection>();
  let kept: { readonly connection: GrpcConnection; readonly usedMs: number } | undefined;

  const closed = async (connection: GrpcConnection) => {
    await connection.close();
    connections.delete(connection);
  };
  const askOver = async (connection: GrpcConnection, run: ProbeRun): Promise<Observation> => {
    // Who does not answer in time may be gone: the next run asks over another connection.
    const onAbort = () => void connection.close();
    run.signal.addEventListener('abort', onAbort, { once: true });
    try {
      run.signal.throwIfAborted();
      const observation = await ask(connection, run, abortSignalOf(run.signal));
      if (keepAlive && connection.usable) kept = { connection, usedMs: monotonicMs() };
      return observation;
    } finally {
      run.signal.removeEventListener('abort', onAbort);
      if (connection !== kept?.connection) await closed(connection);
    }
  };
  const askAnew = async (run: ProbeRun): Promise<Observation> => {
    const connection = await open(abortSignalOf(run.signal), run.onProgress);
    connections.add(connection);
    return askOver(connection, run);
  };

  const look = async (run: ProbeRun): Promise<Observation> => {
    const reused = kept;
    kept = undefined;
    if (reused === undefined) return askAnew(run);
    const { connection, usedMs } = reused;
    if (!connection.usable || monotonicMs() - usedMs > MAX_IDLE_MS) {
      await closed(connection);
      return askAnew(run);
    }
    try {
      return await askOver(connection, run);
    } catch (error) {
      if (run.signal.aborted || !connection.closedUnanswered) throw error;
      return askAnew({ ...run, onProgress: alongWith(ASKED_AGAIN, run.onProgress) });
    }
  };

  let stop = () => {};
  let inFlight: Promise<unknown> = Promise.resolve();
  return {
    run(run: ProbeRun): Promise<Observation> {
      const controller = new AbortController();
      const onAbort = () => controller.abort(run.signal.reason);
      run.signal.addEventListener('abort', onAbort, { once: true });
      stop = () => controller.abort(new Cancelled('the probe was closed'));
      const looked = look({ ...run, signal: controller.signal }).finally(() => {
        run.signal.removeEventListener('abort', onAbort);
      });
      inFlight = looked.catch(() => {});
      return looked;
    },
    async close() {
      stop();
      await inFlight;
      await Promise.all([...connections].map(closed));
    },
  };
}

/**
 * Age of the last call from which a kept connection is not used again, in milliseconds: less than firewalls and load
 * balancers remember one, since those forget it without a word, and the call would wait in vain.
 */
const MAX_IDLE_MS = 100_000;
const ASKED_AGAIN = 'asked again over a new connection, since the kept one had been closed';

function observationOf(status: ServingStatus, { target, service }: Pick<GrpcProbe, 'target' | 'service'>): Observation {
  const what = service === '' ? target : `${service} at ${target}`;
  const unhealthy = (code: ReasonCode, message: string): Observation => ({
    outcome: 'UNHEALTHY',
    reason: reason(code, message),
  });
  switch (status) {
    case ServingStatus.SERVING:
      return { outcome: 'HEALTHY', reason: reason('OK', 'answered SERVING') };
    case ServingStatus.NOT_SERVING:
      return unhealthy('NOT_SERVING', `${what} is NOT_SERVING`);
    case ServingStatus.UNKNOWN:
      return unhealthy('SERVING_UNKNOWN', `${target} does not know whether ${service || 'it'} serves`);
    case ServingStatus.SERVICE_UNKNOWN:
      return unhealthy('SERVICE_UNKNOWN', `${target} does not know the service "${service}"`);
    default:
      return unhealthy('PROTOCOL_ERROR', `${target} answered with a status that grpc.health.v1 does not have`);
  }
}

function createFailure({ target, service, metadata }: GrpcProbe): (error: unknown, latencyMs?: number) => Observation {
  const meanings = {
    [Code.NotFound]: `does not know the service "${service}"`,
    [Code.Unimplemented]: 'has no grpc.health.v1.Health',
  };
  // A server may repeat the credentials, or a part of them, that it does not accept.
  const secrets = Object.values(metadata)
    .flatMap((value) => [value, ...value.split(' ')])
    .filter((text) => text !== '');
  return (error, latencyMs) => {
    const failed = grpcFailure(error, { target, meanings, secrets, ...(latencyMs !== undefined && { latencyMs }) });
    // Servers end the streams of a service well that they have no word about any more (tonic).
    return error instanceof StreamEnded ? { ...failed, outcome: 'UNKNOWN' } : failed;
  };
}
