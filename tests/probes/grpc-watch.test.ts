import '../support/one-realm.ts';
import type { ServerHttp2Stream } from 'node:http2';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GrpcProbe_Mode, GrpcProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { DeadlineExceeded } from '../../src/core/probe.ts';
import { grpcProbe } from '../../src/probes/grpc.ts';
import { probeContext, probeRun, TRACEPARENT } from '../support/probe-run.ts';
import { createPushes } from '../support/pushes.ts';
import {
  GRPC_RESPONSE,
  healthMessages,
  startGrpcHealth,
  startGrpcService,
  startHttp2,
  startRelay,
} from '../support/upstreams/grpc.ts';
import { startTcp, unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof GrpcProbeSchema>;
type Watch = ServerWritableStream<{ service: string }, { status: string }>;

const SERVING = 1;
const NOT_SERVING = 2;

const started: { close(): Promise<void> }[] = [];

/** Closed after the test, the last one first. */
const keep = <T extends { close(): Promise<void> }>(owned: T): T => {
  started.push(owned);
  return owned;
};
const watch = (init: Options) => {
  const pushes = createPushes();
  const options = create(GrpcProbeSchema, { ...init, mode: GrpcProbe_Mode.WATCH });
  const probe = keep(grpcProbe.create(options, probeContext({ push: pushes.push })));
  return { pushes, look: (signal?: AbortSignal) => probe.run(probeRun(signal)), close: () => probe.close() };
};

afterEach(async () => {
  for (const owned of started.splice(0).reverse()) await owned.close();
});

describe('the stream', () => {
  it('answers each run by its first message, over a connection of its own', async () => {
    const upstream = keep(await startGrpcHealth({ 'acme.Pay': 'SERVING' }));
    const relay = keep(await startRelay(upstream.port));
    const { look, pushes } = watch({ target: relay.target, service: 'acme.Pay' });
    for (let run = 0; run < 3; run++) {
      expect(await look()).toEqual({
        outcome: 'HEALTHY',
        reason: { code: 'OK', message: 'answered SERVING' },
        latencyMs: expect.any(Number),
        phases: { connectMs: expect.any(Number), firstByteMs: expect.any(Number) },
        decisive: true,
      });
      expect(relay.accepted).toBe(run + 1);
    }
    expect(pushes.all).toEqual([]);
  });

  it('is one call for each run, the one before being cancelled, with metadata, a trace and who asks', async () => {
    const calls: Watch[] = [];
    const cancelled = Promise.withResolvers<void>();
    const Watch = (call: Watch) => {
      calls.push(call);
      if (calls.length === 1) call.once('cancelled', () => cancelled.resolve());
      call.write({ status: 'SERVING' });
    };
    const { target } = keep(await startGrpcService({ Watch }));
    const { look } = watch({ target, service: 'acme.Pay', metadata: { 'x-token': 't' } });
    await look();
    await look();
    await cancelled.promise;
    expect(calls.map(({ request }) => request.service)).toEqual(['acme.Pay', 'acme.Pay']);
    expect(calls[0]?.metadata.getMap()).toMatchObject({
      'x-token': 't',
      traceparent: TRACEPARENT,
      'user-agent': 'openk/0.0.0-test',
    });
  });

  it('hands a flip over at once, without a run', async () => {
    const { target, health } = keep(await startGrpcHealth({ '': 'SERVING' }));
    const { look, pushes } = watch({ target });
    await look();
    health.setStatus('', 'NOT_SERVING');
    expect(await pushes.next()).toEqual({
      outcome: 'UNHEALTHY',
      reason: { code: 'NOT_SERVING', message: `${target} is NOT_SERVING` },
      decisive: true,
    });
    health.setStatus('', 'SERVING');
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY', decisive: true });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('stays open at a service that the server does not know yet', async () => {
    const { target, health } = keep(await startGrpcHealth({}));
    const { look, pushes } = watch({ target, service: 'acme.Pay' });
    expect(await look()).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'SERVICE_UNKNOWN', message: `${target} does not know the service "acme.Pay"` },
    });
    health.setStatus('acme.Pay', 'SERVING');
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('never lets a message overtake the answer of a run', async () => {
    const { target } = keep(
      await startHttp2((stream) => {
        stream.respond(GRPC_RESPONSE);
        stream.write(healthMessages(SERVING, NOT_SERVING, SERVING, NOT_SERVING));
      }),
    );
    const seen: string[] = [];
    const fourth = Promise.withResolvers<void>();
    const see = (code: string) => seen.push(code) === 4 && fourth.resolve();
    const options = create(GrpcProbeSchema, { target, mode: GrpcProbe_Mode.WATCH });
    const probe = keep(grpcProbe.create(options, probeContext({ push: ({ reason }) => see(`push ${reason.code}`) })));
    see(`run ${(await probe.run(probeRun())).reason.code}`);
    await fourth.promise;
    expect(seen).toEqual(['run OK', 'push NOT_SERVING', 'push OK', 'push NOT_SERVING']);
  });
});

