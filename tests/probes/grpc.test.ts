import '../support/one-realm.ts';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Metadata, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GrpcProbe_Mode, GrpcProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { Cancelled, DeadlineExceeded } from '../../src/core/probe.ts';
import { grpcProbe } from '../../src/probes/grpc.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { look, probeContext, probeRun, TRACEPARENT, verdict } from '../support/probe-run.ts';
import {
  GRPC_RESPONSE,
  healthMessages,
  startGrpcHealth,
  startGrpcService,
  startHttp2,
  startRelay,
} from '../support/upstreams/grpc.ts';
import { listen, startTcp, startTls, unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof GrpcProbeSchema>;
type Check = ServerUnaryCall<{ service: string }, { status: string }>;
type Answer = (error: object | null, response?: { status: string }) => void;

const SERVING = 1;

const started: { close(): Promise<void> }[] = [];
let certificates: Certificates;
let directory: string;

const probe = (init: Options, context = probeContext()) => grpcProbe.create(create(GrpcProbeSchema, init), context);
/** Closed after the test, in the order of the calls: a relay before what stands behind it. */
const keep = <T extends { close(): Promise<void> }>(owned: T): T => {
  started.push(owned);
  return owned;
};
const file = async (name: string, text: string) => {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
};

beforeAll(async () => {
  certificates = await createCertificates();
  directory = await mkdtemp(join(tmpdir(), 'openk-grpc-'));
});
afterEach(async () => {
  for (const owned of started.splice(0).reverse()) await owned.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the answer of Check', () => {
  it.each([
    ['SERVING', 'HEALTHY', 'OK', 'answered SERVING'],
    ['NOT_SERVING', 'UNHEALTHY', 'NOT_SERVING', 'acme.Pay at TARGET is NOT_SERVING'],
    ['UNKNOWN', 'UNHEALTHY', 'SERVING_UNKNOWN', 'TARGET does not know whether acme.Pay serves'],
  ] as const)('%s means %s', async (serving, outcome, code, message) => {
    const { target } = keep(await startGrpcHealth({ 'acme.Pay': serving }));
    const observation = await look(probe({ target, service: 'acme.Pay' }));
    expect(observation).toEqual({
      outcome,
      reason: { code, message: message.replace('TARGET', target) },
      latencyMs: expect.any(Number),
      phases: { connectMs: expect.any(Number), firstByteMs: expect.any(Number) },
    });
  });

  it('is about the server as a whole without a service', async () => {
    const { target } = keep(await startGrpcHealth({ '': 'SERVING', 'acme.Pay': 'NOT_SERVING' }));
    expect(await verdict(probe({ target }))).toBe('HEALTHY OK');
  });

  it('names the service that the server does not know', async () => {
    const { target } = keep(await startGrpcHealth({}));
    expect(await look(probe({ target, service: 'acme.Pay' }))).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'GRPC_NOT_FOUND', message: `${target} does not know the service "acme.Pay"` },
    });
  });

  it('says when the server has no health service', async () => {
    const { target } = keep(await startGrpcService({}));
    expect(await look(probe({ target }))).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'GRPC_UNIMPLEMENTED', message: `${target} has no grpc.health.v1.Health` },
    });
  });

  it('of a status that there is not is no answer', async () => {
    const { target } = keep(await startHttp2(respond(healthMessages(42))));
    expect(await verdict(probe({ target }))).toBe('UNHEALTHY PROTOCOL_ERROR');
  });

  it.each([
    [status.UNAUTHENTICATED, 'GRPC_UNAUTHENTICATED', 'answered UNAUTHENTICATED: no token'],
    [status.PERMISSION_DENIED, 'GRPC_PERMISSION_DENIED', 'answered PERMISSION_DENIED: no token'],
    [status.UNAVAILABLE, 'GRPC_UNAVAILABLE', 'answered UNAVAILABLE: no token'],
    [status.DEADLINE_EXCEEDED, 'GRPC_DEADLINE_EXCEEDED', 'answered DEADLINE_EXCEEDED: no token'],
    [status.CANCELLED, 'GRPC_CANCELLED', 'answered CANCELLED: no token'],
  ])('with status %d is %s', async (code, reason, message) => {
    const { target } = keep(await refusing({ code, details: 'no token' }));
    expect(await look(probe({ target }))).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: reason, message: `${target} ${message}` },
    });
  });

  it('shows no secret, no figure and no control character of the server', async () => {
    const details = 'token tok-en\u0007of Bearer is bad,\nrequest 7f3a9 after 12ms';
    const { target } = keep(await refusing({ code: status.INTERNAL, details }));
    const { reason } = await look(probe({ target, metadata: { authorization: 'Bearer tok-en' } }));
    expect(reason).toEqual({
      code: 'GRPC_INTERNAL',
      message: `${target} answered INTERNAL: token … of … is bad, request # after #`,
      evidence: 'token … of … is bad, request 7f3a9 after 12ms',
    });
  });

  it('is cut where it is long', async () => {
    const { target } = keep(await refusing({ code: status.INTERNAL, details: 'x'.repeat(5000) }));
    const { reason } = await look(probe({ target }));
    expect(reason.message).toHaveLength(512);
  });
});

