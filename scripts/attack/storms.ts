// Honest requests, too many of them: for /metrics, and reports that alternate.
import { connect as connectHttp2 } from 'node:http2';
import type { Attack } from './attack.ts';
import { HEARTBEATS } from './attack.ts';
import { closed, connect, pause, repeat } from './connection.ts';

export const scrapeStorm: Attack = {
  title: '1,000 /metrics on a connection',
  short: true,
  async run(target) {
    const requests = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(999);
    const last = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const opened = await repeat(target, 4, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      socket.write(requests + last);
      await closed(socket);
    });
    return `${opened} connections, 4 at a time`;
  },
};

const STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'];
const STREAMS = 100;

export const reportStorm: Attack = {
  title: 'report storm',
  short: true,
  async run(target) {
    const { host, port, until, random } = target;
    let sent = 0;
    let taken = 0;
    await repeat(target, 4, async () => {
      const session = connectHttp2(`http://${host}:${port}`);
      const destroy = () => session.destroy();
      until.addEventListener('abort', destroy);
      session.on('error', () => {});
      const report = () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const component = HEARTBEATS[Math.floor(random() * HEARTBEATS.length)];
        const status = `HEALTH_STATUS_${STATUSES[sent % STATUSES.length]}`;
        sent += 1;
        const stream = session.request({
          ':method': 'POST',
          ':path': `/v1/components/${component}:report`,
          'content-type': 'application/json',
        });
        stream.on('response', (headers) => {
          if (headers[':status'] === 200) taken += 1;
        });
        stream.on('error', () => {});
        stream.on('close', () => resolve());
        stream.resume();
        stream.end(JSON.stringify({ status, message: `the same words again, number ${sent}` }));
        return promise;
      };
      const reportOn = async () => {
        while (!until.aborted && !session.destroyed && !session.closed) await report();
      };
      await Promise.all(Array.from({ length: STREAMS }, reportOn));
      until.removeEventListener('abort', destroy);
      session.destroy();
      await pause(until, 100);
    });
    return `${sent} reports, ${taken} taken`;
  },
};
