import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { Cancelled, DeadlineExceeded } from '../../src/core/probe.ts';
import { runProbe } from '../../src/engine/run-probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { httpProbe } from '../../src/probes/http.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { look, probeContext, probeRun, TRACEPARENT, verdict } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type HttpUpstream, type HttpUpstreamOptions, startHttp } from '../support/upstreams/http.ts';
import { startTcp, unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof HttpProbeSchema>;

const started: { close(): Promise<void> }[] = [];
let certificates: Certificates;
const files = createTemporaryFiles();

const options = (init: Options) => create(HttpProbeSchema, init);
const probe = (init: Options, context = probeContext()) => httpProbe.create(options(init), context);
const keep = <T extends { close(): Promise<void> }>(upstream: T): T => {
  started.push(upstream);
  return upstream;
};
const http = async (handler: Parameters<typeof startHttp>[0], more?: HttpUpstreamOptions): Promise<HttpUpstream> =>
  keep(await startHttp(handler, more));
const tcp = async (serve?: Parameters<typeof startTcp>[0]) => keep(await startTcp(serve));

beforeAll(async () => {
  certificates = await createCertificates();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((upstream) => upstream.close()));
});
afterAll(() => files.remove());

describe('the request', () => {
  it('is a GET that says who asks, with the trace of the run', async () => {
    const server = await http((_request, response) => response.end());
    expect(await look(probe({ url: `${server.url}a/b?c=d` }))).toMatchObject({
      outcome: 'HEALTHY',
      reason: { code: 'OK', message: 'answered 200' },
      latencyMs: expect.any(Number),
    });
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        path: '/a/b?c=d',
        body: '',
        headers: { 'user-agent': 'openk/0.0.0-test', traceparent: TRACEPARENT, accept: '*/*' },
      },
    ]);
  });

  it('has the configured method, headers and body, which win over its own headers', async () => {
    const server = await http((_request, response) => response.end());
    const headers = { 'User-Agent': 'mine', Traceparent: 'none', 'X-Key': 'k', Host: 'virtual.example' };
    expect(await verdict(probe({ url: server.url, method: 'POST', headers, body: '{"a":1}' }))).toBe('HEALTHY OK');
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'user-agent': 'mine', traceparent: 'none', 'x-key': 'k', host: 'virtual.example' },
      },
    ]);
  });

  it('turns credentials in the URL into an Authorization', async () => {
    const server = await http((_request, response) => response.end());
    await look(probe({ url: server.url.replace('//', '//me:p%40ss@') }));
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });
});

