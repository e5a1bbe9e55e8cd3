// Headers that are too large, and too many of them, over both versions of HTTP.
import type { Attack, Target } from './attack.ts';
import { closed, connect, repeat, send } from './connection.ts';
import { END_HEADERS, END_STREAM, fields, frame, OPENING, request, TYPE } from './frames.ts';

const FRAME_BYTES = 16_384;
const MANY = Array.from({ length: 2_000 }, (_, n) => [`x-metadata-${n}`, 'value'] as const);
const HTTP1_HEAD = 'GET /v1/health HTTP/1.1\r\nHost: localhost\r\n';

/** A header block of any size, cut into frames. */
function block(bytes: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += FRAME_BYTES) {
    const end = from + FRAME_BYTES >= bytes.length ? END_HEADERS : 0;
    const type = from === 0 ? TYPE.headers : TYPE.continuation;
    frames.push(frame(type, from === 0 ? end | END_STREAM : end, 1, bytes.subarray(from, from + FRAME_BYTES)));
  }
  return Buffer.concat(frames);
}

export const hugeHeaders: Attack = {
  title: 'huge headers, many metadata',
  async run(target) {
    const get = request('GET', '/v1/health');
    const attacks = [
      Buffer.from(`${HTTP1_HEAD}X-Large: ${'x'.repeat(1_000_000)}\r\n\r\n`),
      Buffer.from(`${HTTP1_HEAD}${MANY.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`),
      Buffer.concat([OPENING, block(Buffer.concat([get, fields([['x-large', 'x'.repeat(70_000)]])]))]),
      Buffer.concat([OPENING, block(Buffer.concat([get, fields(MANY)]))]),
    ];
    const opened = await repeat(target, 20, () =>
      attackOnce(target, attacks[Math.floor(target.random() * attacks.length)]!),
    );
    return `${opened} connections, 20 at a time`;
  },
};

async function attackOnce(target: Target, bytes: Buffer): Promise<void> {
  const socket = await connect(target);
  if (socket === undefined) return;
  await send(socket, bytes);
  socket.end();
  await closed(socket);
}