describe('a server that refuses to watch what it does not know', () => {
  it('is asked again by each run', async () => {
    let isKnown = false;
    const calls: Watch[] = [];
    const Watch = (call: Watch) => {
      calls.push(call);
      if (isKnown) call.write({ status: 'SERVING' });
      else call.emit('error', { code: status.NOT_FOUND, details: 'service not registered' });
    };
    const { target } = keep(await startGrpcService({ Watch }));
    const { look, pushes } = watch({ target, service: 'acme.Pay' });
    expect(await look()).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'SERVICE_UNKNOWN', message: `${target} does not know the service "acme.Pay"` },
      decisive: true,
    });
    isKnown = true;
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    expect([calls.length, pushes.all]).toEqual([2, []]);
  });
});

describe('a stream that breaks', () => {
  it('between runs is one failure to count, and the next run opens it anew', async () => {
    const upstream = keep(await startGrpcHealth({ '': 'SERVING' }));
    const relay = keep(await startRelay(upstream.port));
    const { look, pushes } = watch({ target: relay.target });
    await look();
    relay.cut();
    const observation = await pushes.next();
    expect(observation).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: expect.stringMatching(/^CONNECTION_/) },
    });
    expect(observation.decisive).toBeUndefined();
    expect(relay.accepted).toBe(1);
    expect(await look()).toMatchObject({ outcome: 'HEALTHY', decisive: true });
    expect(relay.accepted).toBe(2);
    upstream.health.setStatus('', 'NOT_SERVING');
    expect(await pushes.next()).toMatchObject({ reason: { code: 'NOT_SERVING' } });
    expect(pushes.all).toHaveLength(2);
  });

  it.each([
    ['well', (call: Watch) => call.end(), 'UNKNOWN', 'STREAM_ENDED'],
    [
      'with a status',
      (call: Watch) => call.emit('error', { code: status.UNAVAILABLE, details: 'bye' }),
      'UNHEALTHY',
      'GRPC_UNAVAILABLE',
    ],
  ])('since the server ended it %s, says so', async (_name, end, expected, code) => {
    const calls: Watch[] = [];
    const Watch = (call: Watch) => {
      calls.push(call);
      call.write({ status: 'SERVING' });
    };
    const { target } = keep(await startGrpcService({ Watch }));
    const { look, pushes } = watch({ target });
    await look();
    end(calls[0] as Watch);
    const { outcome, reason, decisive } = await pushes.next();
    expect([outcome, reason.code, decisive]).toEqual([expected, code, undefined]);
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    expect(calls).toHaveLength(2);
  });

  it('with bytes that are no message, says so', async () => {
    const { target } = keep(
      await startHttp2((stream) => {
        stream.respond(GRPC_RESPONSE);
        stream.write(healthMessages(SERVING));
        stream.write(Buffer.from([0, 0, 0, 0, 2, 255, 255]));
      }),
    );
    const { look, pushes } = watch({ target });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'PROTOCOL_ERROR' } });
  });

  it('in a run is no news: the run sees for itself', async () => {
    const streams: ServerHttp2Stream[] = [];
    const { target } = keep(
      await startHttp2((stream) => {
        streams.push(stream);
        stream.respond(GRPC_RESPONSE);
        if (streams.length === 1) {
          stream.write(healthMessages(SERVING));
        } else {
          // The new stream answers once the old one is gone.
          streams[0]?.once('close', () => stream.write(healthMessages(NOT_SERVING)));
          streams[0]?.session?.destroy();
        }
      }),
    );
    const { look, pushes } = watch({ target });
    await look();
    expect(await look()).toMatchObject({ reason: { code: 'NOT_SERVING' } });
    expect(pushes.all).toEqual([]);
  });

  it('hands over what it says until the next run has its answer, so that no flip is missed', async () => {
    const streams: ServerHttp2Stream[] = [];
    const { target } = keep(
      await startHttp2((stream) => {
        streams.push(stream);
        stream.respond(GRPC_RESPONSE);
        if (streams.length === 1) stream.write(healthMessages(SERVING));
        else streams[0]?.write(healthMessages(NOT_SERVING));
      }),
    );
    const { look, pushes } = watch({ target });
    await look();
    const run = look();
    expect(await pushes.next()).toMatchObject({ reason: { code: 'NOT_SERVING' } });
    streams[1]?.write(healthMessages(SERVING));
    expect(await run).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('is let go where a new user gets nowhere: what it goes on to say is not what users see', async () => {
    const streams: ServerHttp2Stream[] = [];
    const upstream = keep(
      await startHttp2((stream) => {
        streams.push(stream);
        stream.respond(GRPC_RESPONSE);
        stream.write(healthMessages(SERVING));
      }),
    );
    const { look, pushes } = watch({ target: upstream.target });
    await look();
    upstream.stopListening();
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED' } });
    await upstream.idle();
    expect([streams.length, pushes.all.length]).toEqual([1, 0]);
  });

  it('heals when the server is back', async () => {
    const first = await startGrpcHealth({ '': 'SERVING' });
    const { look, pushes } = watch({ target: first.target });
    await look();
    await first.close();
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY' });
    const second = keep(await startGrpcHealth({ '': 'NOT_SERVING' }, { port: first.port }));
    expect(await look()).toMatchObject({ reason: { code: 'NOT_SERVING' } });
    second.health.setStatus('', 'SERVING');
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('by a server that drains is let go at once, without a failure', async () => {
    const first = await startGrpcHealth({ '': 'SERVING' });
    const { look, pushes } = watch({ target: first.target });
    await look();
    // Settles only when no call is left.
    await first.drain();
    keep(await startGrpcHealth({ '': 'SERVING' }, { port: first.port }));
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    expect(pushes.all).toEqual([]);
  });
});

describe('a run', () => {
  it('does not care about a connection that is dead without a word: it has its own', async () => {
    const upstream = keep(await startGrpcHealth({ '': 'SERVING' }));
    const relay = keep(await startRelay(upstream.port));
    const { look, pushes } = watch({ target: relay.target });
    await look();
    relay.freeze();
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    upstream.health.setStatus('', 'NOT_SERVING');
    expect(await pushes.next()).toMatchObject({ reason: { code: 'NOT_SERVING' } });
    expect(relay.accepted).toBe(2);
  });

  it('ends by its deadline where the first message never comes', async () => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const Watch = (call: Watch) => {
      call.on('cancelled', () => gone.resolve());
      asked.resolve();
    };
    const { target } = keep(await startGrpcService({ Watch }));
    const { look, pushes } = watch({ target });
    const deadline = new AbortController();
    const run = look(deadline.signal);
    await asked.promise;
    const reason = new DeadlineExceeded('too late');
    deadline.abort(reason);
    await expect(run).rejects.toBe(reason);
    await gone.promise;
    expect(pushes.all).toEqual([]);
  });

  it('ends by its deadline where nobody answers', async () => {
    const hole = keep(await startTcp());
    const { look } = watch({ target: hole.target });
    const deadline = new AbortController();
    const run = look(deadline.signal);
    await hole.acceptedAtLeast(1);
    deadline.abort(new DeadlineExceeded('too late'));
    await expect(run).rejects.toBeInstanceOf(DeadlineExceeded);
    await hole.idle();
  });

  it('fails where nobody listens', async () => {
    const { look, pushes } = watch({ target: `127.0.0.1:${await unusedPort()}` });
    const observation = await look();
    expect(observation).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED' } });
    expect(observation.decisive).toBeUndefined();
    expect(pushes.all).toEqual([]);
  });
});

describe('a server without Watch', () => {
  it.each([
    ['no', 'no'],
    ['100% sure', '100% sure'],
  ])('is asked by Check over the same connection, whatever it says: %s', async (_name, details) => {
    const methods: string[] = [];
    const upstream = keep(
      await startHttp2((stream, headers) => {
        const method = String(headers[':path']).replace(/.*\//, '');
        methods.push(method);
        if (method === 'Watch') {
          stream.respond({ ...GRPC_RESPONSE, 'grpc-status': '12', 'grpc-message': details }, { endStream: true });
        } else {
          stream.respond(GRPC_RESPONSE, { waitForTrailers: true });
          stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
          stream.end(healthMessages(SERVING));
        }
      }),
    );
    const { look, pushes } = watch({ target: upstream.target });
    for (let run = 1; run <= 2; run++) {
      const observation = await look();
      expect(observation).toMatchObject({ outcome: 'HEALTHY' });
      expect(observation.decisive).toBeUndefined();
      expect(upstream.accepted).toBe(run);
    }
    expect(methods).toEqual(['Watch', 'Check', 'Watch', 'Check']);
    await upstream.idle();
    expect(pushes.all).toEqual([]);
  });

  it('may have no health service at all', async () => {
    const { target } = keep(await startGrpcService({}));
    expect(await watch({ target }).look()).toMatchObject({ reason: { code: 'GRPC_UNIMPLEMENTED' } });
  });
});

describe('close', () => {
  it('ends the stream and the connection, and says nothing', async () => {
    const upstream = keep(
      await startHttp2((stream) => {
        stream.respond(GRPC_RESPONSE);
        stream.write(healthMessages(SERVING));
      }),
    );
    const { look, pushes, close } = watch({ target: upstream.target });
    await look();
    expect(upstream.open).toBe(1);
    await close();
    await upstream.idle();
    expect(upstream.sessions.map(({ closed }) => closed)).toEqual([true]);
    expect(pushes.all).toEqual([]);
  });

  it('takes nothing that was never opened', async () => {
    await watch({ target: '127.0.0.1:1' }).close();
  });
});