describe('connections', () => {
  it('are made anew for each run, as a new user does, and end with it', async () => {
    const server = await http((_request, response) => response.end('hello'));
    const subject = probe({ url: server.url });
    for (let run = 0; run < 3; run++) {
      const { phases } = await subject.run(probeRun());
      const ms = expect.any(Number);
      expect(phases).toEqual({ connectMs: ms, firstByteMs: ms, bodyMs: ms });
    }
    await server.idle();
    expect([server.requests.length, server.accepted]).toEqual([3, 3]);
    expect(server.requests[0]?.headers.connection).toBe('close');
    await subject.close();
  });

  it('tell expressions of the certificate and of phases, also those that are kept', async () => {
    const server = await http((_request, response) => response.end(), { tls: certificates.server });
    const expressions = ["certificate_expires_in > duration('1h')", 'tls_ms >= 0 && first_byte_ms >= 0'];
    const subject = probe({ url: server.url, tls: { insecureSkipVerify: true }, keepAlive: true, expect: expressions });
    for (let run = 0; run < 2; run++) {
      expect(await subject.run(probeRun())).toMatchObject({
        outcome: 'HEALTHY',
        certificateExpiresMs: expect.any(Number),
      });
    }
    expect(server.accepted).toBe(1);
    await subject.close();
    const plain = await http((_request, response) => response.end());
    const options = {
      url: plain.url,
      expect: ["certificate_expires_in == null || certificate_expires_in > duration('1h')"],
    };
    expect(await verdict(probe(options))).toBe('HEALTHY OK');
  });

  it('show that a listener is gone, though its old connections are served', async () => {
    const server = await http((_request, response) => response.end('hello'));
    const [fresh, kept] = [probe({ url: server.url }), probe({ url: server.url, keepAlive: true })];
    for (const subject of [fresh, kept]) expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await server.refuse();
    expect((await fresh.run(probeRun())).reason.code).toBe('CONNECTION_REFUSED');
    expect((await kept.run(probeRun())).outcome).toBe('HEALTHY');
    await fresh.close();
    await kept.close();
  });

  it('are kept where keep_alive says so, and gone once the probe is closed', async () => {
    const server = await http((_request, response) => response.end('hello'));
    const subject = probe({ url: server.url, keepAlive: true });
    for (let run = 0; run < 3; run++) await subject.run(probeRun());
    expect([server.requests.length, server.accepted, server.open]).toEqual([3, 1, 1]);
    await subject.close();
    await server.idle();
  });

  it('that ended in between are replaced, and the target is not blamed', async () => {
    // Each connection ends with its second request, unanswered, as when a server's keep-alive runs out just then.
    const server = await tcp((socket) => {
      let requests = 0;
      socket.on('data', () => {
        if (requests++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else socket.destroy();
      });
    });
    const subject = probe({ url: `http://${server.target}/`, keepAlive: true });
    expect((await subject.run(probeRun())).reason.evidence).toBeUndefined();
    expect(await subject.run(probeRun())).toMatchObject({
      outcome: 'HEALTHY',
      reason: { message: 'answered 200', evidence: 'asked again, since the kept connection had been closed' },
    });
    expect(server.accepted).toBe(2);
    await subject.close();
  });

  it.each([
    ['cut in the middle of the body', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha', 'CONNECTION_CLOSED', 1],
    ['cut after the first byte', 'GET', 'H', 'CONNECTION_CLOSED', 1],
    ['cut before the first byte', 'DELETE', '', 'HEALTHY', 2],
    ['cut before the first byte', 'POST', '', 'HEALTHY', 2],
    ['no HTTP', 'GET', '220 mail\r\n', 'PROTOCOL_ERROR', 1],
  ])(
    'that are kept hide no failure: the second answer on each is %s, after %s',
    async (_what, method, second, expected, accepted) => {
      const server = await tcp((socket) => {
        let requests = 0;
        socket.on('data', () => {
          if (requests++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          else socket.end(second);
        });
      });
      const subject = probe({ url: `http://${server.target}/`, method, keepAlive: true });
      expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
      const { outcome, reason } = await subject.run(probeRun());
      expect([outcome === 'HEALTHY' ? outcome : reason.code, server.accepted]).toEqual([expected, accepted]);
      await subject.close();
      await server.idle();
    },
  );

  it.each([
    ['says Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['is HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['says more than it announced', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more'],
  ])('are not kept where the server %s', async (_what, answer) => {
    const server = await tcp((socket) => socket.on('data', () => socket.write(answer)));
    const subject = probe({ url: `http://${server.target}/`, keepAlive: true });
    for (let run = 0; run < 2; run++) expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await server.idle();
    expect(server.accepted).toBe(2);
    await subject.close();
  });

  it('that are kept end when nobody has used them for long', async () => {
    const clock = createFakeClock();
    const server = await http((_request, response) => response.end('hello'));
    const subject = probe({ url: server.url, keepAlive: true }, probeContext({ clock }));
    await subject.run(probeRun());
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(90_000);
    await server.idle();
    await subject.close();
  });

  it('that are kept and spoken to by the server without being asked are given up', async () => {
    const server = await tcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', () =>
          setImmediate(() => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n')),
        );
      });
    });
    const subject = probe({ url: `http://${server.target}/`, keepAlive: true });
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await server.idle();
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await subject.close();
  });

  it('carry one request each where a repetition could do harm', async () => {
    const server = await http((_request, response) => response.end());
    const subject = probe({ url: server.url, method: 'POST', keepAlive: true });
    for (let run = 0; run < 2; run++) await subject.run(probeRun());
    expect(server.accepted).toBe(2);
    await subject.close();
    await server.idle();
  });

  it('leave no handle behind', async () => {
    const server = await http((_request, response) => response.end('hello'));
    const subject = probe({ url: server.url });
    const before = process.getActiveResourcesInfo().length;
    await subject.run(probeRun());
    await subject.close();
    await server.idle();
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });

  it('closes twice without harm, and before any run', async () => {
    const subject = probe({ url: 'http://localhost:1/' });
    await subject.close();
    await subject.close();
  });
});

describe('the status', () => {
  it.each([
    [200, [], 'HEALTHY OK'],
    [299, [], 'HEALTHY OK'],
    [302, [], 'UNHEALTHY UNEXPECTED_STATUS'],
    [503, [], 'UNHEALTHY UNEXPECTED_STATUS'],
    [503, ['503'], 'HEALTHY OK'],
    [204, ['200', '300-399'], 'UNHEALTHY UNEXPECTED_STATUS'],
    [301, ['200', '300-399'], 'HEALTHY OK'],
  ])('%i with %j expected is %s', async (status, expectedStatus, expected) => {
    const server = await http((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end());
    expect(await verdict(probe({ url: server.url, expectedStatus }))).toBe(expected);
    expect(server.requests).toHaveLength(1);
  });

  it('that is not expected is told', async () => {
    const server = await http((_request, response) => response.writeHead(503).end('secret'));
    const { reason } = await look(probe({ url: server.url, expectedStatus: ['200', '204-206'] }));
    expect(reason.message).toBe('answered 503, expected 200, 204-206');
  });
});

describe('expectations', () => {
  const server = () =>
    http((_request, response) => {
      response.setHeader('X-Version', '7').setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.end('{"state":"up","n":5,"list":[{"ok":true}]}');
    });

  it.each([
    'status == 200',
    'headers["x-version"] == "7"',
    'headers["set-cookie"] == "a=1, b=2"',
    'body.contains("up") && body.matches("^\\\\{")',
    'json.state == "up" && json.n == 5 && json.list.all(x, x.ok)',
    '!has(json.missing)',
    'latency_ms < 60000',
  ])('holds: %s', async (expression) => {
    expect(await verdict(probe({ url: (await server()).url, expect: [expression] }))).toBe('HEALTHY OK');
  });

  it.each([
    ['json.state == "down"', 'not true: json.state == "down"'],
    ['json.missing == 1', 'cannot be evaluated (there is no field missing): json.missing == 1'],
    ['headers["x-missing"] == "1"', 'cannot be evaluated (there is no field x-missing): headers["x-missing"] == "1"'],
    [
      'json.n + 1 == 6',
      "cannot be evaluated (found no matching overload for '_+_' applied to '(double, int)'): json.n + 1 == 6",
    ],
    ['int(body) == 1', 'cannot be evaluated (int() of a text that is no whole number): int(body) == 1'],
    ['json.state', 'neither true nor false: json.state'],
  ])('fails: %s', async (expression, message) => {
    const { outcome, reason } = await look(probe({ url: (await server()).url, expect: ['true', expression] }));
    expect({ outcome, reason }).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'EXPECTATION_FAILED', message },
    });
  });

  it.each(['json.state == "up"', '!has(json.error)', 'status == 200 && json.ok'])(
    'over json fail where the body is none: %s',
    async (expression) => {
      const page = await http((_request, response) => response.end('<html>'));
      const { reason } = await look(probe({ url: page.url, expect: [expression] }));
      expect(reason.message).toBe(`cannot be evaluated (the body is no JSON): ${expression}`);
    },
  );

  it('survive JSON that is nested too deep', async () => {
    const deep = await http((_request, response) => response.end(`${'['.repeat(200_000)}${']'.repeat(200_000)}`));
    expect(await verdict(probe({ url: deep.url, expect: ['json == json'] }))).toBe('UNHEALTHY EXPECTATION_FAILED');
  });
});