describe('the request', () => {
  it('carries the metadata, the trace of the run and who asks', async () => {
    const calls: { metadata: Metadata; service: string }[] = [];
    const Check = ({ metadata, request }: Check, answer: Answer) => {
      calls.push({ metadata, service: request.service });
      answer(null, { status: 'SERVING' });
    };
    const { target } = keep(await startGrpcService({ Check }));
    const metadata = { authorization: 'Bearer t', 'x-blob-bin': 'AAEC' };
    expect(await verdict(probe({ target, service: 'acme.Pay', metadata }))).toBe('HEALTHY OK');
    expect(calls.map(({ service }) => service)).toEqual(['acme.Pay']);
    expect(calls[0]?.metadata.getMap()).toMatchObject({
      authorization: 'Bearer t',
      'x-blob-bin': Buffer.from([0, 1, 2]),
      traceparent: TRACEPARENT,
      'user-agent': 'openk/0.0.0-test',
    });
  });
});

describe('a target that is no gRPC server', () => {
  it('refuses the connection', async () => {
    expect(await verdict(probe({ target: `127.0.0.1:${await unusedPort()}` }))).toBe('UNHEALTHY CONNECTION_REFUSED');
  });

  it('does not exist', async () => {
    expect(await verdict(probe({ target: 'nowhere.invalid:50051' }))).toMatch(/^UNHEALTHY DNS_/);
  });

  it('speaks HTTP/1.1', async () => {
    const { target } = keep(await listen(createHttpServer((_request, response) => response.end('hello'))));
    expect(await look(probe({ target }))).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'PROTOCOL_ERROR', message: `${target} does not speak HTTP/2, which gRPC needs` },
    });
  });

  it('speaks HTTP/1.1 over TLS', async () => {
    const { target } = keep(await listen(createHttpsServer({ ...certificates.server })));
    expect(await verdict(probe({ target, tls: { insecureSkipVerify: true } }))).toBe('UNHEALTHY PROTOCOL_ERROR');
  });

  it('talks garbage', async () => {
    const { target } = keep(await startTcp((socket) => socket.write('garbage, and more of it than a frame has')));
    expect(await verdict(probe({ target }))).toBe('UNHEALTHY PROTOCOL_ERROR');
  });

  it('closes at once', async () => {
    const upstream = keep(await startTcp((socket) => socket.end()));
    expect(await verdict(probe({ target: upstream.target }))).toBe('UNHEALTHY CONNECTION_CLOSED');
    expect(upstream.accepted).toBe(1);
  });

  it('resets', async () => {
    const { target } = keep(await startTcp((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await verdict(probe({ target }))).toMatch(/^UNHEALTHY CONNECTION_(RESET|CLOSED)$/);
  });

  it.each([
    ['HTTP 404', { ':status': 404 }, 'HTTP 404'],
    ['HTTP 503', { ':status': 503, 'content-type': 'text/html' }, 'HTTP 503'],
    ['a page', { ':status': 200, 'content-type': 'text/html' }, 'text/html'],
  ])('answers with %s', async (_name, headers, instead) => {
    const { target } = keep(
      await startHttp2((stream) => {
        stream.respond(headers);
        stream.end('<html>');
      }),
    );
    expect(await look(probe({ target }))).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'PROTOCOL_ERROR', message: `${target} does not answer in gRPC, but with ${instead}` },
    });
  });

  it.each([
    ['bytes that are no message', Buffer.from([0, 0, 0, 0, 2, 255, 255])],
    ['a message without an end', Buffer.from([0, 0, 0, 0, 9, 8])],
    ['a message of more than 1 MiB', healthMessageOf(1024 * 1024)],
    ['two messages', healthMessages(SERVING, SERVING)],
    ['no message', Buffer.alloc(0)],
  ])('answers with %s', async (_name, bytes) => {
    const { target } = keep(await startHttp2(respond(bytes)));
    expect(await verdict(probe({ target }))).toBe('UNHEALTHY PROTOCOL_ERROR');
  });

  it('answers without a status', async () => {
    const { target } = keep(
      await startHttp2((stream) => {
        stream.respond(GRPC_RESPONSE);
        stream.end(healthMessages(SERVING));
      }),
    );
    expect(await verdict(probe({ target }))).toBe('UNHEALTHY PROTOCOL_ERROR');
  });

  it.each([
    ['REFUSED_STREAM', 7, 'CONNECTION_RESET'],
    ['INTERNAL_ERROR', 2, 'CONNECTION_RESET'],
    ['CANCEL', 8, 'CONNECTION_CLOSED'],
  ])('resets the stream with %s', async (_name, code, reason) => {
    const { target } = keep(await startHttp2((stream) => stream.close(code)));
    expect(await verdict(probe({ target }))).toBe(`UNHEALTHY ${reason}`);
  });

  it('ends the connection with an error', async () => {
    const { target } = keep(await startHttp2(({ session }) => session?.goaway(2)));
    expect(await verdict(probe({ target }))).toMatch(/^UNHEALTHY CONNECTION_(RESET|CLOSED)$/);
  });
});

