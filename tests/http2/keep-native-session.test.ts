// HTTP/2 sessions as OpenK keeps them: their streams in a Map to Node, that lets go of what is deleted, and the native session
// until they are freed, whoever opens it.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from '@connectrpc/connect';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { createConnection } from '../../src/cli/connection.ts';
import { CollectableStreams, keepNativeSession } from '../../src/http2/keep-native-session.ts';
import { createGrpcDialler } from '../../src/probes/grpc-connection.ts';
import { placeOf } from '../../src/probes/http-request.ts';
import { createHttp2Connection } from '../../src/probes/http2-connection.ts';
import { createTestOutput } from '../cli/test-cli.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const ID = fc.integer({ min: 1, max: 8 });
const STEP = fc.oneof(
  fc.record({ set: ID, to: fc.string({ maxLength: 2 }) }),
  fc.record({ delete: ID }),
  fc.constant('clear' as const),
);

test('it is the same Map by all that can be asked', () => {
  fc.assert(
    fc.property(fc.array(STEP), (steps) => {
      const held = new CollectableStreams();
      const map = new Map<number, unknown>();
      for (const step of steps) {
        for (const each of [held, map]) {
          if (step === 'clear') each.clear();
          else if ('set' in step) expect(each.set(step.set, step.to)).toBe(each);
        }
        if (typeof step === 'object' && 'delete' in step) {
          expect(held.delete(step.delete)).toBe(map.delete(step.delete));
        }
      }
      const visited: unknown[] = [];
      held.forEach(function (this: unknown, ...each) {
        visited.push([this, ...each]);
      }, 'self');
      expect(visited).toEqual([...map].map(([id, stream]) => ['self', stream, id, held]));
      expect([...held]).toEqual([...map]);
      expect([...held.entries()]).toEqual([...map.entries()]);
      expect([...held.values()]).toEqual([...map.values()]);
      expect([...held.keys()]).toEqual([...map.keys()]);
      expect(held.size).toBe(map.size);
      for (let id = 1; id <= 8; id++) {
        expect([held.get(id), held.has(id)]).toEqual([map.get(id), map.has(id)]);
      }
    }),
  );
});

test('what is deleted is let go of by the tables that knew it', () => {
  const held = new CollectableStreams().set(1, 'stream');
  // As a table of before would: what the Map itself holds.
  const holder = Map.prototype.get.call(held, 1);
  expect(holder).toEqual({ stream: 'stream' });
  held.delete(1);
  expect(holder).toEqual({ stream: undefined });
});

