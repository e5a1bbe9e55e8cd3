import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { httpProbe } from '../../src/probes/http.ts';
import { AnswerReader } from '../../src/probes/http1-answer.ts';
import { look, probeContext } from '../support/probe-run.ts';
import { startTcp, type Upstream } from '../support/upstreams/tcp.ts';

const started: Upstream[] = [];
const LIMITS = { maxHeaderBytes: 65_536, maxBodyBytes: 2 ** 20 };
const OK = 'HTTP/1.1 200 OK\r\n';
const BODY = 'Content-Length: 2\r\n\r\nok';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');

/** Answers with these bytes, and closes its side. */
async function observe(answer: string | Buffer, init: MessageInitShape<typeof HttpProbeSchema> = {}) {
  const bytes = typeof answer === 'string' ? bytesOf(answer) : answer;
  const server = await startTcp((socket) => socket.once('data', () => socket.end(bytes)));
  started.push(server);
  const options = create(HttpProbeSchema, { url: `http://${server.target}/`, ...init });
  const observation = await look(httpProbe.create(options, probeContext()));
  await server.idle();
  return observation;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

/** What clients in use take. */
const TAKEN: readonly (readonly [what: string, answer: string])[] = [
  ['100 that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${OK}${BODY}`],
  ['102, many of them', `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50)}${OK}${BODY}`],
  [
    '103 with headers of its own',
    `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Length: 9\r\n\r\n${OK}${BODY}`,
  ],
  ['199, of which nobody has heard', `HTTP/1.1 199 Soon\r\n\r\n${OK}${BODY}`],
  ['a folded header', `${OK}X-A: a\r\n  b\r\n\tc\r\n${BODY}`],
  ['a folded header with nothing in its first line', `${OK}X-A:\r\n a\r\n${BODY}`],
  ['white space before the first header', `${OK} X-A: a\r\n${BODY}`],
  ['one header of 20,000 bytes', `${OK}X-A: ${'a'.repeat(20_000)}\r\n${BODY}`],
  ['3,000 headers', `${OK}${'X-A: b\r\n'.repeat(3000)}${BODY}`],
  ['a control character in a cookie', `${OK}Set-Cookie: a=\x01b\r\n${BODY}`],
  ['NUL in a header', `${OK}X-A: a\x00b\r\n${BODY}`],
  ['bytes above ASCII in a header', `${OK}X-A: \xe4\xf6\r\n${BODY}`],
  ['a space before the colon', `${OK}Server : x\r\nContent-Length : 2\r\n\r\nok`],
  ['a name that is no token', `${OK}X(A)/b: a\r\n${BODY}`],
  ['no space after the colon', `${OK}Content-Length:2\r\n\r\nok`],
  ['LF alone', `HTTP/1.1 200 OK\nX-A: b\nContent-Length: 2\n\nok`],
  ['LF and CR LF mixed', `HTTP/1.1 200 OK\nX-A: b\r\nContent-Length: 2\n\r\nok`],
  ['CR alone in a value', `${OK}X-A: a\rb\r\n${BODY}`],
  ['no reason phrase', `HTTP/1.1 200\r\n${BODY}`],
  ['an empty reason phrase', `HTTP/1.1 200 \r\n${BODY}`],
  ['a reason phrase above ASCII', `HTTP/1.1 200 Gr\xfc\xdf\r\n${BODY}`],
  ['two spaces before the status', `HTTP/1.1  200 OK\r\n${BODY}`],
  ['lower case', `http/1.1 200 ok\r\ncontent-length: 2\r\n\r\nok`],
  ['HTTP/1.0, until its end', `HTTP/1.0 200 OK\r\n\r\nok`],
  ['HTTP/1.1, until its end', `${OK}\r\nok`],
  ['a version of one digit', `HTTP/1 200 OK\r\n${BODY}`],
  ['ICY', `ICY 200 OK\r\n\r\nok`],
  ['empty lines before it', `\r\n\n${OK}${BODY}`],
  ['two equal Content-Lengths', `${OK}Content-Length: 2\r\n${BODY}`],
  ['a list of equal Content-Lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`],
  ['more than the Content-Length', `${OK}${BODY} and more`],
  ['chunks and a Content-Length', `${OK}Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['extensions of chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n1;a=b;c="d"\r\no\r\n1 ; x\r\nk\r\n0;last\r\n\r\n`],
  ['trailers', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: b\r\n\r\n`],
  ['chunks with LF alone', `${OK}Transfer-Encoding: chunked\n\n2\nok\n0\n\n`],
  ['chunks with zeros and capitals', `${OK}Transfer-Encoding: Chunked\r\n\r\n0002\r\nok\r\n00\r\n\r\n`],
  ['chunks without the last empty line', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`],
  ['chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['Transfer-Encoding: identity', `${OK}Transfer-Encoding: identity\r\n${BODY}`],
  ['an offer to upgrade', `${OK}Connection: Upgrade\r\nUpgrade: h2c\r\n${BODY}`],
];

describe('an answer is taken', () => {
  it.each(TAKEN)('%s', async (_what, answer) => {
    const { outcome, reason } = await observe(answer, { expect: ['body == "ok"'] });
    expect([outcome, reason.message, reason.evidence]).toEqual(['HEALTHY', 'answered 200', undefined]);
  });

  it.each(TAKEN)('in whatever pieces it comes: %s', (_what, answer) => {
    for (const size of [1, 2, 3, 7]) {
      const reader = new AnswerReader('GET', LIMITS);
      const bytes = bytesOf(answer);
      for (let at = 0; at < bytes.length && !reader.done; at += size) reader.feed(bytes.subarray(at, at + size));
      reader.end();
      expect([reader.head?.status, reader.body().toString()]).toEqual([200, 'ok']);
    }
  });

  it.each([
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n'],
    ['a HEAD', 'HEAD', `${OK}Content-Length: 1000\r\n\r\n`],
    ['a HEAD of something chunked', 'HEAD', `${OK}Transfer-Encoding: chunked\r\n\r\n`],
    ['a HEAD of something coded', 'HEAD', `${OK}Content-Encoding: gzip\r\n\r\n`],
  ])('without a body: %s', async (_what, method, answer) => {
    const { outcome } = await observe(answer, { method, expectedStatus: ['200-399'], expect: ['body == ""'] });
    expect(outcome).toBe('HEALTHY');
  });

  it.each([
    ['a folded one', `X-A: a\r\n  b\r\n\tc`, 'a b c'],
    ['with CR and NUL', `X-A: a\rb\0c`, 'a b c'],
    ['a repeated one', `X-A: a\r\nx-a: b`, 'a, b'],
    ['in UTF-8', `X-A: ${Buffer.from('für').toString('latin1')}`, 'für'],
    ['in Latin-1', `X-A: f\xfcr`, 'für'],
    ['with a space before its colon', `X-A : a`, 'a'],
  ])('with the headers as they are meant: %s', async (_what, lines, value) => {
    const { outcome } = await observe(`${OK}${lines}\r\n${BODY}`, { expect: [`headers['x-a'] == '${value}'`] });
    expect(outcome).toBe('HEALTHY');
  });
});

describe('an answer is refused, with what was wrong with it', () => {
  it.each([
    ['something else', 'SSH-2.0-OpenSSH_9.6\r\n', 'it does not begin as HTTP does', '"SSH-2.0-OpenSSH_9.6"'],
    ['a page without a head', '<html>hello</html>', 'it does not begin as HTTP does', '"<html>hello</html>"'],
    ['TLS', '\x15\x03\x01\x00\x02\x02\x28', 'it does not begin as HTTP does', '" ("'],
    ['HTTP without a status', 'HTTP/1.1 OK\r\n\r\n', 'it does not begin as HTTP does', '"HTTP/1.1 OK"'],
    ['a status of four digits', `HTTP/1.1 2000 OK\r\n${BODY}`, 'it does not begin as HTTP does', '"HTTP/1.1 2000 OK"'],
    ['a status below 100', `HTTP/1.1 099 OK\r\n${BODY}`, 'its status is no number from 100 on', '"HTTP/1.1 099 OK"'],
    [
      '101',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
      'it switches to another protocol, which nobody asked for',
      undefined,
    ],
    ['a line without a colon', `${OK}garbage\r\n${BODY}`, 'a header line has no colon', '"garbage"'],
    ['a header without a name', `${OK}: a\r\n${BODY}`, 'a header has no name', '": a"'],
    [
      'headers that are too large',
      `${OK}X: ${'a'.repeat(70_000)}`,
      'its headers are larger than max_headers',
      'more than 65536 bytes',
    ],
    [
      'interim answers without end',
      'HTTP/1.1 103 Early\r\n\r\n'.repeat(5000),
      'its headers are larger than max_headers',
      'more than 65536 bytes',
    ],
    [
      'trailers without end',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(20_000)}`,
      'its headers are larger than max_headers',
      'more than 65536 bytes',
    ],
    [
      'Content-Lengths that differ',
      `${OK}Content-Length: 3\r\n${BODY}`,
      'its Content-Lengths contradict each other',
      '"3, 2"',
    ],
    [
      'a Content-Length that is no number',
      `${OK}Content-Length: +2\r\n\r\nok`,
      'its Content-Length is no number',
      '"+2"',
    ],
    [
      'a chunk without a size',
      `${OK}Transfer-Encoding: chunked\r\n\r\nok\r\n`,
      'the size of a chunk is no number',
      '"ok"',
    ],
    [
      'a chunk that is too long',
      `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n`,
      'a chunk is longer than it says',
      undefined,
    ],
    [
      'a chunk whose line never ends',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`,
      'a chunk has a line without end',
      undefined,
    ],
  ])('%s', async (_what, answer, fault, evidence) => {
    const { outcome, reason } = await observe(answer);
    expect([outcome, reason.code]).toEqual(['UNHEALTHY', 'PROTOCOL_ERROR']);
    expect(reason.message).toMatch(new RegExp(`^localhost:\\d+ answered with something that is not valid: ${fault}$`));
    expect(reason.evidence).toBe(evidence);
  });

  it.each([
    ['before its first byte', '', undefined],
    ['in the first line', 'HTTP/1.1 2', 'in the first line'],
    ['in the headers', `${OK}X-A: b\r\n`, 'in the middle of the headers'],
    ['in the body', `${OK}Content-Length: 5\r\n\r\nok`, 'after 2 of 5 bytes of the body'],
    [
      'in a chunk',
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nok`,
      'after 2 bytes of the body, before its last chunk',
    ],
    [
      'between chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`,
      'after 2 bytes of the body, before its last chunk',
    ],
  ])('that was cut: %s', async (_what, answer, evidence) => {
    const { reason } = await observe(answer);
    expect([reason.code, reason.evidence]).toEqual(['CONNECTION_CLOSED', evidence]);
  });

  it('and holds no secret that came back', async () => {
    const { reason } = await observe(`${OK}your key is hunter22\r\n${BODY}`, { headers: { 'x-key': 'hunter22' } });
    expect(reason.evidence).toBe('"your key is [redacted]"');
  });

  it('at the bounds that are configured', async () => {
    const answer = `${OK}X-A: ${'a'.repeat(2000)}\r\n${BODY}`;
    expect((await observe(answer, { maxHeaders: 1024 })).reason.evidence).toBe('more than 1024 bytes');
    expect((await observe(answer, { maxHeaders: 4096 })).outcome).toBe('HEALTHY');
  });
});

describe('a body', () => {
  const JSON_TEXT = '{"status":"up"}';
  const coded = (coding: string, body: Buffer) =>
    Buffer.concat([bytesOf(`${OK}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
  const chunked = (headers: string, body: Buffer) =>
    Buffer.concat([bytesOf(`${OK}${headers}\r\n\r\n${body.length.toString(16)}\r\n`), body, bytesOf('\r\n0\r\n\r\n')]);

  it.each([
    ['gzip', gzipSync(JSON_TEXT)],
    ['GZIP', gzipSync(JSON_TEXT)],
    ['x-gzip', gzipSync(JSON_TEXT)],
    ['deflate', deflateSync(JSON_TEXT)],
    ['deflate', deflateRawSync(JSON_TEXT)],
    ['br', brotliCompressSync(JSON_TEXT)],
    ['zstd', zstdCompressSync(JSON_TEXT)],
    ['identity', Buffer.from(JSON_TEXT)],
    ['none', Buffer.from(JSON_TEXT)],
    ['', Buffer.from(JSON_TEXT)],
    ['deflate, gzip', gzipSync(deflateSync(JSON_TEXT))],
    ['br, identity, gzip', gzipSync(brotliCompressSync(JSON_TEXT))],
  ])('with the coding "%s" is decoded', async (coding, body) => {
    expect((await observe(coded(coding, body), { expect: ['json.status == "up"'] })).outcome).toBe('HEALTHY');
  });

  it('with a coding of its transfer is decoded', async () => {
    const answer = chunked('Transfer-Encoding: gzip, chunked', gzipSync(JSON_TEXT));
    expect((await observe(answer, { expect: ['json.status == "up"'] })).outcome).toBe('HEALTHY');
  });

  it.each([
    [
      'a coding that is not known',
      coded('compress', Buffer.from('xx')),
      /the content coding compress, which is not known/,
    ],
    ['a coding that it has not', coded('gzip', Buffer.from(JSON_TEXT)), /the body is no valid gzip/],
    ['half of a coded body', coded('gzip', gzipSync(JSON_TEXT).subarray(0, 20)), /the body is no valid gzip/],
    ['codings without end', coded('gzip, gzip, gzip, gzip, gzip', Buffer.from('xx')), /too many content codings/],
    ['a bomb', coded('gzip', gzipSync(Buffer.alloc(20_000_000))), /the body is longer than max_body, 1048576 bytes/],
    ['a bomb in a bomb', coded('gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000)))), /longer than max_body/],
  ])('with %s has no value in an expression, and matters to nothing else', async (_what, answer, fault) => {
    for (const expression of ['json.status == "up"', 'body.contains("up")', '!body.contains("down")']) {
      const { outcome, reason } = await observe(answer, { expect: [expression] });
      expect([outcome, reason.code]).toEqual(['UNHEALTHY', 'EXPECTATION_FAILED']);
      expect(reason.message).toMatch(fault);
    }
    expect((await observe(answer, { expect: ['status == 200'] })).outcome).toBe('HEALTHY');
    expect((await observe(answer)).outcome).toBe('HEALTHY');
  });

  it.each([
    ['by length', bytesOf(`${OK}Content-Length: 101\r\n\r\n${'a'.repeat(101)}`)],
    ['until its end', bytesOf(`${OK}\r\n${'a'.repeat(101)}`)],
    ['in chunks', chunked('Transfer-Encoding: chunked', Buffer.alloc(101, 'a'))],
  ])('over max_body is cut, and at it whole: %s', async (_what, answer) => {
    const expression = { expect: ['size(body) == 101'] };
    expect((await observe(answer, { ...expression, maxBody: 101 })).outcome).toBe('HEALTHY');
    const { reason } = await observe(answer, { ...expression, maxBody: 100 });
    expect(reason.message).toContain('the body is longer than max_body, 100 bytes');
  });
});

it('keeps nothing of the buffer that bytes come in, which the next ones overwrite', () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Long: a value of some length\r\n\r\n0123456789';
  const buffer = Buffer.alloc(16);
  const reader = new AnswerReader('GET', LIMITS);
  for (let at = 0; at < answer.length; at += 9) {
    const size = buffer.fill('#').write(answer.slice(at, at + 9));
    reader.feed(buffer.subarray(0, size));
  }
  expect(reader.done).toBe(true);
  expect(reader.body().toString()).toBe('0123456789');
  expect(reader.head?.headers.get('x-long')).toBe('a value of some length');
});

it('noise of any kind is an observation, and never an exception of another kind', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 3000; round++) {
    const bytes = bytesOf(TAKEN[random(TAKEN.length)]![1]);
    for (let change = 0; change < 3; change++) bytes[random(bytes.length)] = random(256);
    const reader = new AnswerReader('GET', LIMITS);
    try {
      if (!reader.feed(bytes)) reader.end();
      expect(reader.head?.status).toBeGreaterThanOrEqual(100);
    } catch (error) {
      expect((error as Error).name).toMatch(/^(ProtocolFault|AnswerCut)$/);
    }
  }
});