describe('what stands beside the status does not decide over it', () => {
  const SAYS_12: OutgoingHttpHeaders = { 'grpc-status': '12', 'grpc-message': 'no' };
  /** A google.rpc.Status that says UNAVAILABLE. */
  const DETAILS_14 = Buffer.from([8, 14, 18, 1, 110]).toString('base64');

  it.each<[string, OutgoingHttpHeaders]>([
    ['a bare % in the message', { 'grpc-status': '12', 'grpc-message': 'not on 100% of hosts, %zz %e4' }],
    ['a message of raw bytes', { 'grpc-status': '12', 'grpc-message': 'geht nicht: \u00e4\u00ff\u00c3\u00a9' }],
    ['no message', { 'grpc-status': '12' }],
    ['a long message', { 'grpc-status': '12', 'grpc-message': 'x'.repeat(20_000) }],
    ['details that are no base64', { ...SAYS_12, 'grpc-status-details-bin': '!!!' }],
    ['details that are no message', { ...SAYS_12, 'grpc-status-details-bin': '////' }],
    ['details with another code', { ...SAYS_12, 'grpc-status-details-bin': DETAILS_14 }],
    ['details with the code 0', { ...SAYS_12, 'grpc-status-details-bin': 'CAA' }],
    ['the same status twice', { 'grpc-status': ['12', '12'] }],
    ['other headers', { ...SAYS_12, 'x-a': 'a\u00e9\u00ff', 'grpc-encoding': 'zstd', 'x-b': ['1', '2'] }],
  ])('%s', async (_name, status) => {
    const code = 'UNHEALTHY GRPC_UNIMPLEMENTED';
    for (const contentType of TYPES) {
      // Trailers only, in all that a proxy makes of them.
      for (const httpStatus of [200, 400, 404, 503]) {
        const only = keep(
          await startHttp2((stream) =>
            stream.respond({ ':status': httpStatus, ...contentType, ...status }, { endStream: true }),
          ),
        );
        expect(await verdict(probe({ target: only.target }))).toBe(code);
      }
    }
    const behind = keep(await startHttp2(respond(Buffer.alloc(0), GRPC_RESPONSE, status)));
    expect(await verdict(probe({ target: behind.target }))).toBe(code);
    const page = keep(await startHttp2(respond(Buffer.from('<html>'), { ':status': 503 }, status)));
    expect(await verdict(probe({ target: page.target }))).toBe(code);
    const both = keep(await startHttp2(respond(Buffer.alloc(0), { ...GRPC_RESPONSE, 'grpc-status': '0' }, status)));
    expect(await verdict(probe({ target: both.target }))).toBe(code);
    const before = keep(
      await startHttp2((stream) => {
        stream.respond({ ...GRPC_RESPONSE, ...status });
        stream.end('');
      }),
    );
    expect(await verdict(probe({ target: before.target }))).toBe(code);
  });

  const TYPES: OutgoingHttpHeaders[] = [
    {},
    { 'content-type': 'application/grpc' },
    { 'content-type': 'application/grpc+proto' },
    { 'content-type': 'Application/gRPC; charset=utf-8' },
    { 'content-type': 'application/grpc ;x' },
    { 'content-type': 'application/grpc+proto; a="b"' },
    { 'content-type': 'text/html' },
  ];

  it.each(TYPES.filter((type) => type['content-type'] !== 'text/html'))('a good answer with %j', async (type) => {
    const { target } = keep(await startHttp2(respond(healthMessages(SERVING), { ':status': 200, ...type })));
    expect(await verdict(probe({ target }))).toBe('HEALTHY OK');
  });

  it.each<[string, OutgoingHttpHeaders, string]>([
    ['0 in another form', { 'grpc-status': '00' }, 'HEALTHY OK'],
    [
      '0 with a message and details',
      { 'grpc-status': '0', 'grpc-message': '100%', 'grpc-status-details-bin': '!' },
      'HEALTHY OK',
    ],
    ['0 with details that say otherwise', { 'grpc-status': '0', 'grpc-status-details-bin': DETAILS_14 }, 'HEALTHY OK'],
    ['0 and 14', { 'grpc-status': ['0', '14'] }, 'UNHEALTHY GRPC_UNAVAILABLE'],
    ['14 and 0', { 'grpc-status': ['14', '0'] }, 'UNHEALTHY GRPC_UNAVAILABLE'],
    ['99', { 'grpc-status': '99' }, 'UNHEALTHY GRPC_UNKNOWN'],
    ['-1', { 'grpc-status': '-1' }, 'UNHEALTHY GRPC_UNKNOWN'],
    ['no number', { 'grpc-status': 'OK' }, 'UNHEALTHY GRPC_UNKNOWN'],
    ['nothing', { 'grpc-status': '' }, 'UNHEALTHY GRPC_UNKNOWN'],
    ['none', { 'x-a': 'b' }, 'UNHEALTHY PROTOCOL_ERROR'],
  ])('a message and the status %s', async (_name, status, expected) => {
    const { target } = keep(await startHttp2(respond(healthMessages(SERVING), GRPC_RESPONSE, status)));
    expect(await verdict(probe({ target }))).toBe(expected);
  });

  it('the status in the headers of a good answer, which the trailers overrule', async () => {
    const headers = { ...GRPC_RESPONSE, 'grpc-status': '14' };
    const { target } = keep(await startHttp2(respond(healthMessages(SERVING), headers)));
    expect(await verdict(probe({ target }))).toBe('HEALTHY OK');
  });

  it('is shown: the words of the server, decoded', async () => {
    const status = { 'grpc-status': '14', 'grpc-message': '100% gef%C3%BCllt, %zz' };
    const { target } = keep(await startHttp2(respond(Buffer.alloc(0), GRPC_RESPONSE, status)));
    expect(await look(probe({ target }))).toMatchObject({
      reason: { message: `${target} answered UNAVAILABLE: # gefüllt, %zz`, evidence: '100% gefüllt, %zz' },
    });
  });
});

