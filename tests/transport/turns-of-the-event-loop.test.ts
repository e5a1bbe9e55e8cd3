// Work that cannot be cut, a connection that opens with a thousand requests or ends with as many, is done for one connection
// in each turn of the event loop: others are answered in between. So they are between the steps in which a status page is made.
import { once } from 'node:events';
import type { Http2Session } from 'node:http2';
import { Socket } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { createContextValues } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { StatusPageSchema } from '../../gen/openk/status/v1/status_pb.ts';
import { registerStatusRoutes } from '../../src/pages/status-routes.ts';
import type { LivePage } from '../../src/status/live-pages.ts';
import { createConnections } from '../../src/transport/connections.ts';
import { createListener } from '../../src/transport/listener.ts';
import { DEFAULT_LISTENER_LIMITS } from '../../src/transport/listener-limits.ts';
import { eventually } from '../support/eventually.ts';
import { FLAG, headersFrame, opening, requestFields } from '../support/http2-frames.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const CONNECTIONS = 6;

let turn: number;
let counting: NodeJS.Immediate;
beforeEach(() => {
  turn = 0;
  const count = () => {
    turn++;
    counting = setImmediate(count);
  };
  count();
});
afterEach(() => clearImmediate(counting));

test('connections that open with many requests', async () => {
  const firstSeen = new Map<Http2Session | undefined, number>();
  const listener = createListener(
    {
      limits: DEFAULT_LISTENER_LIMITS,
      onDefect: () => {},
      onRefused: () => {},
      refuseTunnel: () => {},
      isPage: () => false,
    },
    () => {},
    (stream) => {
      if (!firstSeen.has(stream.session)) firstSeen.set(stream.session, turn);
      stream.respond({ ':status': 204 }, { endStream: true });
      return true;
    },
  );
  listener.server.listen(0, '127.0.0.1');
  await once(listener.server, 'listening');
  const { port } = listener.server.address() as { readonly port: number };
  const opened = Array.from({ length: CONNECTIONS }, () => openRawSocket(`http://127.0.0.1:${port}`));
  const clients = await Promise.all(opened);
  await eventually(() => listener.connections() === CONNECTIONS);
  const requests = Array.from({ length: 200 }, (_, n) =>
    headersFrame(1 + 2 * n, requestFields('GET', '/'), FLAG.endStream),
  );
  for (const client of clients) client.write(Buffer.concat([opening(), ...requests]));
  await eventually(() => firstSeen.size === CONNECTIONS);
  expect(new Set(firstSeen.values()).size).toBe(CONNECTIONS);
  for (const client of clients) client.destroy();
  await listener.ended();
  listener.server.close();
});

test('connections that are ended because of a limit', async () => {
  const endedIn: number[] = [];
  const connections = createConnections({
    limits: { ...DEFAULT_LISTENER_LIMITS, lookIntervalMs: 1, unreadBytesPerConnection: 1 },
    supervisor: { look() {} },
    onRefused: () => void endedIn.push(turn),
    random: () => 0,
  });
  for (let n = 0; n < CONNECTIONS; n++) {
    const session = { openStreams: 1_000, unreadBytes: 2, acknowledgedBytes: 0, retire() {}, destroy() {} };
    connections.add(new Socket()).session = session;
  }
  connections.start();
  await eventually(() => endedIn.length === CONNECTIONS);
  connections.stop();
  expect(new Set(endedIn).size).toBe(CONNECTIONS);
  expect(connections.count()).toBe(0);
});

test('a status page, and a form of it', async () => {
  let madeIn = Number.NaN;
  let renderedIn = Number.NaN;
  const page = Object.defineProperty(create(StatusPageSchema, { asOf: { seconds: 1n } }), 'title', {
    get() {
      renderedIn = turn;
      return 'Status';
    },
  });
  const live = {
    definition: { id: 'p', access: 'PUBLIC' },
    isGone: false,
    latest: () => page,
    read() {
      madeIn = turn;
      return page;
    },
  } as unknown as LivePage;
  const app = fastify();
  registerStatusRoutes(app, {
    visiblePage: () => live,
    contextOf: () => createContextValues(),
    loginOf: () => undefined,
    script: undefined,
    keepAnswer: () => {},
  });
  expect((await app.inject('/status/p')).body).toContain('<h1>Status</h1>');
  expect(renderedIn).toBeGreaterThan(madeIn);
  await app.close();
});
