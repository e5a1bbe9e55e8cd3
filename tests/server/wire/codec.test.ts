// Bytes of an answer are kept with it only where its handler says, by freezing it, that it never changes.
import { create, fromBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { Health, HealthCheckResponseSchema } from '../../../gen/grpc/health/v1/health_pb.ts';
import { createCodec, payloadOf } from '../../../src/server/wire/codec.ts';

const LIMITS = { readMaxBytes: 100, writeMaxBytes: 100 };
const codecs = { binary: true, JSON: false } as const;

describe.each(Object.entries(codecs))('%s', (_, isBinary) => {
  const codec = createCodec(Health.method.check, isBinary, {}, LIMITS);

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

  // Each with the code that Connect has for it.
  it('tells bytes that are no message', () => {
    const code = isBinary ? Code.Internal : Code.InvalidArgument;
    expect(() => codec.parse(Buffer.from('{'))).toThrow(expect.objectContaining({ code }));
  });
});

it('writes flags and length in front (PROTOCOL-HTTP2.md, Length-Prefixed-Message)', () => {
  const envelope = createCodec(Health.method.check, true, {}, LIMITS).encode(
    create(HealthCheckResponseSchema, { status: 1 }),
  );
  expect([...envelope]).toEqual([0, 0, 0, 0, 2, 8, 1]);
  expect(fromBinary(HealthCheckResponseSchema, payloadOf(envelope)).status).toBe(1);
});
