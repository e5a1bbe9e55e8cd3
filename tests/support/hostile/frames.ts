// HTTP/2 frames and gRPC messages byte by byte, as servers send them, and as no server should.
import { create, toBinary } from '@bufbuild/protobuf';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { GetHealthResponseSchema, WatchHealthResponseSchema } from '../../../gen/openk/health/v1/health_pb.ts';
import type { Random } from './random.ts';

export const TYPE = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
};
const END_STREAM = 1;
const END_HEADERS = 4;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length & 0xffffff, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** Literals without indexing and without Huffman (RFC 7541, section 6.2.2). */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1');
    return Buffer.concat([length(bytes.length), bytes]);
  };
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** An integer with a prefix of seven bits (RFC 7541, section 5.1). */
function length(count: number): Buffer {
  if (count < 127) return Buffer.of(count);
  const rest: number[] = [];
  for (let left = count - 127; ; left >>>= 7) {
    rest.push(left >= 128 ? (left & 127) | 128 : left);
    if (left < 128) return Buffer.from([127, ...rest]);
  }
}

export function message(payload: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(payload.length, 1);
  return Buffer.concat([prefix, payload]);
}

/** Of grpc.health.v1: SERVING. */
const SERVING = message(Uint8Array.of(8, 1));
const HEALTH = {
  component: 'pay',
  status: HealthStatus.HEALTHY,
  revision: 7n,
  reason: { code: 'OK', message: 'fine' },
};
const REMOTE = message(toBinary(GetHealthResponseSchema, create(GetHealthResponseSchema, { health: HEALTH })));
const NEWS = message(
  toBinary(
    WatchHealthResponseSchema,
    create(WatchHealthResponseSchema, { event: { case: 'change', value: { revision: 8n, components: [HEALTH] } } }),
  ),
);

/** Calls that a probe makes, by what answers them. */
export type GrpcAnswer = 'check' | 'watch' | 'openk';

const RESPONSE = headerBlock([
  [':status', '200'],
  ['content-type', 'application/grpc'],
]);
const OK = headerBlock([['grpc-status', '0']]);

/** A good answer, a frame each. */
export function goodFrames(kind: GrpcAnswer): Buffer[] {
  const start = [frame(TYPE.settings, 0, 0, Buffer.alloc(0)), frame(TYPE.settings, 1, 0, Buffer.alloc(0))];
  const headers = (stream: number) => frame(TYPE.headers, END_HEADERS, stream, RESPONSE);
  const end = (stream: number) => frame(TYPE.headers, END_HEADERS | END_STREAM, stream, OK);
  if (kind === 'openk') return [...start, headers(1), frame(TYPE.data, 0, 1, REMOTE), end(1)];
  const data = frame(TYPE.data, 0, 1, SERVING);
  return kind === 'watch' ? [...start, headers(1), data] : [...start, headers(1), data, end(1)];
}

/** Frames that are out of place, too large, or of no kind there is. */
export function oddFrame(random: Random): Buffer {
  const stream = random.pick([0, 1, 1, 1, 2, 3, 0x7fffffff]);
  const status = () => random.pick(['0', '12', '14', '99', '', '0, 0', '-1', 'x']);
  const text = () =>
    random.pick(['100% sure', '%e4%zz', '\xff\xfe', 'x'.repeat(random.below(20_000)), 'gr%C3%BC%C3%9Fe']);
  const fields: (readonly [string, string])[] = random.pick([
    [
      ['grpc-status', status()],
      ['grpc-message', text()],
    ],
    [
      [':status', random.pick(['200', '100', '103', '404', '503', '999', 'abc'])],
      ['content-type', random.pick(['application/grpc', 'text/html', ''])],
    ],
    [
      [':status', '200'],
      ['grpc-status', status()],
      ['grpc-message', text()],
      ['grpc-status-details-bin', random.pick(['!!', 'CA4', '////'])],
    ],
    [['GRPC-Status', '0']],
    [[random.bytes(4).toString('latin1'), random.bytes(8).toString('latin1')]],
    Array.from({ length: random.below(300) }, (_, index) => [`x-${index}`, 'y'.repeat(random.below(400))] as const),
  ]);
  return random.pick([
    () => frame(TYPE.headers, random.pick([4, 5, 0, 1, 12, 37]), stream, headerBlock(fields)),
    () => frame(TYPE.headers, random.pick([4, 5]), stream, random.bytes(random.below(60))),
    () => frame(TYPE.data, random.pick([0, 1, 8]), stream, random.bytes(random.below(200))),
    () => frame(TYPE.data, 0, stream, Buffer.concat([Buffer.of(random.below(2)), random.bytes(4), random.bytes(20)])),
    () => frame(TYPE.data, random.pick([0, 1]), stream, random.pick([SERVING, REMOTE, NEWS])),
    () => frame(TYPE.data, 0, stream, Buffer.alloc(random.pick([16_384, 16_385, 100_000]))),
    () => frame(TYPE.reset, 0, stream, Buffer.from([0, 0, 0, random.below(16)])),
    () => frame(TYPE.settings, random.below(2), stream, random.bytes(random.pick([0, 6, 12, 7]))),
    () => frame(TYPE.push, 4, stream, Buffer.concat([Buffer.from([0, 0, 0, 2]), headerBlock([[':path', '/']])])),
    () => frame(TYPE.ping, random.below(2), random.pick([0, stream]), random.bytes(random.pick([8, 8, 7]))),
    () =>
      frame(
        TYPE.goaway,
        0,
        random.pick([0, stream]),
        Buffer.from([0, 0, 0, random.below(3), 0, 0, 0, random.below(14), 1, 2]),
      ),
    () =>
      frame(
        TYPE.window,
        0,
        stream,
        Buffer.from(
          random.pick([
            [0, 0, 0, 0],
            [0x7f, 0xff, 0xff, 0xff],
            [0, 0, 1, 0],
          ]),
        ),
      ),
    () => frame(TYPE.continuation, 4, stream, random.bytes(10)),
    () => frame(random.below(256), random.below(256), stream, random.bytes(random.below(40))),
  ])();
}
