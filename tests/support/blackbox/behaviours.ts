// What targets do, and what is said of them: the table that OpenK's probes and blackbox_exporter are held against. Where the
// two differ, `because` has the sentence of the standard that decides. Data, so that it can be read.
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { ServingStatusMap } from 'grpc-health-check';
import type { DnsReply } from '../upstreams/dns.ts';
import { GRPC_RESPONSE, healthMessages } from '../upstreams/grpc.ts';

/** The certificate that a target shows. */
export type Identity = 'server' | 'expiredServer' | 'wrongNameServer' | 'untrustedServer';

export type Serve =
  /** Bytes of a TCP connection, over TLS with an identity. */
  | { readonly by: 'tcp'; readonly serve: (socket: Socket) => void; readonly identity?: Identity }
  | { readonly by: 'http2'; readonly serve: (stream: ServerHttp2Stream) => void }
  | { readonly by: 'grpc'; readonly statuses: ServingStatusMap }
  /** Without the health service. */
  | { readonly by: 'grpc-without-health' }
  | { readonly by: 'dns'; readonly reply: DnsReply }
  | { readonly by: 'nobody' };

export interface Behaviour {
  readonly name: string;
  readonly kind: 'http' | 'tcp' | 'tls' | 'dns' | 'grpc';
  readonly target: Serve;
  /** Beside the target; fields as in config.proto. */
  readonly openk?: object;
  /** Of the module of the prober; `tls` of OpenK is its prober `tcp`. */
  readonly blackbox?: object;
  /** What each of the two says. */
  readonly openkSays: 'UP' | 'DOWN';
  readonly blackboxSays: 'UP' | 'DOWN';
  /** Where the two differ: who is right, by which sentence. */
  readonly because?: string;
}

const both = (says: 'UP' | 'DOWN') => ({ openkSays: says, blackboxSays: says });
const onlyOpenk = (because: string) => ({ openkSays: 'UP', blackboxSays: 'DOWN', because }) as const;
const onlyBlackbox = (because: string) => ({ openkSays: 'DOWN', blackboxSays: 'UP', because }) as const;