test('this Node keeps its streams where they are looked for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const isHeld = new Promise<boolean>((resolve) => {
    server.once('session', (session: ServerHttp2Session) => resolve(keepNativeSession(session)));
  });
  server.on('stream', (stream: ServerHttp2Stream) => stream.respond({}, { endStream: true }));
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    expect(await isHeld).toBe(true);
    const stream = client.request();
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(200);
    stream.resume();
    await once(stream, 'close');
  } finally {
    client.close();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('streams that are open already are kept too', () => {
  const session = Object.assign(new EventEmitter(), { [Symbol('state')]: { streams: new Map([[1, 'open']]) } });
  const [key] = Object.getOwnPropertySymbols(session).filter(({ description }) => description === 'state');
  expect(keepNativeSession(session as unknown as ServerHttp2Session)).toBe(true);
  const { streams } = (session as unknown as Record<symbol, { streams: Map<number, unknown> }>)[key!]!;
  expect(streams).toBeInstanceOf(CollectableStreams);
  expect([...streams]).toEqual([[1, 'open']]);
});

test('a session of another shape is left alone', () => {
  const key = Symbol('state');
  for (const state of [undefined, {}, { streams: [] }, { streams: new CollectableStreams() }]) {
    const session = { [key]: state };
    expect(keepNativeSession(session as unknown as ServerHttp2Session)).toBe(false);
    expect(session[key]).toBe(state);
  }
  expect(keepNativeSession({} as ServerHttp2Session)).toBe(false);
});

describe('a native session and a stream of it that closed with bytes on their way', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');

  /** What JavaScript has of the native session, weakly, and the only stream. */
  async function closedStream(hold: (session: ServerHttp2Session) => void, first: 'stream' | 'socket') {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.once('session', (session: ServerHttp2Session) => hold(session.on('error', () => {})));
    const streams = once(server, 'stream') as Promise<[ServerHttp2Stream]>;
    // It takes nothing of the answer: Node's own client would.
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1').pause();
    const request = '000006040000000000' + '00047fffffff' + '000006010500000001' + '828684410161';
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from(request, 'hex')]));
    const [stream] = await streams;
    const native = new WeakRef(nativeOf(stream.session));
    stream.on('error', () => {}).respond();
    stream.write(Buffer.alloc(20_000_000));
    expect(stream.bufferSize).toBeGreaterThan(0);
    const closed = once(stream, 'close');
    if (first === 'stream') {
      stream.destroy();
      await closed;
    }
    const sessionClosed = new Promise((resolve) => server.close(resolve));
    socket.destroy();
    await Promise.all([sessionClosed, closed]);
    return { native, streams: [stream] };
  }

  function nativeOf(session: object | undefined): object {
    const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'kHandle');
    return (session as Record<symbol, object>)[key as symbol] as object;
  }

  /** Each collection goes through all that this worker has ever loaded. */
  async function collectUpTo(times: number, isDone = () => false) {
    for (let turn = 0; turn < times && !isDone(); turn++) {
      await setImmediate();
      collect();
    }
  }

  test.each(['stream', 'socket'] as const)('are collected in order, also when the %s closes first', async (first) => {
    const { native, streams } = await closedStream(keepNativeSession, first);
    await collectUpTo(3);
    expect(native.deref()).toBeDefined();
    streams.pop();
    await collectUpTo(10, () => native.deref() === undefined);
    expect(native.deref()).toBeUndefined();
  });

  test.each([true, false])('the session is there when it has closed: %p', async (isHeld) => {
    const server = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wasThere = new Promise<boolean>((resolve) => {
      server.once('session', (session: ServerHttp2Session) => {
        if (isHeld) keepNativeSession(session);
        const native = new WeakRef(nativeOf(session));
        session.on('close', () => {
          collect();
          resolve(native.deref() !== undefined);
        });
      });
    });
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(client.request().resume(), 'close');
    client.close();
    expect(await wasThere).toBe(isHeld);
    await new Promise((resolve) => server.close(resolve));
  });

  /** Asks once, and lets the session close. */
  const CLIENTS: Readonly<Record<string, (port: number) => Promise<unknown>>> = {
    async 'a command'(port) {
      const context = { env: {}, stderr: createTestOutput() };
      const { client, drop } = createConnection({ server: `http://127.0.0.1:${port}`, protocol: 'grpc' }, context);
      await client.getHealth({}).catch(() => {});
      drop();
    },
    async 'a gRPC probe'(port) {
      const dialed = { socket: await connected(port), phases: {} };
      const dialer = {
        dial: async () => dialed,
        dialTls: () => Promise.reject(new Error('no TLS')),
        over: () => {
          throw new Error('no other way');
        },
        denies: () => false,
        find: () => Promise.reject(new Error('nothing to look up')),
      };
      const target = { address: { host: '127.0.0.1', port }, authority: 'target.invalid', path: '' };
      const dial = createGrpcDialler(target, { clock: createFakeClock(), dialer });
      const { transport, close } = await dial(new AbortController().signal, () => {});
      await createClient(HealthService, transport)
        .getHealth({})
        .catch(() => {});
      await close();
    },
    async 'an HTTP probe'(port) {
      const limits = { maxHeaderBytes: 1000, maxBodyBytes: 1000 };
      const { exchange, close } = createHttp2Connection(await connected(port), { clock: createFakeClock(), limits });
      const url = new URL('https://target.invalid');
      const request = { url, place: placeOf(url), method: 'GET', headers: {}, body: undefined };
      await exchange(request, new AbortController().signal, () => {});
      close();
    },
  };

  async function connected(port: number): Promise<Socket> {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  test.each(Object.entries(CLIENTS))('the session of %s is there when it has closed', async (_name, ask) => {
    const server = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const channel = 'http2.client.stream.start';
    const wasThere = new Promise<boolean>((resolve) => {
      const onStart = (message: unknown) => {
        unsubscribe(channel, onStart);
        const { session } = (message as { readonly stream: ClientHttp2Stream }).stream;
        const native = new WeakRef(nativeOf(session));
        session?.once('close', () => {
          collect();
          resolve(native.deref() !== undefined);
        });
      };
      subscribe(channel, onStart);
    });
    await ask((server.address() as AddressInfo).port);
    expect(await wasThere).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  test('are collected by Node in any order', async () => {
    const { native, streams } = await closedStream(() => {}, 'stream');
    await collectUpTo(10, () => native.deref() === undefined);
    expect(native.deref()).toBeUndefined();
    expect(streams).toHaveLength(1);
  });
});