describe('the deadline', () => {
  it.each<[string, Pick<Options, 'tls'>]>([
    ['accepts and never answers', {}],
    ['never finishes the TLS handshake', { tls: {} }],
  ])('ends a run whose target %s, and its connection', async (_name, tls) => {
    const upstream = keep(await startTcp());
    const owned = keep(probe({ target: upstream.target, ...tls }));
    const deadline = new AbortController();
    const run = owned.run(probeRun(deadline.signal));
    await upstream.acceptedAtLeast(1);
    const reason = new DeadlineExceeded('too late');
    deadline.abort(reason);
    await expect(run).rejects.toBe(reason);
    await upstream.idle();
  });

  it('cancels the call at a slow server', async () => {
    const asked = Promise.withResolvers<Check>();
    const cancelled = Promise.withResolvers<void>();
    const { target } = keep(await startGrpcService({ Check: (call: Check) => asked.resolve(call) }));
    const owned = keep(probe({ target }));
    const deadline = new AbortController();
    const run = owned.run(probeRun(deadline.signal));
    (await asked.promise).on('cancelled', () => cancelled.resolve());
    const reason = new Cancelled('shutting down');
    deadline.abort(reason);
    await expect(run).rejects.toBe(reason);
    await cancelled.promise;
  });

  it('that is over before the run opens nothing', async () => {
    const upstream = keep(await startTcp());
    const owned = keep(probe({ target: upstream.target }));
    const reason = new DeadlineExceeded('too late');
    await expect(owned.run(probeRun(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(upstream.accepted).toBe(0);
  });

  it('leaves no listener on its signal', async () => {
    const { target } = keep(await startGrpcHealth({ '': 'SERVING' }));
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const owned = keep(probe({ target }));
    await owned.run(probeRun(signal));
    expect(listeners).toBe(0);
  });
});

describe('the connection', () => {
  it('is a new one for each run, and does not outlive it', async () => {
    const upstream = keep(await startHttp2(respond(healthMessages(SERVING))));
    const owned = keep(probe({ target: upstream.target }));
    expect(upstream.accepted).toBe(0);
    for (let run = 1; run <= 3; run++) {
      expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
      expect(upstream.accepted).toBe(run);
      await upstream.idle();
    }
  });

  it('shows what only a new one shows: nobody listens any more, while connections that are open are served', async () => {
    for (const mode of [GrpcProbe_Mode.CHECK, GrpcProbe_Mode.WATCH]) {
      const upstream = keep(await startHttp2(serveForever));
      const owned = keep(probe({ target: upstream.target, mode }));
      expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
      upstream.stopListening();
      expect(await owned.run(probeRun())).toMatchObject({ reason: { code: 'CONNECTION_REFUSED' } });
    }
  });

  it('shows another certificate at once', async () => {
    const caFile = await file('ca.pem', certificates.ca);
    for (const mode of [GrpcProbe_Mode.CHECK, GrpcProbe_Mode.WATCH]) {
      const first = await startHttp2(serveForever, certificates.server);
      const owned = keep(probe({ target: first.target, tls: { caFile }, mode }));
      expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
      first.setIdentity(certificates.expiredServer);
      expect(await owned.run(probeRun())).toMatchObject({ reason: { code: 'TLS_EXPIRED' } });
      await first.close();
    }
  });

  it('is kept where this is asked for, and closed by close', async () => {
    const upstream = keep(await startHttp2(respond(healthMessages(SERVING))));
    const owned = probe({ target: upstream.target, keepAlive: true });
    for (let run = 0; run < 5; run++) expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    expect(upstream.accepted).toBe(1);
    const [session] = upstream.sessions;
    expect(session?.closed).toBe(false);
    await owned.close();
    await upstream.idle();
    expect(session?.closed).toBe(true);
  });

  it('that was kept and closed before the answer began is asked for anew, and the run says so', async () => {
    const upstream = keep(await startHttp2(respond(healthMessages(SERVING))));
    const relay = keep(await startRelay(upstream.port));
    const owned = keep(probe({ target: relay.target, keepAlive: true }));
    await owned.run(probeRun());
    relay.freeze();
    const run = owned.run(probeRun());
    await relay.lost();
    relay.cut();
    expect(await run).toMatchObject({
      outcome: 'HEALTHY',
      reason: { evidence: 'asked again over a new connection, since the kept one had been closed' },
    });
    expect(relay.accepted).toBe(2);
  });

  it('that was kept and breaks in the middle of an answer is a failure', async () => {
    let calls = 0;
    const upstream = keep(
      await startHttp2((stream) => {
        if (++calls === 1) return respond(healthMessages(SERVING))(stream);
        stream.respond(GRPC_RESPONSE);
        stream.write(Buffer.from([0, 0, 0, 0, 2, 8]));
        setImmediate(() => stream.session?.destroy());
      }),
    );
    const owned = keep(probe({ target: upstream.target, keepAlive: true }));
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'UNHEALTHY' });
    expect(calls).toBe(2);
  });

  it('that was kept and closed unanswered is asked again, which is said where that fails, too', async () => {
    let calls = 0;
    const upstream = keep(
      await startHttp2((stream) => {
        if (++calls === 1) respond(healthMessages(SERVING))(stream);
        else stream.session?.destroy();
      }),
    );
    const owned = keep(probe({ target: upstream.target, keepAlive: true }));
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    expect(await owned.run(probeRun())).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { evidence: 'asked again over a new connection, since the kept one had been closed' },
      phases: { connectMs: expect.any(Number) },
    });
    expect(calls).toBe(3);
  });

  it('has no socket any more once close has settled', async () => {
    const upstream = keep(await startTcp());
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const owned = probe({ target: upstream.target });
    const cancelled = new AbortController();
    const run = owned.run(probeRun(cancelled.signal));
    await upstream.acceptedAtLeast(1);
    const before = sockets();
    const closed = owned.close();
    cancelled.abort(new Cancelled('shutting down'));
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    await closed;
    await upstream.idle();
    expect(sockets()).toBeLessThan(before);
  });

  it('that was cut is opened anew', async () => {
    const upstream = keep(await startGrpcHealth({ '': 'SERVING' }));
    const relay = keep(await startRelay(upstream.port));
    const owned = keep(probe({ target: relay.target, keepAlive: true }));
    await owned.run(probeRun());
    relay.cut();
    await relay.idle();
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    expect(relay.accepted).toBe(2);
  });

  it('heals when the server is back', async () => {
    const first = await startGrpcHealth({ '': 'SERVING' });
    const owned = keep(probe({ target: first.target, keepAlive: true }));
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    await first.close();
    expect(await owned.run(probeRun())).toMatchObject({ reason: { code: 'CONNECTION_REFUSED' } });
    keep(await startGrpcHealth({ '': 'SERVING' }, { port: first.port }));
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('that went dead without a word costs one run', async () => {
    const upstream = keep(await startGrpcHealth({ '': 'SERVING' }));
    const relay = keep(await startRelay(upstream.port));
    const owned = keep(probe({ target: relay.target, keepAlive: true }));
    await owned.run(probeRun());
    relay.freeze();
    const deadline = new AbortController();
    const dead = owned.run(probeRun(deadline.signal));
    await relay.lost();
    deadline.abort(new DeadlineExceeded('too late'));
    await expect(dead).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('survives a server that goes away in good order', async () => {
    const upstream = keep(
      await startHttp2((stream) => {
        stream.session?.goaway(0);
        respond(healthMessages(SERVING))(stream);
      }),
    );
    const owned = keep(probe({ target: upstream.target, keepAlive: true }));
    for (let run = 0; run < 3; run++) expect(await owned.run(probeRun())).toMatchObject({ outcome: 'HEALTHY' });
    expect(upstream.sessions).toHaveLength(3);
  });

  it('may be asked from many sides: an error of one probe is not that of another', async () => {
    const { target } = keep(await startGrpcHealth({ a: 'SERVING', b: 'NOT_SERVING' }));
    const verdicts = await Promise.all(['a', 'b', 'c'].map((service) => verdict(probe({ target, service }))));
    expect(verdicts).toEqual(['HEALTHY OK', 'UNHEALTHY NOT_SERVING', 'UNHEALTHY GRPC_NOT_FOUND']);
  });
});

describe('TLS', () => {
  const serve = async (identity: Certificates['server'], clientCa?: string) => {
    const pair = { cert_chain: Buffer.from(identity.cert), private_key: Buffer.from(identity.key) };
    const credentials = ServerCredentials.createSsl(
      clientCa === undefined ? null : Buffer.from(clientCa),
      [pair],
      clientCa !== undefined,
    );
    return keep(await startGrpcHealth({ '': 'SERVING' }, { credentials }));
  };

  it('verifies the server by ca_file', async () => {
    const { target } = await serve(certificates.server);
    expect(await verdict(probe({ target, tls: { caFile: await file('ca.pem', certificates.ca) } }))).toBe('HEALTHY OK');
  });

  it('verifies an address, too', async () => {
    const { port } = await serve(certificates.server);
    const tls = { caFile: await file('ca.pem', certificates.ca) };
    expect(await verdict(probe({ target: `127.0.0.1:${port}`, tls }))).toBe('HEALTHY OK');
  });

  it.each([
    ['expiredServer', 'TLS_EXPIRED'],
    ['wrongNameServer', 'TLS_WRONG_NAME'],
    ['untrustedServer', 'TLS_UNTRUSTED'],
  ] as const)('refuses %s with %s', async (name, code) => {
    const { target } = await serve(certificates[name]);
    const caFile = await file('ca.pem', certificates.ca);
    expect(await verdict(probe({ target, tls: { caFile } }))).toBe(`UNHEALTHY ${code}`);
  });

  it('takes the name to verify from server_name', async () => {
    const { target } = await serve(certificates.wrongNameServer);
    const tls = { caFile: await file('ca.pem', certificates.ca), serverName: 'wrong.example' };
    expect(await verdict(probe({ target, tls }))).toBe('HEALTHY OK');
  });

  it('takes anything with insecure_skip_verify', async () => {
    const { target } = await serve(certificates.untrustedServer);
    expect(await verdict(probe({ target, tls: { insecureSkipVerify: true } }))).toBe('HEALTHY OK');
  });

  it('shows the client certificate where the server wants one', async () => {
    const { target } = await serve(certificates.server, certificates.ca);
    const caFile = await file('ca.pem', certificates.ca);
    const certFile = await file('client.pem', certificates.client.cert);
    const keyFile = await file('client.key', certificates.client.key);
    expect(await verdict(probe({ target, tls: { caFile, certFile, keyFile } }))).toBe('HEALTHY OK');
    expect(await verdict(probe({ target, tls: { caFile } }))).toBe('UNHEALTHY TLS_FAILED');
  });

  it('tells a server in cleartext, and a server that wants TLS', async () => {
    const clear = keep(await startTcp((socket) => socket.write('220 hello\r\n')));
    expect(await verdict(probe({ target: clear.target, tls: {} }))).toBe('UNHEALTHY TLS_FAILED');
    const secure = keep(await startTls(certificates.server));
    expect(await verdict(probe({ target: secure.target }))).toMatch(/^UNHEALTHY (PROTOCOL_ERROR|CONNECTION_CLOSED)$/);
  });
});

describe('the options', () => {
  const faults = (init: Options) => grpcProbe.check(create(GrpcProbeSchema, init));

  it('may be plain', () => {
    expect(faults({ target: 'db:1', metadata: { 'x-token': 'a b', 'x-blob-bin': 'AAEC' } })).toEqual([]);
  });

  it.each(['content-type', 'te', 'grpc-timeout', 'user-agent', 'traceparent', 'connection'])(
    'may not set %s',
    (key) => {
      expect(faults({ target: 'db:1', metadata: { [key]: 'x' } })).toEqual([
        { path: ['metadata', key], message: 'cannot be set: gRPC, HTTP/2 or OpenK sets it' },
      ]);
    },
  );

  it.each(['secret\n', 'sécret', 'a\u0000b'])(
    'may not have a value that cannot be sent, and do not show it',
    (value) => {
      expect(faults({ target: 'db:1', metadata: { 'x-token': value } })).toEqual([
        { path: ['metadata', 'x-token'], message: 'has a character that is not printable ASCII' },
      ]);
    },
  );

  it('may not name files that are not there', () => {
    const init = { target: 'db:1', tls: { caFile: join(directory, 'no.pem') } };
    expect(faults(init)).toEqual([{ path: ['tls', 'ca_file'], message: 'does not exist' }]);
    expect(() => probe(init)).toThrow('grpc.tls.ca_file does not exist');
  });

  it('may not have a target that is none', () => {
    expect(faults({ target: 'db' })).toEqual([
      { path: ['target'], message: 'must be HOST:PORT, for example db.internal:5432' },
    ]);
  });

  it('name the host', () => {
    expect(grpcProbe.host(create(GrpcProbeSchema, { target: '[::1]:50051' }))).toBe('::1');
  });
});

/** Answers Check, and a Watch by a first message. */
function serveForever(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  if (headers[':path'] === '/grpc.health.v1.Health/Check') {
    respond(healthMessages(SERVING))(stream);
  } else {
    stream.respond(GRPC_RESPONSE);
    stream.write(healthMessages(SERVING));
  }
}

function respond(
  body: Buffer,
  headers: OutgoingHttpHeaders = GRPC_RESPONSE,
  trailers: OutgoingHttpHeaders = { 'grpc-status': '0' },
): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond(headers, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(body);
  };
}

/** A valid message, SERVING, with an unknown field of that many bytes: number 2, its length as a varint of three bytes. */
function healthMessageOf(bytes: number): Buffer {
  const field = [18, (bytes & 127) | 128, ((bytes >> 7) & 127) | 128, bytes >> 14];
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(2 + field.length + bytes, 1);
  return Buffer.concat([prefix, Buffer.from([8, SERVING, ...field]), Buffer.alloc(bytes)]);
}

/** A server whose Check fails with this. */
function refusing(error: { code: number; details: string }) {
  return startGrpcService({ Check: (_call: Check, answer: Answer) => answer(error) });
}
