// `service: "*"`: a whole gRPC server and each of its services, by List, and by Check where the server does not list.
import '../support/one-realm.ts';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GrpcProbe_Mode, GrpcProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { grpcProbe } from '../../src/probes/grpc.ts';
import { probeContext, probeRun } from '../support/probe-run.ts';
import { startGrpcHealth, startGrpcService } from '../support/upstreams/grpc.ts';

type Answer = (error: object | null, response?: object) => void;

const started: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(owned: T): T => {
  started.push(owned);
  return owned;
};
afterEach(async () => {
  for (const owned of started.splice(0).reverse()) await owned.close();
});

function all(target: string, options: MessageInitShape<typeof GrpcProbeSchema> = {}) {
  const probe = keep(grpcProbe.create(create(GrpcProbeSchema, { target, service: '*', ...options }), probeContext()));
  return async () => {
    const { outcome, reason, parts } = await probe.run(probeRun());
    const said = parts?.map((part) => `${part.name} ${part.outcome} ${part.reason.code}`).sort();
    return { outcome, code: reason.code, message: reason.message.replace(target, 'TARGET'), parts: said };
  };
}

describe('a server that lists', () => {
  it('is as it says, with each of its services as a part', async () => {
    const { target, health } = keep(
      await startGrpcHealth({ '': 'SERVING', 'acme.Pay': 'SERVING', 'acme.Ship': 'SERVING' }),
    );
    const look = all(target);
    expect(await look()).toEqual({
      outcome: 'HEALTHY',
      code: 'OK',
      message: 'answered SERVING',
      parts: ['acme.Pay HEALTHY OK', 'acme.Ship HEALTHY OK'],
    });
    health.setStatus('acme.Ship', 'NOT_SERVING');
    expect(await look()).toEqual({
      outcome: 'DEGRADED',
      code: 'NOT_SERVING',
      message: 'at TARGET does not serve: acme.Ship',
      parts: ['acme.Pay HEALTHY OK', 'acme.Ship UNHEALTHY NOT_SERVING'],
    });
    health.setStatus('', 'NOT_SERVING');
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', message: 'TARGET is NOT_SERVING' });
  });

  it('and says nothing of itself is as its services are', async () => {
    const { target, health } = keep(await startGrpcHealth({ 'acme.Pay': 'SERVING', 'acme.Ship': 'SERVING' }));
    const look = all(target);
    expect(await look()).toMatchObject({ outcome: 'HEALTHY', code: 'OK' });
    health.setStatus('acme.Pay', 'NOT_SERVING');
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', code: 'NOT_SERVING' });
  });

  it('nothing at all is UNKNOWN', async () => {
    const { target } = keep(await startGrpcHealth({}));
    expect(await all(target)()).toMatchObject({ outcome: 'UNKNOWN', code: 'SERVICE_UNKNOWN', parts: [] });
  });

  it('is not watched', () => {
    const options = create(GrpcProbeSchema, { target: 'a:1', service: '*', mode: GrpcProbe_Mode.WATCH });
    expect(grpcProbe.check(options)).toEqual([
      { path: ['mode'], message: 'cannot be WATCH for all services, which are listed and not watched: leave mode out' },
    ]);
  });
});

describe('a server that does not list', () => {
  const checks = (statuses: Record<string, string>) => (call: { request: { service: string } }, answer: Answer) => {
    const found = statuses[call.request.service];
    answer(found === undefined ? { code: status.NOT_FOUND } : null, { status: found });
  };
  const serve = async (methods: UntypedServiceImplementation) => keep(await startGrpcService(methods)).target;

  it('at all is asked about itself, and nothing is said of its services', async () => {
    const look = all(await serve({ Check: checks({ '': 'SERVING' }) } as never));
    expect(await look()).toEqual({ outcome: 'HEALTHY', code: 'OK', message: 'answered SERVING', parts: undefined });
  });

  it('and does not know itself is UNKNOWN', async () => {
    const look = all(await serve({ Check: checks({}) } as never));
    expect(await look()).toMatchObject({ outcome: 'UNKNOWN', code: 'SERVICE_UNKNOWN' });
  });

  it('any more is asked for what it listed before', async () => {
    let isFull = false;
    const statuses: Record<string, string> = { '': 'SERVING', 'acme.Pay': 'SERVING', 'acme.Old': 'SERVING' };
    const List = (_call: object, answer: Answer) => {
      if (isFull) return answer({ code: status.RESOURCE_EXHAUSTED, details: 'Too many services to list.' });
      const entries = Object.entries(statuses).map(([name, one]) => [name, { status: one }]);
      return answer(null, { statuses: Object.fromEntries(entries) });
    };
    const look = all(await serve({ List, Check: checks(statuses) } as never));
    await look();
    isFull = true;
    statuses['acme.Pay'] = 'NOT_SERVING';
    delete statuses['acme.Old'];
    expect(await look()).toMatchObject({ outcome: 'DEGRADED', parts: ['acme.Pay UNHEALTHY NOT_SERVING'] });
  });

  it('and does not answer otherwise is as any other that does not', async () => {
    const refuse = (_call: object, answer: Answer) => answer({ code: status.UNAVAILABLE });
    expect(await all(await serve({ List: refuse } as never))()).toMatchObject({
      outcome: 'UNHEALTHY',
      code: 'GRPC_UNAVAILABLE',
      parts: undefined,
    });
    expect(await all(await serve({}))()).toMatchObject({ outcome: 'UNHEALTHY', code: 'GRPC_UNIMPLEMENTED' });
  });
});
