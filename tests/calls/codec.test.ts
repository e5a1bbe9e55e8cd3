// Bytes of an answer are kept with it only where its handler says, by freezing it, that it never changes.
import { create, fromBinary } from '@bufbuild/protobuf';
import { BytesValueSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { Health, HealthCheckRequestSchema, HealthCheckResponseSchema } from '../../gen/grpc/health/v1/health_pb.ts';
import { type Codec, createCodec } from '../../src/calls/codec.ts';

const parse = (codec: Codec, bytes: Buffer) => codec.parse(bytes, 0, bytes.length);

/** A method that answers with its request. */
const ECHO = { ...Health.method.check, output: HealthCheckRequestSchema };
const LIMITS = { readMaxBytes: 100, writeMaxBytes: 100 };
const codecs = { binary: true, JSON: false } as const;

describe.each(Object.entries(codecs))('%s', (_, isBinary) => {
  const codec = createCodec(Health.method.check, isBinary, {}, LIMITS);
  /** Of requests in both directions. */
  const requests = createCodec(ECHO, isBinary, {}, { readMaxBytes: 1000, writeMaxBytes: 1000 });

  it('keeps the bytes of a frozen message', () => {
    const message = Object.freeze(create(HealthCheckResponseSchema, { status: 1 }));
    expect(codec.encode(message)).toBe(codec.encode(message));
  });

  it('encodes what may change anew', () => {
    const message = create(HealthCheckResponseSchema, { status: 1 });
    const before = codec.encode(message);
    message.status = 2;
    expect(codec.encode(message)).not.toEqual(before);
  });

  it('gives a short request that came before as the same frozen message', () => {
    const bytes = requests.encode(create(HealthCheckRequestSchema, { service: 'a' })).payload.bytes;
    const message = parse(requests, bytes);
    expect(message).toEqual(create(HealthCheckRequestSchema, { service: 'a' }));
    expect(Object.isFrozen(message)).toBe(true);
    expect(parse(requests, Buffer.from(bytes))).toBe(message);
  });

  it('gives a long request anew each time, for its handler to change', () => {
    const service = 'x'.repeat(300);
    const bytes = requests.encode(create(HealthCheckRequestSchema, { service })).payload.bytes;
    expect(parse(requests, bytes)).not.toBe(parse(requests, bytes));
    expect(Object.isFrozen(parse(requests, bytes))).toBe(false);
  });

  it('forgets requests that never come again', () => {
    const bytesOf = (service: string) => requests.encode(create(HealthCheckRequestSchema, { service })).payload.bytes;
    const before = parse(requests, bytesOf('a'));
    for (let n = 0; n < 1024; n++) parse(requests, bytesOf(`other ${n}`));
    expect(parse(requests, bytesOf('a'))).not.toBe(before);
  });

  // Each with the code that Connect has for it.
  it('tells bytes that are no message', () => {
    const code = isBinary ? Code.Internal : Code.InvalidArgument;
    expect(() => parse(codec, Buffer.from('{'))).toThrow(expect.objectContaining({ code }));
  });
});

it('writes flags and length in front (PROTOCOL-HTTP2.md, Length-Prefixed-Message)', () => {
  const envelope = createCodec(Health.method.check, true, {}, LIMITS).encode(
    create(HealthCheckResponseSchema, { status: 1 }),
  );
  expect([...envelope.bytes]).toEqual([0, 0, 0, 0, 2, 8, 1]);
  expect(fromBinary(HealthCheckResponseSchema, envelope.payload.bytes).status).toBe(1);
});

it('gives a request with bytes anew, since bytes cannot be frozen', () => {
  const method = { ...Health.method.check, input: BytesValueSchema, output: BytesValueSchema };
  const codec = createCodec(method, true, {}, LIMITS);
  const { bytes } = codec.encode(create(BytesValueSchema, { value: Buffer.from('a') })).payload;
  expect(parse(codec, bytes)).not.toBe(parse(codec, bytes));
});
