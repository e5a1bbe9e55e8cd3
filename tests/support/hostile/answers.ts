// What hostile targets send: good answers, and what chance makes of them. Knows bytes and no sockets.
import { createHash } from 'node:crypto';
import { encode, type Answer as Record } from 'dns-packet';
import { DOCUMENTS, type DocumentKind, damagedDocument } from './documents.ts';
import { type GrpcAnswer, goodFrames, oddFrame } from './frames.ts';
import type { Random } from './random.ts';

/** One connection's worth of a target. */
export interface HostileAnswer {
  /** Whether nothing is wrong with it: the probe must say HEALTHY. */
  readonly isGood: boolean;
  /** Each is a write of its own. @param asked what came before the first of them */
  readonly writes: (asked: Buffer) => readonly Buffer[];
  /** Whether it waits until it was asked. */
  readonly waits: boolean;
  /** Whether the writes come milliseconds apart, and not turns of the event loop. */
  readonly isSlow: boolean;
  readonly ending: 'end' | 'reset' | 'stay';
}

export type Protocol = 'http' | 'tcp' | 'tls' | 'websocket' | `starttls ${StartTlsName}` | DocumentKind | GrpcAnswer;
type StartTlsName = keyof typeof STARTTLS;

/** Good ones end as their protocol asks, so that nothing depends on time. */
export function hostileAnswer(protocol: Protocol, random: Random): HostileAnswer {
  const good = goodAnswer(protocol, random);
  // A server of starttls speaks first.
  const speaksFirst = protocol.startsWith('starttls');
  if (random.oneIn(8)) {
    const writes = (asked: Buffer) => cut(Buffer.concat(good.map((part) => accepting(part, asked))), random);
    return { isGood: true, writes, waits: !speaksFirst, isSlow: false, ending: 'stay' };
  }
  const broken = random.oneIn(12) ? [random.bytes(random.below(600))] : damaged(good, protocol, random);
  const isWhole = random.oneIn(3);
  return {
    isGood: false,
    writes(asked) {
      const bytes = Buffer.concat(broken.map((part) => accepting(part, asked)));
      return isWhole ? [bytes] : cut(bytes, random);
    },
    waits: !speaksFirst && !random.oneIn(3),
    isSlow: random.oneIn(10),
    ending: random.pick(['end', 'reset', 'stay', 'end', 'reset']),
  };
}

function goodAnswer(protocol: Protocol, random: Random): Buffer[] {
  switch (protocol) {
    case 'http':
      return random.pick(HTTP).map((part) => Buffer.from(part, 'latin1'));
    case 'tcp':
      return [Buffer.from('+PONG\r\n')];
    case 'tls':
      return [SERVER_HELLO, Buffer.from([0x15, 3, 3, 0, 2, 2, 40]), Buffer.from([0x16, 3, 3, 0xff, 0xff])];
    case 'websocket':
      return WEBSOCKET.map((part) => Buffer.from(part, 'latin1'));
    case 'check':
    case 'watch':
    case 'openk':
      return goodFrames(protocol);
    case 'promql':
    case 'feed':
    case 'consul':
    case 'health':
      return jsonAnswer(random.pick<string>(DOCUMENTS[protocol]));
    default: {
      const words = STARTTLS[protocol.slice('starttls '.length) as StartTlsName];
      return [...words.map((word) => Buffer.from(word, 'latin1')), SERVER_HELLO];
    }
  }
}

/** With a length that fits. */
function jsonAnswer(text: string): Buffer[] {
  const body = Buffer.from(text);
  const head = [
    'HTTP/1.1 200 OK\r\n',
    'Content-Type: application/json\r\n',
    `Content-Length: ${body.length}\r\n`,
    '\r\n',
  ];
  return [...head.map((line) => Buffer.from(line)), body];
}

/** As long as what takes its place, of which only the request knows what it is (RFC 6455, section 4.2.2). */
const ACCEPT = '{what the key of it asks for}'.slice(0, 28);
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const WEBSOCKET = [
  'HTTP/1.1 101 Switching Protocols\r\n',
  'Upgrade: websocket\r\n',
  'Connection: Upgrade\r\n',
  `Sec-WebSocket-Accept: ${ACCEPT}\r\n`,
  '\r\n',
  // A ping, and PONG in two frames.
  '\x89\x01x',
  '\x01\x02PO',
  '\x80\x02NG',
  '\x88\x02\x03\xe8',
];

function accepting(part: Buffer, asked: Buffer): Buffer {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(asked.toString('latin1'))?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  return part.includes(ACCEPT) ? Buffer.from(part.toString('latin1').replaceAll(ACCEPT, accept), 'latin1') : part;
}

/** Frames that are out of place, too long, masked, or of no kind there is. */
const WEBSOCKET_ODD = [
  '\x81\x7f\x00\x00\x00\x00\xff\xff\xff\xff',
  '\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff',
  '\x81\x7e\x00\x05PONG!',
  '\x81\x84abcd1234',
  '\x80\x04PONG',
  '\x01\x02PO\x01\x02NG',
  '\x81\x02\xff\xfe',
  '\xc1\x04PONG',
  '\x83\x00',
  '\x09\x00',
  `\x89\x7e\x00\x80${'p'.repeat(128)}`,
  '\x88\x01\x03',
  '\x88\x02\x00\x00',
  '\x88\x04\x03\xe8\xff\xff',
  '\x89\x00'.repeat(3000),
  '\x02\x7e\xff\xff'.concat('z'.repeat(65_535)),
  'Sec-WebSocket-Protocol: other\r\n',
  'Sec-WebSocket-Extensions: permessage-deflate\r\n',
];

