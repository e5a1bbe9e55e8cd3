// The deadline that a caller names is the end of his call, whatever there is of it by then: nothing of it runs that was over before it
// began, and one whose request never ends is answered.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, grpcStatusOf, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const SERVICE = '/openk.health.v1.HealthService';
/** Of a heartbeat that has no other report. */
const REPORT = { component: 'job', status: 'HEALTH_STATUS_HEALTHY' };
const JSON_REPORT = JSON.stringify(REPORT);
const envelope = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk('components: [ { id: job, heartbeat: { period: 24h } } ]');
});
afterAll(() => openk.close());

const TYPES: Readonly<Record<string, readonly [contentType: string, timeout: string, body: string]>> = {
  Connect: ['application/json', 'connect-timeout-ms', JSON_REPORT],
  'gRPC-Web': ['application/grpc-web+json', 'grpc-timeout', envelope(JSON_REPORT).toString('latin1')],
  gRPC: ['application/grpc+json', 'grpc-timeout', envelope(JSON_REPORT).toString('latin1')],
};
const EXCEEDED = /deadline_exceeded|grpc-status: 4\r\n|^4$/;

it.each(Object.entries(TYPES))(
  '%s: what is over before it begins does nothing',
  async (_name, [contentType, timeout, body]) => {
    const session = await openHttp2(openk.address, undefined);
    const stream = session.request({
      ':method': 'POST',
      ':path': `${SERVICE}/ReportHealth`,
      'content-type': contentType,
      [timeout]: timeout === 'grpc-timeout' ? '0S' : '0',
    });
    let said = '';
    for (const event of ['response', 'trailers']) {
      stream.on(event, ({ 'grpc-status': status = '' }) => {
        said += status;
      });
    }
    stream.setEncoding('latin1').on('data', (text) => {
      said += text;
    });
    stream.end(Buffer.from(body, 'latin1'));
    await once(stream, 'close');
    expect(said).toMatch(EXCEEDED);
    const { body: health } = await ask(session, { ':path': '/v1/components/job/health' });
    expect(health).toContain('HEALTH_STATUS_UNKNOWN');
    session.destroy();
  },
);

it.each(['GetHealth', 'WatchHealth'])(
  '%s of gRPC is answered at its deadline where its request never ends',
  async (method) => {
    const session = await openHttp2(openk.address, undefined);
    for (const begun of [Buffer.alloc(5), Buffer.alloc(2)]) {
      const stream = session.request({
        ':method': 'POST',
        ':path': `${SERVICE}/${method}`,
        'content-type': 'application/grpc',
        'grpc-timeout': '50m',
      });
      stream
        .on('error', () => {})
        .resume()
        .write(begun);
      expect(await grpcStatusOf(stream)).toBe('4');
      stream.destroy();
    }
    session.destroy();
  },
);

it.each(['v1', 'v1alpha'])(
  'a stream of reflection %s ends at its deadline, also one that was answered',
  async (version) => {
    const session = await openHttp2(openk.address, undefined);
    // `list_services` (7) of an empty text.
    for (const question of [undefined, Buffer.from([0, 0, 0, 0, 2, 58, 0])]) {
      const stream = session.request({
        ':method': 'POST',
        ':path': `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        'content-type': 'application/grpc',
        'grpc-timeout': '50m',
      });
      stream.on('error', () => {}).resume();
      if (question !== undefined) stream.write(question);
      expect(await grpcStatusOf(stream)).toBe('4');
      stream.destroy();
    }
    session.destroy();
  },
);

it('a call of HTTP/1.1 is answered at its deadline where its request never ends', async () => {
  const client = await openRawSocket(openk.address);
  const head = `POST ${SERVICE}/GetHealth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnect-Timeout-Ms: 50\r\n`;
  client.write(`${head}Content-Length: 20\r\n\r\n{`);
  expect(await client.received(/\}$/)).toMatch(/^HTTP\/1\.1 504 [\s\S]*deadline_exceeded/);
  client.destroy();
});

it('a request that ends before its deadline is a call as ever', async () => {
  const session = await openHttp2(openk.address, undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': `${SERVICE}/GetHealth`,
    'content-type': 'application/json',
    'connect-timeout-ms': '60000',
  });
  stream.write('{');
  await new Promise<void>((resolve) => session.ping(() => resolve()));
  stream.end('}');
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  session.destroy();
});
