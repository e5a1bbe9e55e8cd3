// The streams of HTTP/2 sessions as OpenK holds them: a Map to Node, that lets go of what is deleted.
import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeldStreams, holdStreams } from '../../src/server/held-streams.ts';

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
