// Requests that HTTP allows and hardly anybody sends: methods of others, the target of the whole server, expectations, no host.
// Each gets the answer that an ordinary one gets in its place, over both HTTP versions.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer, TRANSPORTS } from './harness.ts';

const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const HOST = 'Host: localhost\r\n';
const CORS = [{ corsOrigins: [] }, { corsOrigins: ['https://a.example'] }];

describe.each(TRANSPORTS)('%s', (transport) => {
  let test: TestServer;
  beforeAll(async () => {
    test = await startServer(transport);
  });
  afterAll(() => test.server.close());

  const raw = async ({ url, ca }: TestServer, text: string) => {
    const client = await openRawSocket(url, ca === undefined ? {} : { ca });
    client.write(text);
    return client;
  };
  /** Status, `Allow` and message of the answer. */
  const askHttp1 = async (of: TestServer, request: string) => {
    const client = await raw(of, request.replace('\r\n', '\r\nConnection: close\r\n'));
    const answer = await client.closed();
    const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
    return [Number(head.split(' ')[1]), /^allow: (.*)$/im.exec(head)?.[1], messageOf(body)];
  };
  const askHttp2 = async ({ url, ca }: TestServer, headers: Record<string, string>) => {
    const session = await openHttp2(url, ca);
    const { status, headers: answered, body } = await ask(session, headers);
    session.destroy();
    return [status, answered.allow, messageOf(body)];
  };
  const messageOf = (body: string) => (body.startsWith('{') ? JSON.parse(body).message : body);

  it.each(['PROPFIND', 'QUERY', 'M-SEARCH', 'TRACE'])(
    '%s is not allowed where there is something, and nowhere else',
    async (method) => {
      for (const [path, allowed] of [
        ['/livez', 'GET, HEAD'],
        [GET_HEALTH, 'POST, GET'],
        ['/', 'GET, HEAD, OPTIONS'],
      ]) {
        const answer = [405, allowed, `${path} does not take ${method}: use ${allowed}`];
        expect(await askHttp1(test, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`)).toEqual(answer);
        expect(await askHttp2(test, { ':method': method, ':path': `${path}` })).toEqual(answer);
      }
      const nothing = [404, undefined, `there is nothing at ${method} /nothing`];
      expect(await askHttp1(test, `${method} /nothing HTTP/1.1\r\n${HOST}\r\n`)).toEqual(nothing);
      expect(await askHttp2(test, { ':method': method, ':path': '/nothing' })).toEqual(nothing);
    },
  );

  it('a method that HTTP/1.1 of Node does not know is as any other over HTTP/2', async () => {
    expect(await askHttp2(test, { ':method': 'SPIN', ':path': '/livez' })).toEqual([
      405,
      'GET, HEAD',
      '/livez does not take SPIN: use GET, HEAD',
    ]);
    const [status] = await askHttp2(test, { ':method': 'SPIN', ':path': '/nothing' });
    expect(status).toBe(404);
  });

  it('as many headers as fit are taken, over both HTTP versions', async () => {
    const many = Array.from({ length: 500 }, (_each, at) => [`h${at}`, '']);
    const answer = [200, undefined, 'ok\n'];
    expect(await askHttp2(test, { ':path': '/livez', ...Object.fromEntries(many) })).toEqual(answer);
    const lines = many.map(([name]) => `${name}:\r\n`).join('');
    expect(await askHttp1(test, `GET /livez HTTP/1.1\r\n${HOST}${lines}\r\n`)).toEqual(answer);
  });

  it('a CONNECT is answered', async () => {
    const answer = [405, 'GET, HEAD, POST', 'a.example:443 does not take CONNECT: use GET, HEAD, POST'];
    expect(await askHttp1(test, `CONNECT a.example:443 HTTP/1.1\r\n${HOST}\r\n`)).toEqual(answer);
    expect(await askHttp2(test, { ':method': 'CONNECT', ':authority': 'a.example:443' })).toEqual(answer);
  });

  it.each(CORS)(
    'OPTIONS of the whole server says that it is up, and * is nothing else: $corsOrigins',
    async (options) => {
      const of = await startServer(transport, options);
      const up = [204, 'GET, HEAD, OPTIONS', ''];
      expect(await askHttp1(of, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`)).toEqual(up);
      expect(await askHttp1(of, 'OPTIONS * HTTP/1.0\r\n\r\n')).toEqual(up);
      expect(await askHttp2(of, { ':method': 'OPTIONS', ':path': '*' })).toEqual(up);
      const fault = [400, undefined, 'the request target "*" is for OPTIONS alone'];
      expect(await askHttp1(of, `GET * HTTP/1.1\r\n${HOST}\r\n`)).toEqual(fault);
      await of.server.close();
    },
  );

  it('who names no host reads so, in his protocol', async () => {
    const message = 'the request names no host: send Host';
    expect(await askHttp1(test, 'GET /livez HTTP/1.1\r\n\r\n')).toEqual([400, undefined, message]);
    const call = await raw(
      test,
      `POST ${GET_HEALTH} HTTP/1.1\r\nContent-Type: application/grpc-web\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(await call.closed()).toMatch(/^HTTP\/1\.1 200 [\s\S]*grpc-status: 3/);
  });

  const expecting = (expectation: string, path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\n${HOST}Expect: ${expectation}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;

  it('what nobody can expect is not looked at', async () => {
    const client = await raw(test, `${expecting('quality', GET_HEALTH, '{"component":"echo"}')}{"component":"echo"}`);
    expect(await client.received(/\}$/)).toMatch(/^HTTP\/1\.1 200 /);
    client.destroy();
    const page = { ':path': '/livez', expect: 'quality' };
    expect(await askHttp2(test, page)).toEqual([200, undefined, 'ok\n']);
  });

  it.each(['/livez', '/nothing', '/'])('nobody is asked for a body that %s does not read', async (path) => {
    const client = await raw(test, expecting('100-continue', path, 'x'));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 40[45] [\s\S]*connection: close/i);
    const session = await openHttp2(test.url, test.ca);
    const stream = session.request({ ':method': 'POST', ':path': path, expect: '100-continue' });
    const asked: unknown[] = [];
    stream.on('headers', (headers) => asked.push(headers)).on('continue', () => asked.push(100));
    const answered = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect([answered[':status'], asked]).toEqual([path === '/nothing' ? 404 : 405, []]);
    session.destroy();
  });

  it('nobody is asked for a body whose request may not come in', async () => {
    const client = await raw(
      test,
      expecting('100-continue', GET_HEALTH, '{}').replace(HOST, `${HOST}Sec-Fetch-Site: cross-site\r\n`),
    );
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each([true, false])('who is to be read is asked first, once; by the pipeline: %s', async (pipeline) => {
    const of = await startServer(transport, { pipeline });
    const body = '{"component":"echo"}';
    const client = await raw(of, expecting('100-continue', GET_HEALTH, body));
    await client.received(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.write(body);
    expect((await client.received(/\}$/)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    client.destroy();

    const session = await openHttp2(of.url, of.ca);
    const headers = {
      ':method': 'POST',
      ':path': GET_HEALTH,
      expect: '100-continue',
      'content-type': 'application/json',
    };
    const stream = session.request(headers);
    await new Promise((resolve) => stream.once('continue', resolve));
    const answered = new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    stream.resume().end(body);
    expect((await answered)[':status']).toBe(200);
    session.destroy();
    await of.server.close();
  });

  it('who expects to be asked and has no body keeps his connection', async () => {
    const client = await raw(
      test,
      `GET /livez HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\nGET /livez HTTP/1.1\r\n${HOST}\r\n`,
    );
    await client.received(/ok\n[\s\S]*ok\n$/);
    client.destroy();
  });
});