/** Answers the first bytes of a request with these, and closes, or not. */
const answers = (bytes: string | Uint8Array, then: 'end' | 'stay' | 'reset' = 'end'): Serve => ({
  by: 'tcp',
  serve: (socket) =>
    socket.once('data', () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
      if (then === 'end') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
    }),
});
/** Says these bytes before it is asked. */
const says = (bytes: string | Uint8Array, then: 'end' | 'stay' = 'stay'): Serve => ({
  by: 'tcp',
  serve: (socket) => {
    socket.write(bytes);
    if (then === 'end') socket.end();
  },
});
const overTls = (
  identity: Identity,
  target: Serve = answers('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
): Serve => (target.by === 'tcp' ? { ...target, identity } : target);
const http = (
  name: string,
  bytes: string | Uint8Array,
  verdicts: Verdicts,
  rest: Partial<Behaviour> = {},
): Behaviour => ({
  name,
  kind: 'http',
  target: answers(bytes),
  ...verdicts,
  ...rest,
});
type Verdicts = Pick<Behaviour, 'openkSays' | 'blackboxSays' | 'because'>;

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n';
/** The answer of a redirecting server, by the path that is asked for. */
const redirecting = (first: string): Serve => ({
  by: 'tcp',
  serve: (socket) =>
    socket.on('data', (request) => {
      const path = String(request).split(' ')[1];
      socket.write(path === '/' ? first : `${OK}Connection: close\r\n\r\nok`);
    }),
});

const grpcAnswer = (headers: OutgoingHttpHeaders, trailers: OutgoingHttpHeaders | undefined, body: Buffer): Serve => ({
  by: 'http2',
  serve(stream) {
    stream.respond(headers, { waitForTrailers: trailers !== undefined });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.end(body);
  },
});
const SERVING = healthMessages(1);
const grpc = (name: string, target: Serve, verdicts: Verdicts, rest: Partial<Behaviour> = {}): Behaviour => ({
  name,
  kind: 'grpc',
  target,
  ...verdicts,
  ...rest,
});

export const BEHAVIOURS: readonly Behaviour[] = [
  // HTTP: how an answer is framed.
  http('200 with a length', `${OK}\r\nok`, both('UP')),
  http('200 in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', both('UP')),
  http(
    'chunks with extensions and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n',
    both('UP'),
  ),
  http('200 of HTTP/1.0 that ends with its connection', 'HTTP/1.0 200 OK\r\n\r\nok', both('UP')),
  http('200 that ends only with its connection, which stays', '', both('DOWN'), {
    target: answers('HTTP/1.0 200 OK\r\n\r\nok', 'stay'),
  }),
  http('204', 'HTTP/1.1 204 No Content\r\n\r\n', both('UP')),
  http('304', 'HTTP/1.1 304 Not Modified\r\n\r\n', both('DOWN')),
  http('404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', both('DOWN')),
  http('500', 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n', both('DOWN')),
  http('503', 'HTTP/1.1 503 Oh\r\nContent-Length: 0\r\n\r\n', both('DOWN')),
  http('600', 'HTTP/1.1 600 Oh\r\nContent-Length: 0\r\n\r\n', both('DOWN')),
  http('no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', both('UP')),
  http('a length longer than the body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok', both('DOWN')),
  http('bytes behind the body', `${OK}\r\nok, and more`, both('UP')),
  http('the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', both('UP')),
  http('two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok', both('DOWN')),
  http(
    'a chunk size that is none',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n',
    both('DOWN'),
  ),
  http('chunks without their end', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n', both('DOWN')),
  http('a body of 2 MB', `HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(2_000_000)}`, both('UP')),
  // HTTP: what stands before and in the headers.
  http('100 Continue that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\nok`, both('UP')),
  http('103 Early Hints', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}\r\nok`, both('UP')),
  http('100 Continue and no more', 'HTTP/1.1 100 Continue\r\n\r\n', both('DOWN')),
  http('a folded header', `${OK}X: a\r\n b\r\n\r\nok`, both('UP')),
  http('line feeds alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', both('UP')),
  http('a header of 20,000 bytes', `${OK}X: ${'y'.repeat(20_000)}\r\n\r\nok`, both('UP')),
  http(
    'a header of 2 MB',
    `${OK}X: ${'y'.repeat(2_000_000)}\r\n\r\nok`,
    onlyBlackbox(
      'RFC 9110, section 5.4: "A client MAY discard or truncate received field lines that are larger than the client wishes to process": the bound is max_headers here, 10 MB in Go',
    ),
  ),
  http('bytes above 7f in a header', `${OK}X: \xe9\xff\r\n\r\nok`, both('UP')),
  http('a header without a colon', `${OK}nonsense\r\n\r\nok`, both('DOWN')),
  // HTTP: no answer.
  http('garbage', 'garbage\r\n\r\n', both('DOWN')),
  http('nothing', '', both('DOWN')),
  http('a reset', '', both('DOWN'), { target: answers('', 'reset') }),
  http('silence', '', both('DOWN'), { target: answers('', 'stay') }),
  http('nobody', '', both('DOWN'), { target: { by: 'nobody' } }),
  http('a banner before the request', '', both('DOWN'), { target: says('220 mail ESMTP\r\n') }),
  // HTTP: redirects and bodies.
  http(
    'a redirect that is not followed',
    'HTTP/1.1 301 Moved\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n',
    both('DOWN'),
    {
      blackbox: { follow_redirects: false },
    },
  ),
  http('a redirect that is followed', '', both('UP'), {
    target: redirecting('HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n'),
    openk: { followRedirects: 5 },
    blackbox: { follow_redirects: true },
  }),
  http('a redirect in a loop', '', both('DOWN'), {
    target: redirecting('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
    openk: { followRedirects: 5 },
    blackbox: { follow_redirects: true },
  }),
  http('a body as expected', `${OK}\r\nok`, both('UP'), {
    openk: { expect: ["body.matches('^ok$')"] },
    blackbox: { fail_if_body_not_matches_regexp: ['^ok$'] },
  }),
  http('another body', `${OK}\r\nno`, both('DOWN'), {
    openk: { expect: ["body.matches('^ok$')"] },
    blackbox: { fail_if_body_not_matches_regexp: ['^ok$'] },
  }),
  http('204 where it is expected', 'HTTP/1.1 204 No\r\n\r\n', both('UP'), {
    openk: { expectedStatus: ['204'] },
    blackbox: { valid_status_codes: [204] },
  }),
  // HTTPS.
  http('a good certificate', '', both('UP'), { target: overTls('server') }),
  http('an expired certificate', '', both('DOWN'), { target: overTls('expiredServer') }),
  http('a certificate for another name', '', both('DOWN'), { target: overTls('wrongNameServer') }),
  http('a certificate of a stranger', '', both('DOWN'), { target: overTls('untrustedServer') }),
  // TCP.
  { name: 'a connection', kind: 'tcp', target: says(''), ...both('UP') },
  { name: 'a connection that is closed at once', kind: 'tcp', target: says('', 'end'), ...both('UP') },
  { name: 'nobody', kind: 'tcp', target: { by: 'nobody' }, ...both('DOWN') },
  tcp('a banner', says('220 mail ESMTP\r\n'), '^220', both('UP')),
  tcp('another banner, and it stays', says('554 no\r\n'), '^220', both('DOWN')),
  tcp('another banner, and it ends', says('554 no\r\n', 'end'), '^220', both('DOWN')),
  tcp('no banner', says(''), '^220', both('DOWN')),
  tcp('no banner, and it ends', says('', 'end'), '^220', both('DOWN')),
  tcp(
    'a banner whose line has no end',
    says('login: '),
    '^login: ',
    onlyOpenk(
      'RFC 9293, section 2.2: "TCP provides a reliable, in-order, byte-stream service to applications": there are no lines in it, and what a server said it has said',
    ),
  ),
  tcp('the second line', says('hello\r\n220 ready\r\n'), '(?m)^220', both('UP')),
  tcp('the end of a line', says('+PONG\r\n'), '^\\+PONG$', both('UP')),
  tcp(
    'a byte above 7f',
    says(Buffer.from([0xd2, 0x04, 0x0a])),
    '^\\xd2',
    onlyOpenk(
      'RFC 9293, section 2.2: a "byte-stream service": Go reads it as UTF-8, in which no byte d2 can stand alone, so that its \\xd2 matches none',
    ),
  ),
  tcp('an answer to what was sent', answers('+PONG\r\n', 'stay'), '^\\+PONG', both('UP'), 'PING'),
  tcp('a refusal of what was sent', answers('-LOADING Redis is loading\r\n', 'stay'), '^\\+PONG', both('DOWN'), 'PING'),
  tcp('a reset instead of an answer', answers('', 'reset'), '^\\+PONG', both('DOWN'), 'PING'),
  {
    name: 'TLS',
    kind: 'tcp',
    target: overTls('server', says('')),
    openk: { tls: {} },
    blackbox: { tls: true },
    ...both('UP'),
  },
  {
    name: 'TLS that nobody speaks',
    kind: 'tcp',
    target: says('220 mail ESMTP\r\n'),
    openk: { tls: {} },
    blackbox: { tls: true },
    ...both('DOWN'),
  },
  // TLS.
  { name: 'a good certificate', kind: 'tls', target: overTls('server', says('')), ...both('UP') },
  { name: 'an expired certificate', kind: 'tls', target: overTls('expiredServer', says('')), ...both('DOWN') },
  {
    name: 'a certificate for another name',
    kind: 'tls',
    target: overTls('wrongNameServer', says('')),
    ...both('DOWN'),
  },
  { name: 'a certificate of a stranger', kind: 'tls', target: overTls('untrustedServer', says('')), ...both('DOWN') },
  { name: 'silence in the handshake', kind: 'tls', target: says(''), ...both('DOWN') },
  { name: 'nobody', kind: 'tls', target: { by: 'nobody' }, ...both('DOWN') },
  // DNS, always for A of web.example.
  dns('an address', [{ type: 'A', name: 'web.example', ttl: 60, data: '10.0.0.1' }], both('UP')),
  dns(
    'two addresses',
    ['10.0.0.1', '10.0.0.2'].map((data) => ({ type: 'A', name: 'web.example', ttl: 60, data })),
    both('UP'),
  ),
  dns('no such name', 'NXDOMAIN', both('DOWN')),
  dns('SERVFAIL', 'SERVFAIL', both('DOWN')),
  dns('REFUSED', 'REFUSED', both('DOWN')),
  dns(
    'no record of the type',
    [],
    onlyBlackbox(
      'RFC 2308, section 2.2: "NODATA is indicated by an answer with the RCODE set to NOERROR and no relevant answers in the answer section": whoever wants the address gets none',
    ),
  ),
  dns('silence', 'silence', both('DOWN')),
  dns('garbage', 'garbage', both('DOWN')),
  dns('the expected address', [{ type: 'A', name: 'web.example', ttl: 60, data: '10.0.0.1' }], both('UP'), {
    openk: { expect: ['10.0.0.1'] },
    blackbox: { validate_answer_rrs: { fail_if_not_matches_regexp: ['.*\\t10\\.0\\.0\\.1$'] } },
  }),
  dns('another address', [{ type: 'A', name: 'web.example', ttl: 60, data: '10.0.0.9' }], both('DOWN'), {
    openk: { expect: ['10.0.0.1'] },
    blackbox: { validate_answer_rrs: { fail_if_not_matches_regexp: ['.*\\t10\\.0\\.0\\.1$'] } },
  }),
  // gRPC.
  grpc('SERVING', { by: 'grpc', statuses: { '': 'SERVING' } }, both('UP')),
  grpc('NOT_SERVING', { by: 'grpc', statuses: { '': 'NOT_SERVING' } }, both('DOWN')),
  grpc('UNKNOWN', { by: 'grpc', statuses: { '': 'UNKNOWN' } }, both('DOWN')),
  grpc('a service that serves', { by: 'grpc', statuses: { 'acme.Pay': 'SERVING' } }, both('UP'), {
    openk: { service: 'acme.Pay' },
    blackbox: { service: 'acme.Pay' },
  }),
  grpc('a service that the server does not know', { by: 'grpc', statuses: {} }, both('DOWN'), {
    openk: { service: 'acme.Pay' },
    blackbox: { service: 'acme.Pay' },
  }),
  grpc('no health service', { by: 'grpc-without-health' }, both('DOWN')),
  grpc('a good answer by hand', grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '0' }, SERVING), both('UP')),
  grpc(
    'a message beside the status 0',
    grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '0', 'grpc-message': '100% sure' }, SERVING),
    both('UP'),
  ),
  grpc(
    'details that are no base64, beside the status 0',
    grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '0', 'grpc-status-details-bin': '!!' }, SERVING),
    onlyOpenk(
      'PROTOCOL-HTTP2, Responses: "Trailers → Status [Status-Message] *Custom-Metadata": the status says how the call went, details are metadata',
    ),
  ),
  grpc(
    'a content type with a parameter',
    grpcAnswer(
      { ...GRPC_RESPONSE, 'content-type': 'application/grpc; charset=utf-8' },
      { 'grpc-status': '0' },
      SERVING,
    ),
    both('UP'),
  ),
  grpc(
    'a content type in capitals',
    grpcAnswer({ ...GRPC_RESPONSE, 'content-type': 'Application/GRPC' }, { 'grpc-status': '0' }, SERVING),
    onlyOpenk('RFC 9110, section 8.3.1: "The type and subtype tokens are case-insensitive."'),
  ),
  grpc(
    'UNAVAILABLE',
    grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '14', 'grpc-message': '100% sure' }, Buffer.alloc(0)),
    both('DOWN'),
  ),
  grpc('a message and UNAVAILABLE', grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '14' }, SERVING), both('DOWN')),
  grpc('no trailers', grpcAnswer(GRPC_RESPONSE, undefined, SERVING), both('DOWN')),
  grpc('HTTP 404', grpcAnswer({ ':status': 404 }, undefined, Buffer.from('no')), both('DOWN')),
  grpc(
    'HTTP 503 and a page',
    grpcAnswer({ ':status': 503, 'content-type': 'text/html' }, undefined, Buffer.from('<html>')),
    both('DOWN'),
  ),
  grpc(
    'a message that is none',
    grpcAnswer(GRPC_RESPONSE, { 'grpc-status': '0' }, Buffer.from([0, 0, 0, 0, 2, 255, 255])),
    both('DOWN'),
  ),
  grpc('HTTP/1.1', answers(`${OK}\r\nok`), both('DOWN')),
  grpc('silence', says(''), both('DOWN')),
  grpc('nobody', { by: 'nobody' }, both('DOWN')),
];

function tcp(name: string, target: Serve, pattern: string, verdicts: Verdicts, send?: string): Behaviour {
  const query = [...(send === undefined ? [] : [{ send }]), { expect: pattern }];
  const openk = { expect: pattern, ...(send !== undefined && { send: Buffer.from(`${send}\n`) }) };
  return { name, kind: 'tcp', target, openk, blackbox: { query_response: query }, ...verdicts };
}

function dns(name: string, reply: DnsReply, verdicts: Verdicts, rest: Partial<Behaviour> = {}): Behaviour {
  return { name, kind: 'dns', target: { by: 'dns', reply }, ...verdicts, ...rest };
}
