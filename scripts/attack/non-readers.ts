// Clients that ask for a lot and read nothing of it: answers pile up in the server unless it bounds them.
import type { Attack } from './attack.ts';
import { closed, connect, repeat, send } from './connection.ts';
import { get, PREFACE, streams, zeroWindow } from './frames.ts';

export const zeroWindows: Attack = {
  title: 'zero windows, 6 x 1,000 streams of /metrics',
  short: true,
  async run(target) {
    const requests = Buffer.concat([PREFACE, zeroWindow(), ...streams(1_000).map((id) => get(id, '/metrics'))]);
    const opened = await repeat(target, 6, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      await send(socket, requests);
      await closed(socket);
    });
    return `${opened} connections`;
  },
};

export const pipelining: Attack = {
  title: 'pipelining, 300 that do not read',
  short: true,
  async run(target) {
    const requests = Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500));
    const opened = await repeat(target, 300, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      socket.pause();
      // Nothing tells a socket that does not read of its end but an error when it writes.
      while (await send(socket, requests)) {}
      await closed(socket);
    });
    return `${opened} connections`;
  },
};
