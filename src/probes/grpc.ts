// The probe kind `grpc`: asks a server about a service by grpc.health.v1, by Check at every run or by a Watch that is held
// open (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). The connection is the concern of
// grpc-connection.ts, the open stream that of held-stream.ts; here is what to ask and what the answer means.
import { type CallOptions, Code, createClient } from '@connectrpc/connect';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import { type GrpcProbe, GrpcProbe_Mode } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe, ProbeRun } from '../core/probe.ts';
import { checkClientTls } from './client-tls.ts';
import { assertNoFaults } from './faults.ts';
import { createGrpcConnection } from './grpc-connection.ts';
import { grpcFailure, isStatus, StreamEnded } from './grpc-failure.ts';
import { createHeldStream } from './held-stream.ts';
import { parseHostPort } from './host-port.ts';
import type { ProbeContext, ProbeFault, ProbeKind } from './probe.ts';
import { type ReasonCode, reason } from './reason.ts';

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

function check({ target, metadata, tls }: GrpcProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });

  if (!URL.canParse(`http://${target}`)) fault(['target'], 'has a host that cannot stand in a URL');
  for (const [key, value] of Object.entries(metadata)) {
    if (RESERVED_KEY.test(key)) fault(['metadata', key], 'cannot be set: gRPC, HTTP/2 or OpenK sets it');
    else if (!METADATA_VALUE.test(value)) fault(['metadata', key], 'has a character that is not printable ASCII');
  }
  return [...faults, ...checkClientTls(tls, ['tls'])];
}

function create(options: GrpcProbe, context: ProbeContext): Probe {
  assertNoFaults('grpc', check(options));
  const { clock, push, userAgent } = context;
  const connection = createGrpcConnection({
    url: new URL(`${options.tls ? 'https' : 'http'}://${options.target}`),
    tls: options.tls,
    onGoaway: () => held.release(),
  });
  const client = createClient(Health, connection.transport);
  const request = { service: options.service };
  const failure = createFailure(options);

  const call = ({ traceparent }: ProbeRun, signal: AbortSignal): CallOptions => ({
    signal,
    headers: { ...options.metadata, traceparent, 'user-agent': userAgent },
  });

  async function* watch(signal: AbortSignal, run: ProbeRun): AsyncGenerator<Observation> {
    for await (const { status } of client.watch(request, call(run, signal))) {
      yield { ...observationOf(status, options), decisive: true };
    }
    throw new StreamEnded();
  }
  // By a call and not by a PING: gRPC servers take more than two PINGs within five minutes, without data of their own between
  // them, for an attack, and end the connection (https://github.com/grpc/grpc/blob/master/doc/keepalive.md).
  const verify = async (signal: AbortSignal, run: ProbeRun) => {
    try {
      await client.check(request, call(run, signal));
    } catch (error) {
      if (!isStatus(error)) throw error;
    }
  };
  const held = createHeldStream({
    source: { open: watch, verify, drop: connection.drop },
    clock,
    onMessage: push,
    onBreak: (error) => push(failure(error)),
  });

  const runCheck = async (run: ProbeRun): Promise<Observation> => {
    const startedMs = clock.monotonicMs();
    const calling = new AbortController();
    const onAbort = () => {
      calling.abort();
      // Who does not answer in time may be gone: the next run asks over a connection that is known to work.
      connection.drop();
    };
    const ask = () => client.check(request, call(run, calling.signal));
    const reused = connection.current !== undefined;
    run.signal.addEventListener('abort', onAbort);
    try {
      const { status } = await ask().catch((error) => {
        // The connection of an earlier run may have come to its end just now, which is no news about the target.
        if (!reused || calling.signal.aborted || isStatus(error)) throw error;
        connection.drop();
        return ask();
      });
      return { ...observationOf(status, options), latencyMs: clock.monotonicMs() - startedMs };
    } finally {
      run.signal.removeEventListener('abort', onAbort);
    }
  };

  // The connection over which the server said that it has no Watch. It is not asked again before there is another one.
  let withoutWatch: object | undefined;
  const runWatch = async (run: ProbeRun): Promise<Observation> => {
    if (withoutWatch !== undefined && withoutWatch === connection.current) return runCheck(run);
    try {
      return await held.run(run);
    } catch (error) {
      if (run.signal.aborted || !isStatus(error, Code.Unimplemented)) throw error;
      withoutWatch = connection.current;
      return runCheck(run);
    }
  };
  const look = options.mode === GrpcProbe_Mode.WATCH ? runWatch : runCheck;

  return {
    async run(run) {
      run.signal.throwIfAborted();
      const startedMs = clock.monotonicMs();
      try {
        return await look(run);
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        return failure(error, clock.monotonicMs() - startedMs);
      }
    },
    async close() {
      await held.close();
      await connection.close();
    },
  };
}

function observationOf(status: ServingStatus, { target, service }: GrpcProbe): Observation {
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
  return (error, latencyMs) =>
    grpcFailure(error, { target, meanings, secrets, ...(latencyMs !== undefined && { latencyMs }) });
}
