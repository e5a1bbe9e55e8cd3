// The streams of HTTP/2 sessions as OpenK holds them: a Map to Node, that lets go of what is deleted.
import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeldStreams, holdStreams } from '../../src/http2/held-streams.ts';

const ID = fc.integer({ min: 1, max: 8 });
const STEP = fc.oneof(
  fc.record({ set: ID, to: fc.string({ maxLength: 2 }) }),
  fc.record({ delete: ID }),
  fc.constant('clear' as const),
);

test('it is the same Map by all that can be asked', () => {
  fc.assert(
    fc.property(fc.array(STEP), (steps) => {
      const held = new HeldStreams();
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
  const held = new HeldStreams().set(1, 'stream');
  // As a table of before would: what the Map itself holds.
  const holder = Map.prototype.get.call(held, 1);
  expect(holder).toEqual({ stream: 'stream' });
  held.delete(1);
  expect(holder).toEqual({ stream: undefined });
});

test('this Node keeps its streams where they are looked for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const isHeld = new Promise<boolean>((resolve) => {
    server.once('session', (session: ServerHttp2Session) => resolve(holdStreams(session)));
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

test('a session of another shape is left alone', () => {
  const key = Symbol('state');
  for (const state of [undefined, {}, { streams: [] }, { streams: new Map([[1, 'open']]) }]) {
    const session = { [key]: state };
    expect(holdStreams(session as unknown as ServerHttp2Session)).toBe(false);
    expect(session[key]).toBe(state);
  }
  expect(holdStreams({} as ServerHttp2Session)).toBe(false);
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

  async function collectThoroughly() {
    for (let turn = 0; turn < 5; turn++) {
      await setImmediate();
      collect();
    }
  }

  test.each(['stream', 'socket'] as const)('are collected in order, also when the %s closes first', async (first) => {
    const { native, streams } = await closedStream(holdStreams, first);
    await collectThoroughly();
    expect(native.deref()).toBeDefined();
    streams.pop();
    await collectThoroughly();
    await collectThoroughly();
    expect(native.deref()).toBeUndefined();
  });

  test.each([true, false])('the session is there when it has closed: %p', async (isHeld) => {
    const server = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wasThere = new Promise<boolean>((resolve) => {
      server.once('session', (session: ServerHttp2Session) => {
        if (isHeld) holdStreams(session);
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

  test('are collected by Node in any order', async () => {
    const { native, streams } = await closedStream(() => {}, 'stream');
    await collectThoroughly();
    expect(native.deref()).toBeUndefined();
    expect(streams).toHaveLength(1);
  });
});
