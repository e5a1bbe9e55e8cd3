// What ends a connection, in one write with a request before it: the request's stream is destroyed before anybody has had a
// turn to listen to it.
import type { Attack } from './attack.ts';
import { closed, connect, repeat } from './connection.ts';
import { ACK, END_HEADERS, END_STREAM, frame, get, OPENING, request, TYPE } from './frames.ts';

const four = Buffer.alloc(4);
const FAULTS: readonly Buffer[] = [
  frame(TYPE.data, 0, 0, four),
  frame(TYPE.data, 8, 1, Buffer.of(255)),
  frame(TYPE.headers, END_HEADERS, 0, request('GET', '/')),
  frame(TYPE.headers, END_HEADERS, 2, request('GET', '/')),
  frame(TYPE.headers, END_HEADERS, 3, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  frame(TYPE.priority, 0, 0, Buffer.alloc(5)),
  frame(TYPE.reset, 0, 0, four),
  frame(TYPE.reset, 0, 1, Buffer.alloc(3)),
  frame(TYPE.reset, 0, 9, four),
  frame(TYPE.settings, 0, 1),
  frame(TYPE.settings, 0, 0, Buffer.alloc(5)),
  frame(TYPE.settings, ACK, 0, Buffer.alloc(6)),
  frame(TYPE.push, END_HEADERS, 1, four),
  frame(TYPE.ping, 0, 0, four),
  frame(TYPE.ping, 0, 1, Buffer.alloc(8)),
  frame(TYPE.goaway, 0, 1, Buffer.alloc(8)),
  frame(TYPE.window, 0, 0, four),
  frame(TYPE.window, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  frame(TYPE.continuation, END_HEADERS, 1, four),
  Buffer.concat([frame(TYPE.headers, 0, 3, request('GET', '/')), frame(TYPE.ping, 0, 0, Buffer.alloc(8))]),
  Buffer.concat([Buffer.of(0xff, 0xff, 0xff), Buffer.alloc(6)]),
  Buffer.from('GET / HTTP/1.1\r\n\r\n'),
];
const PATHS = ['/x', '/v1/health', '/metrics', '/openk.health.v1.HealthService/GetHealth'];

export const connectionErrors: Attack = {
  title: 'connection errors in one write',
  short: true,
  async run(target) {
    let at = 0;
    const opened = await repeat(target, 10, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      const fault = FAULTS[at % FAULTS.length]!;
      const path = PATHS[Math.floor(at / FAULTS.length) % PATHS.length]!;
      at += 1;
      const grpc = [['content-type', 'application/grpc']] as const;
      const first =
        at % 2 === 0 ? get(1, path) : frame(TYPE.headers, END_HEADERS | END_STREAM, 1, request('POST', path, grpc));
      socket.end(Buffer.concat([OPENING, first, fault]));
      await closed(socket);
    });
    return `${opened} connections, ${FAULTS.length} kinds`;
  },
};