/** Everything that a server says before TLS begins, by the name of its protocol. */
const STARTTLS = {
  SMTP: ['220-mail\r\n', '220 mail\r\n', '250-STARTTLS\r\n', '250 ok\r\n', '220 go\r\n'],
  FTP: ['220 ftp\r\n', '234 go\r\n'],
  IMAP: ['* OK hello\r\n', '* CAPABILITY IMAP4\r\n', 'a OK go\r\n'],
  POP3: ['+OK hello\r\n', '+OK go\r\n'],
  POSTGRES: ['S'],
  LDAP: ['\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00'],
} as const;
const STARTTLS_ODD = [
  '220-\r\n'.repeat(5000),
  `220 ${'x'.repeat(100_000)}`,
  '* \r\n'.repeat(200),
  '421 no\r\n',
  '\r\n',
  'N',
  'E\x00\x00\x00\x08FATAL',
  '\x30\x84\xff\xff\xff\xff',
  '\x30\x80\x00\x00',
  '\x30\x05\x02\x01\x01\x78\x00',
];

/** In parts that can be left out, doubled and put in another order. */
const HTTP: readonly (readonly string[])[] = [
  [
    'HTTP/1.1 200 OK\r\n',
    'Content-Length: 13\r\n',
    'Content-Type: application/json\r\n',
    '\r\n',
    '{"state":"up"}'.slice(0, 13),
  ],
  ['HTTP/1.1 200 OK\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n', '5\r\nhello\r\n', '0\r\n', '\r\n'],
  ['HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'Set-Cookie: a=b\r\n', 'Content-Length: 0\r\n', '\r\n'],
  ['HTTP/1.1 204 No Content\r\n', 'Server: x\r\n', '\r\n'],
];
/** What stands in the way of a parser. */
const HTTP_ODD = [
  'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Encoding: br, deflate\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
  'ffffffffffffffff\r\n',
  ' folded\r\n',
  'Server :\r\n',
  'X: \x00\x01\xff\r\n',
  `X-Long: ${'y'.repeat(90_000)}\r\n`,
  'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50),
  'HTTP/1.0 200\n\n',
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  'z'.repeat(200_000),
];

/** The beginning of a TLS 1.2 ServerHello, and no more of it. */
const SERVER_HELLO = Buffer.from(
  '160303004a0200004603030000000000000000000000000000000000000000000000000000000000000000',
  'hex',
);

function damaged(good: readonly Buffer[], protocol: Protocol, random: Random): Buffer[] {
  if (isDocument(protocol) && !random.oneIn(4)) return jsonAnswer(damagedDocument(protocol, random));
  const parts = [...good];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(parts.length);
    const part = parts[at] ?? Buffer.alloc(0);
    random.pick([
      () => parts.splice(at, 1),
      () => parts.splice(at, 0, part),
      () => parts.splice(at, 1, part.subarray(0, random.below(part.length + 1))),
      () => parts.splice(at, 1, flipped(part, random)),
      () => parts.reverse(),
      () => parts.splice(at, 0, odd(protocol, random)),
      () => parts.splice(at, 0, odd(protocol, random)),
      () => parts.push(...good),
    ])();
  }
  return parts;
}

function odd(protocol: Protocol, random: Random): Buffer {
  if (protocol === 'http' || isDocument(protocol)) return Buffer.from(random.pick(HTTP_ODD), 'latin1');
  if (protocol === 'websocket') return Buffer.from(random.pick([...WEBSOCKET_ODD, ...HTTP_ODD]), 'latin1');
  if (protocol.startsWith('starttls')) return Buffer.from(random.pick(STARTTLS_ODD), 'latin1');
  if (protocol === 'tcp' || protocol === 'tls') return random.bytes(random.below(9000));
  return oddFrame(random);
}

function isDocument(protocol: Protocol): protocol is DocumentKind {
  return Object.hasOwn(DOCUMENTS, protocol);
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let flips = 1 + random.below(4); flips > 0 && copy.length > 0; flips--) {
    const at = random.below(copy.length);
    copy[at] = copy[at]! ^ (1 << random.below(8));
  }
  return copy;
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const bounds = [0, ...Array.from({ length: random.below(6) }, () => random.below(bytes.length + 1)), bytes.length];
  bounds.sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}

/** Datagrams that answer a question; none where the name server is silent. */
export function hostileDatagrams(query: Buffer, name: string, random: Random): readonly Buffer[] {
  const records: Record[] = [
    { type: 'A', name, ttl: 1, data: '10.0.0.1' },
    { type: 'CNAME', name, ttl: 1, data: random.pick([name, 'other.example']) },
    { type: 'TXT', name, ttl: 1, data: random.bytes(random.below(255)) },
    { type: 'SRV', name, ttl: 1, data: { port: 1, target: 'x.example' } },
  ];
  const good = encode({
    type: 'response',
    id: query.readUInt16BE(0),
    // Authoritative, truncated, refused, and so on (RFC 1035, section 4.1.1).
    flags: random.pick([0x0100, 0x0100, 0x0400, 0x0200, 0x0003, 0x0002, 0x0005]),
    questions: [{ type: 'A', name }],
    answers: records.filter(() => random.oneIn(2)),
  });
  return Array.from({ length: random.pick([1, 1, 1, 2, 0, 5]) }, () =>
    random.pick([
      () => good,
      () => flipped(good, random),
      () => flipped(good, random),
      () => good.subarray(0, random.below(good.length)),
      () => Buffer.concat([good, random.bytes(random.below(2000))]),
      () => Buffer.concat([query.subarray(0, 2), random.bytes(random.below(200))]),
      () => random.bytes(random.below(100)),
    ])(),
  );
}