describe('a large body', () => {
  const MEBIBYTE = 1024 * 1024;
  const large = (bytes: number) => http((_request, response) => response.end(Buffer.alloc(bytes, 'a')));

  it.each([
    ['the bound itself is read whole', MEBIBYTE, 'size(body) == 1048576', 'HEALTHY OK'],
    ['10 MB are cut, and have no size', 10 * MEBIBYTE, 'size(body) == 1048576', 'UNHEALTHY EXPECTATION_FAILED'],
    ['10 MB are no JSON', 10 * MEBIBYTE, 'json == 1', 'UNHEALTHY EXPECTATION_FAILED'],
  ])('%s', async (_what, bytes, expression, expected) => {
    const server = await large(bytes);
    expect(await verdict(probe({ url: server.url, expect: [expression] }))).toBe(expected);
    await server.idle();
  });

  it('without end is cut, and its connection given up', async () => {
    const server = await http((_request, response) => {
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', more);
      more();
    });
    const subject = probe({ url: server.url });
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await server.idle();
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await subject.close();
  });
});

describe('redirects', () => {
  const redirecting = (status: number, location: string) =>
    http((request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(status, { location }).end('moved');
    });

  it.each([301, 302, 303, 307, 308])('%i is followed, over the same connection where it is kept', async (status) => {
    const server = await redirecting(status, '/end');
    const init = { url: server.url, followRedirects: 1, expect: ['body == "end"'] };
    expect(await verdict(probe({ ...init, keepAlive: true }))).toBe('HEALTHY OK');
    expect(server.accepted).toBe(1);
    expect(await verdict(probe(init))).toBe('HEALTHY OK');
    expect(server.accepted).toBe(3);
  });

  it.each([
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'data'],
    [302, 'PUT', 'PUT', 'data'],
  ])('%i turns %s into %s', async (status, method, expected, body) => {
    const server = await redirecting(status, '/end');
    const headers = { 'content-type': 'text/plain', 'x-key': 'k' };
    await look(probe({ url: server.url, followRedirects: 1, method, headers, body: 'data' }));
    expect(server.requests[1]).toMatchObject({ method: expected, body, headers: { 'x-key': 'k' } });
    expect(server.requests[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  it('take no credentials to another origin', async () => {
    const other = await http((_request, response) => response.end());
    const server = await redirecting(302, `${other.url.replace('//', '//them:theirs@')}end`);
    const headers = { Cookie: 'c', 'X-Api-Key': 'k', 'Accept-Language': 'de', Host: 'virtual.example' };
    const url = server.url.replace('//', '//me:pass@');
    expect(await verdict(probe({ url, headers, followRedirects: 3 }))).toBe('HEALTHY OK');
    expect(server.requests[0]?.headers).toMatchObject({ cookie: 'c', 'x-api-key': 'k' });
    const seen = other.requests[0]?.headers ?? {};
    expect(Object.keys(seen).sort()).toEqual(
      ['accept', 'accept-language', 'connection', 'host', 'traceparent', 'user-agent'].sort(),
    );
    expect(seen.host).toBe(other.target);
  });

  it.each([
    ['a loop', '/', 5, 'TOO_MANY_REDIRECTS', /redirects in a loop$/],
    ['no place for HTTP', 'file:///etc/passwd', 5, 'PROTOCOL_ERROR', /redirects to something that is no HTTP URL$/],
    ['no URL', 'http://[', 5, 'PROTOCOL_ERROR', /redirects to something that is no HTTP URL$/],
  ])('that lead to %s', async (_what, location, followRedirects, code, message) => {
    const server = await redirecting(302, location);
    const { outcome, reason } = await look(probe({ url: server.url, followRedirects }));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: { code, message: expect.stringMatching(message) },
    });
  });

  it('are bounded', async () => {
    const server = await http((request, response) => response.writeHead(302, { location: `${request.url}x` }).end());
    const { reason } = await look(probe({ url: server.url, followRedirects: 3 }));
    expect(reason).toEqual({ code: 'TOO_MANY_REDIRECTS', message: 'more than 3 redirects' });
    expect(server.requests).toHaveLength(4);
  });

  it('without a Location are the answer', async () => {
    const server = await http((_request, response) => response.writeHead(302).end());
    expect(await verdict(probe({ url: server.url, followRedirects: 1, expectedStatus: ['302'] }))).toBe('HEALTHY OK');
  });
});

describe('cookies', () => {
  it('of a login that redirects to itself come back, and stay with their host', async () => {
    const other = await http((_request, response) => response.end());
    const server = await http((request, response) => {
      if (request.url === '/away')
        response.writeHead(302, { location: other.url.replace('localhost', '127.0.0.1') }).end();
      else if (request.headers.cookie === undefined) {
        response.writeHead(302, { location: request.url, 'set-cookie': 'sid=1; Path=/; HttpOnly' }).end();
      } else response.writeHead(302, { location: '/away' }).end();
    });
    const subject = probe({ url: server.url, followRedirects: 5 });
    for (let run = 0; run < 2; run++) expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await subject.close();
    // None of the first run is left for the second.
    expect(server.requests.map(({ headers }) => headers.cookie)).toEqual([
      undefined,
      'sid=1',
      'sid=1',
      undefined,
      'sid=1',
      'sid=1',
    ]);
    expect(other.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  it('that are set again and again end as a loop, and others are bounded', async () => {
    const same = await http((_request, response) =>
      response.writeHead(302, { location: '/', 'set-cookie': 'a=1' }).end(),
    );
    expect((await look(probe({ url: same.url, followRedirects: 20 }))).reason.message).toMatch(/in a loop$/);
    expect(same.requests).toHaveLength(2);
    let count = 0;
    const other = await http((_request, response) =>
      response.writeHead(302, { location: '/', 'set-cookie': `a=${count++}` }).end(),
    );
    expect((await look(probe({ url: other.url, followRedirects: 7 }))).reason.message).toBe('more than 7 redirects');
    expect(other.requests).toHaveLength(8);
  });

  it('go beside the configured ones', async () => {
    const server = await http((request, response) => {
      if (request.url === '/end') response.end();
      else response.writeHead(302, { location: '/end', 'set-cookie': 'b=2' }).end();
    });
    await look(probe({ url: server.url, followRedirects: 1, headers: { Cookie: 'a=1' } }));
    expect(server.requests[1]?.headers.cookie).toBe('a=1; b=2');
  });
});

describe('what came', () => {
  const failing = async (status: number, headers: Record<string, string>, body: string, init: Options = {}) => {
    const server = await http((_request, response) => response.writeHead(status, headers).end(body));
    return (await look(probe({ ...init, url: `${server.url}${init.url ?? ''}` }))).reason;
  };

  it.each<[string, number, Record<string, string>, string, Options, string | undefined]>([
    ['where a redirect leads', 302, { location: '/login' }, '', {}, 'Location: /login'],
    [
      'without what may be secret in it',
      302,
      { location: 'https://me:pw@sso.example/in?token=abc#frag' },
      '',
      {},
      'Location: https://sso.example/in?…',
    ],
    [
      'without what the configuration holds',
      302,
      { location: '/hunter22/x' },
      '',
      { headers: { 'x-key': 'hunter22' } },
      'Location: /[redacted]/x',
    ],
    ['the beginning of a body that may be shown', 503, {}, 'db\nis down', { showBody: true }, 'body: db is down'],
    ['not of one that may not', 503, {}, 'db is down', {}, undefined],
    [
      'without secrets',
      500,
      {},
      'bad key hunter22!',
      { showBody: true, headers: { 'x-key': 'hunter22' } },
      'body: bad key [redacted]!',
    ],
    ['bounded', 500, {}, 'x'.repeat(5000), { showBody: true }, `body: ${'x'.repeat(119)}…`],
  ])('is shown: %s', async (_what, status, headers, body, init, evidence) => {
    const reason = await failing(status, headers, body, init);
    expect(reason.message).toBe(`answered ${status}, expected 200-299`);
    expect(reason.evidence).toBe(evidence);
  });

  it('is decoded first', async () => {
    const server = await http((_request, response) =>
      response.writeHead(503, { 'content-encoding': 'gzip' }).end(gzipSync('no space left')),
    );
    expect((await look(probe({ url: server.url, showBody: true }))).reason.evidence).toBe('body: no space left');
  });
});

describe('an address that is denied', () => {
  const denying = (...networks: string[]) => {
    const list = blockListOf(networks);
    const dialer = createDialer({ clock: systemClock, lookup: createLookup(), denied: () => list });
    return probeContext({ dialer });
  };

  it('is not asked, also where a redirect leads there', async () => {
    const other = await http((_request, response) => response.end());
    const server = await http((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.2:${other.port}/` }).end(),
    );
    const { outcome, reason } = await look(probe({ url: server.url, followRedirects: 3 }, denying('127.0.0.2')));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: {
        code: 'ADDRESS_DENIED',
        message: `the address of 127.0.0.2:${other.port} is in probes.deny_addresses: take it out there, or ask another target`,
        evidence: '127.0.0.2',
      },
    });
    expect(await verdict(probe({ url: server.url }, denying('127.0.0.0/8', '::1')))).toBe('UNHEALTHY ADDRESS_DENIED');
  });
});

describe('latency', () => {
  it.each([
    [300, 'HEALTHY OK', 'answered 200'],
    [301, 'DEGRADED SLOW', 'answered 200, slower than 300 ms'],
  ])('of %i ms with degraded_above 300 ms', async (tookMs, expected, message) => {
    const clock = createFakeClock();
    const server = await http((_request, response) => void clock.advance(tookMs).then(() => response.end()));
    const subject = probe({ url: server.url, degradedAbove: durationFromMs(300) }, probeContext({ clock }));
    const { outcome, reason, latencyMs } = await look(subject);
    expect(`${outcome} ${reason.code}`).toBe(expected);
    expect(reason.message).toBe(message);
    expect(latencyMs).toBe(tookMs);
  });
});

describe('a target that fails', () => {
  it('refuses', async () => {
    const port = await unusedPort();
    const { outcome, reason } = await look(probe({ url: `http://me:secret@127.0.0.1:${port}/?key=secret` }));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: { code: 'CONNECTION_REFUSED', message: `127.0.0.1:${port} refused the connection` },
    });
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['closes at once', (socket) => socket.end(), 'CONNECTION_CLOSED'],
    ['closes after the request', (socket) => socket.once('data', () => socket.end()), 'CONNECTION_CLOSED'],
    ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'CONNECTION_RESET'],
    ['speaks something else', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 'PROTOCOL_ERROR'],
    ['sends noise', (socket) => socket.write(Buffer.alloc(70_000, 0xfe)), 'PROTOCOL_ERROR'],
    [
      'sends headers without end',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
      'PROTOCOL_ERROR',
    ],
    [
      'closes in the middle of the body',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
      'CONNECTION_CLOSED',
    ],
    [
      'closes in the middle of a chunk',
      (socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf')),
      'CONNECTION_CLOSED',
    ],
  ])('%s', async (_what, serve, code) => {
    const server = await tcp(serve);
    const subject = probe({ url: `http://${server.target}/` });
    expect(await subject.run(probeRun())).toMatchObject({ outcome: 'UNHEALTHY', reason: { code } });
    // And again, since nothing of the failure may stick.
    expect(await subject.run(probeRun())).toMatchObject({ outcome: 'UNHEALTHY', reason: { code } });
    await subject.close();
    await server.idle();
  });

  it('half-closed, but answered: the answer counts', async () => {
    const server = await tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end')));
    const subject = probe({ url: `http://${server.target}/`, expect: ['body == "until the end"'] });
    expect(await verdict(subject)).toBe('HEALTHY OK');
  });
});

describe('an answer that ends only with its connection', () => {
  it.each([
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nbeginning'],
    ['HTTP/1.1', 'HTTP/1.1 200 OK\r\n\r\nbeginning'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['a coded body', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b'],
  ])('and goes on beyond the deadline is a TIMEOUT of its component alone: %s', async (_what, answer) => {
    const connections: Socket[] = [];
    const server = await tcp((socket) => {
      connections.push(socket);
      socket.once('data', () => socket.write(Buffer.from(answer, 'latin1')));
    });
    const clock = createFakeClock();
    const subject = probe({ url: `http://${server.target}/`, expect: ['body == "x"'] });
    const defects: unknown[] = [];
    const result = runProbe(subject, {
      timeoutMs: 2000,
      clock,
      cancel: new AbortController().signal,
      traceHeaders: { traceparent: TRACEPARENT },
      onDefect: (error) => defects.push(error),
    });
    await server.acceptedAtLeast(1);
    await once(connections[0]!, 'data');
    await clock.advance(2000);
    const { kind, settled } = await result;
    expect(kind).toBe('timed-out');
    await settled;
    await server.idle();
    // Nothing came out of the socket after that, or jest would say so.
    expect(defects).toEqual([]);
    await subject.close();
  });
});

describe('the end of a run', () => {
  it.each([
    ['before any answer', ''],
    ['in the middle of the headers', 'HTTP/1.1 200 OK\r\nX-'],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('%s rejects with the reason of the signal, and leaves nothing', async (_when, beginning) => {
    let controller = new AbortController();
    let reason: Error = new DeadlineExceeded('too late');
    const server = await tcp((socket) =>
      socket.once('data', () => socket.write(beginning, () => setImmediate(() => controller.abort(reason)))),
    );
    const subject = probe({ url: `http://${server.target}/` });
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
    reason = new Cancelled('no longer wanted');
    controller = new AbortController();
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
    await subject.close();
  });

  it('in the middle of the TLS handshake', async () => {
    const server = await tcp();
    const controller = new AbortController();
    const subject = probe({ url: `https://${server.target}/` });
    const run = subject.run(probeRun(controller.signal));
    await server.acceptedAtLeast(1);
    const reason = new DeadlineExceeded('too late');
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await server.idle();
    await subject.close();
  });

  it('before it began asks nothing', async () => {
    const server = await http((_request, response) => response.end());
    const reason = new Cancelled('no longer wanted');
    const subject = probe({ url: server.url });
    await expect(subject.run(probeRun(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(server.accepted).toBe(0);
    await subject.close();
  });

  it('is no hindrance to the next run', async () => {
    let answers = false;
    const controller = new AbortController();
    const server = await http((_request, response) => {
      if (answers) response.end();
      else controller.abort(new DeadlineExceeded('too late'));
    });
    const subject = probe({ url: server.url });
    await expect(subject.run(probeRun(controller.signal))).rejects.toThrow('too late');
    answers = true;
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await subject.close();
    await server.idle();
  });
});

describe('TLS', () => {
  const ok: Parameters<typeof startHttp>[0] = (_request, response) => void response.end('ok');
  const identity = () => ({
    certFile: files.write('client.pem', certificates.client.cert),
    keyFile: files.write('client.key', certificates.client.key),
  });
  const tls = () => ({ caFile: files.write('ca.pem', certificates.ca) });

  it('trusts the authorities in ca_file, by name and by address', async () => {
    const server = await http(ok, { tls: certificates.server });
    expect(await verdict(probe({ url: server.url, tls: tls() }))).toBe('HEALTHY OK');
    const byAddress = server.url.replace('localhost', '127.0.0.1');
    expect(await verdict(probe({ url: byAddress, tls: tls() }))).toBe('HEALTHY OK');
  });

  it.each([
    ['expiredServer', 'TLS_EXPIRED'],
    ['wrongNameServer', 'TLS_WRONG_NAME'],
    ['untrustedServer', 'TLS_UNTRUSTED'],
  ] as const)('%s is %s, unless verification is off', async (identity, code) => {
    const server = await http(ok, { tls: certificates[identity] });
    const subject = probe({ url: server.url, tls: tls() });
    expect(await subject.run(probeRun())).toMatchObject({ outcome: 'UNHEALTHY', reason: { code } });
    await subject.close();
    await server.idle();
    expect(await verdict(probe({ url: server.url, tls: { insecureSkipVerify: true } }))).toBe('HEALTHY OK');
  });

  it('does not trust the test authority by itself', async () => {
    const server = await http(ok, { tls: certificates.server });
    expect(await verdict(probe({ url: server.url }))).toBe('UNHEALTHY TLS_UNTRUSTED');
  });

  it('verifies server_name instead of the host', async () => {
    const server = await http(ok, { tls: certificates.wrongNameServer });
    const subject = probe({ url: server.url, tls: { ...tls(), serverName: 'wrong.example' } });
    expect(await verdict(subject)).toBe('HEALTHY OK');
  });

  it('shows a client certificate where one is configured', async () => {
    const server = await http(ok, { tls: { ...certificates.server, ca: certificates.ca, requestCert: true } });
    expect(await verdict(probe({ url: server.url, tls: { ...tls(), ...identity() } }))).toBe('HEALTHY OK');
    expect(await verdict(probe({ url: server.url, tls: tls() }))).toMatch(
      /^UNHEALTHY (TLS_FAILED|CONNECTION_(CLOSED|RESET))$/,
    );
  });

  it('has neither server_name nor client certificate for the host that a redirect leads to', async () => {
    const shown: unknown[] = [];
    const asking = { requestCert: true, rejectUnauthorized: false };
    const other = await http(
      (request, response) => {
        shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
        response.end();
      },
      { tls: { ...certificates.server, ...asking } },
    );
    const server = await http(
      (request, response) => {
        shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
        response.writeHead(302, { location: other.url.replace('localhost', '127.0.0.1') }).end();
      },
      { tls: { ...certificates.wrongNameServer, ...asking } },
    );
    const own = { ...tls(), ...identity(), serverName: 'wrong.example' };
    expect(await verdict(probe({ url: server.url, tls: own, followRedirects: 1 }))).toBe('HEALTHY OK');
    expect(shown).toEqual(['test-client', undefined]);
  });

  it('reads headers in UTF-8 over HTTP/2 as over HTTP/1.1: redirects lead where they say', async () => {
    const written = (text: string) => Buffer.from(text).toString('latin1');
    const server = await http(
      (request, response) => {
        response.statusCode = request.url === '/' ? 302 : 200;
        if (request.url === '/') response.setHeader('location', written('/zürich'));
        response.setHeader('x-city', written('Zürich'));
        response.setHeader('set-cookie', written('city=Zürich'));
        response.end();
      },
      { tls: certificates.server, http2: true },
    );
    const expected = ["headers['x-city'] == 'Zürich'", "headers['set-cookie'] == 'city=Zürich'"];
    const subject = probe({ url: server.url, tls: tls(), followRedirects: 1, expect: expected });
    expect(await verdict(subject)).toBe('HEALTHY OK');
    expect(server.requests.map(({ path, version }) => [path, version])).toEqual([
      ['/', '2.0'],
      ['/z%C3%BCrich', '2.0'],
    ]);
  });

  it('says what OpenSSL finds wrong with a certificate where Node has no word for it', async () => {
    const server = await http(ok, { tls: await certificates.issueServer({ criticalExtension: '1.2.3.4' }) });
    const { outcome, reason } = await look(probe({ url: server.url, tls: tls() }));
    expect([outcome, reason.code, reason.message]).toEqual([
      'UNHEALTHY',
      'TLS_UNTRUSTED',
      `a certificate of ${server.target} cannot be verified: unhandled critical extension`,
    ]);
  });

  it('takes HTTP/2 where the server speaks nothing else, and keeps its connection where keep_alive says so', async () => {
    const server = await http(ok, { tls: { ...certificates.server, ALPNProtocols: ['h2'] }, http2: true });
    const subject = probe({ url: server.url, tls: tls(), expect: ['body == "ok"'], keepAlive: true });
    for (let run = 0; run < 2; run++) expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    expect(server.requests.map(({ version }) => version)).toEqual(['2.0', '2.0']);
    expect(server.accepted).toBe(1);
    await subject.close();
    await server.idle();
  });

  it('gives an HTTP/2 connection up that did not answer in time', async () => {
    const controller = new AbortController();
    const reason = new DeadlineExceeded('too late');
    const server = await http(() => controller.abort(reason), {
      tls: { ...certificates.server, ALPNProtocols: ['h2'] },
      http2: true,
    });
    const subject = probe({ url: server.url, tls: tls() });
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
    await subject.close();
  });

  it('is asked of a server that has none', async () => {
    const server = await http(ok);
    const subject = probe({ url: server.url.replace('http:', 'https:') });
    expect(await verdict(subject)).toBe('UNHEALTHY TLS_FAILED');
  });
});

describe('the options', () => {
  it('name the host', () => {
    const host = (url: string) => httpProbe.host(options({ url }));
    expect(host('http://me:pass@API.Example:8080/x')).toBe('api.example');
    expect(host('https://[::1]:8443/')).toBe('::1');
  });

  it.each<[string, Options, unknown[]]>([
    ['nothing is wrong', { expectedStatus: ['200', '200-299'], expect: ['json.ok'] }, []],
    [
      'an upside-down range',
      { expectedStatus: ['200', '299-200'] },
      [{ path: ['expected_status', 1], message: 'is upside down: write 200-299' }],
    ],
    [
      'CEL that does not parse',
      { expect: ['true', 'status =='] },
      [{ path: ['expect', 1], message: 'does not compile, at 1:8' }],
    ],
    [
      'an unknown name',
      { expect: ['stauts == 200'] },
      [
        {
          path: ['expect', 0],
          message:
            'does not compile: it names what there is not; there are status, headers, body, json, latency_ms, certificate_expires_in, dns_ms, connect_ms, tls_ms, first_byte_ms, body_ms',
        },
      ],
    ],
    [
      'an unknown function',
      { expect: ['body.beginsWith("a")'] },
      [{ path: ['expect', 0], message: 'does not compile: it calls a function that there is not' }],
    ],
    ...['1 + 1', 'status', '"up"', 'size(body)', '[true]', '{"up": true}'].map(
      (expression): [string, Options, unknown[]] => [
        `an expression without a truth value: ${expression}`,
        { expect: [expression] },
        [{ path: ['expect', 0], message: 'is never true: it has no truth value, write a comparison' }],
      ],
    ),
    ['expressions that may be true', { expect: ['json', 'json.up', 'size(body) > 0', '!json.down', 'true'] }, []],
    [
      'a header of the connection',
      { headers: { Connection: 'close' } },
      [{ path: ['headers', 'Connection'], message: 'cannot be set: the connection needs it' }],
    ],
    [
      'a header with a line break',
      { headers: { 'X-A': 'a\r\nb: c' } },
      [{ path: ['headers', 'X-A'], message: 'has a character that a header value cannot have' }],
    ],
    [
      'CONNECT',
      { method: 'CONNECT' },
      [{ path: ['method'], message: 'CONNECT asks for a tunnel, which cannot be probed' }],
    ],
    ['a URL that is none', { url: 'http://a:99999/' }, [{ path: ['url'], message: 'is not a valid URL' }]],
    [
      'a file that is not there',
      { tls: { caFile: '/nowhere/ca.pem' } },
      [{ path: ['tls', 'ca_file'], message: 'does not exist' }],
    ],
    [
      'a certificate without key',
      { tls: { certFile: '/nowhere/c.pem' } },
      [
        { path: ['tls', 'key_file'], message: 'is missing: cert_file needs it' },
        { path: ['tls', 'cert_file'], message: 'does not exist' },
      ],
    ],
  ])('are checked: %s', (_what, init, faults) => {
    const subject = options({ url: 'http://localhost/', ...init });
    expect(httpProbe.check(subject)).toEqual(faults);
    if (faults.length > 0) expect(() => httpProbe.create(subject, probeContext())).toThrow(/^http\./);
  });
});
