// What is thrown where nothing should be: it ends at the most the connection that it came out of, stands in the log with its stack, is
// counted, and nobody else notices.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { CallTelemetry } from '../../src/telemetry/calls/observe-calls.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const BOOM = 'boom of a test';
const boom = (): never => {
  throw new Error(BOOM);
};

/** Where the telemetry of a test breaks, for callers who name `x-break`. */
const telemetry: CallTelemetry = {
  visit: ({ headers }) => {
    if (headers['x-break'] === 'start') boom();
    return { run: (answer) => answer(), end: () => (headers['x-break'] === 'end' ? boom() : undefined) };
  },
  interceptor: (next) => next,
  observeMethod: () => (caller) => {
    if (caller.headers['x-break'] === 'start') boom();
    return () => (caller.headers['x-break'] === 'end' ? boom() : undefined);
  },
  refused() {},
  know() {},
};

let running: TestServer;
afterEach(() => running.server.close());

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each([{ pipeline: true }, { pipeline: false }])('with %p', ({ pipeline }) => {
    test.each(['start', 'end'])('at the %s of requests', async (when) => {
      let counted = 0;
      const onDefect = () => {
        counted++;
      };
      running = await startServer(transport, { pipeline, telemetry, onDefect });
      const { url, ca, log } = running;

      for (const path of ['/livez', GET_HEALTH, '/v1/health']) {
        const method = path === GET_HEALTH ? 'POST' : 'GET';
        const raw = await openRawSocket(url, ca === undefined ? {} : { ca });
        const body = method === 'POST' ? 'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}' : '\r\n';
        raw.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-break: ${when}\r\n${body}`);
        await raw.closed();
        const session = connect(url, ca === undefined ? {} : { ca });
        session.on('error', () => {});
        const answer = ask(
          session,
          {
            ':method': method,
            ':path': path,
            'x-break': when,
            ...(method === 'POST' && { 'content-type': 'application/json' }),
          },
          method === 'POST' ? '{}' : undefined,
        );
        // A session that is ended says nothing to its requests.
        await Promise.race([answer.catch(() => {}), once(session, 'close')]);
        session.destroy();
      }
      await noConnections(running);
      await noCalls(running);

      const defects = log.filter(({ msg }) => msg === 'a connection met a defect');
      expect(defects.length).toBeGreaterThanOrEqual(6);
      expect(counted).toBe(defects.length);
      for (const { level, err } of defects) {
        expect(level).toBe(50);
        expect((err as { stack: string }).stack).toContain(BOOM);
      }
      const good = await openHttp2(url, ca);
      expect((await ask(good, { ':path': '/livez' })).status).toBe(200);
      good.destroy();
    });
  });
});
