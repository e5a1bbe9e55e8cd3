// The one message of a request, however it comes in chunks.
import '../support/one-realm.ts';
import { gzipSync } from 'node:zlib';
import { create, type Message } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Codec } from '../../src/calls/codec.ts';
import { COMPRESSIONS } from '../../src/calls/compression.ts';
import { toEnvelope } from '../../src/calls/envelope.ts';
import type { RequestReader } from '../../src/calls/protocol.ts';
import { EnvelopedReader } from '../../src/protocols/enveloped-reader.ts';
import { PlainReader } from '../../src/protocols/plain-reader.ts';
import { queryReader, readQueryMessage } from '../../src/protocols/query-reader.ts';

const MAX_BYTES = 100;
const gzip = COMPRESSIONS.find(({ name }) => name === 'gzip')!;

/** What is read is the text that was sent. */
const codec: Codec = {
  parse: (chunk: Buffer, from: number, to: number): Message =>
    create(StringValueSchema, { value: chunk.toString('latin1', from, to) }),
  encode: () => toEnvelope(0, Buffer.alloc(0)),
};
const textOf = (message: Message) => (message as Message & { value: string }).value;
const readText = async (from: RequestReader) => textOf(await from.message());

const GRPC = { codec, kind: 'unary', maxBytes: MAX_BYTES, endFlag: 0 } as const;
const STREAM = { ...GRPC, endFlag: 2 } as const;
const enveloped = (input: ConstructorParameters<typeof EnvelopedReader>[0] = GRPC, compression?: typeof gzip) =>
  new EnvelopedReader(input, compression, undefined);
const plain = (contentLength?: string, compression?: typeof gzip) =>
  new PlainReader(codec, MAX_BYTES, contentLength, compression, undefined);
const envelope = (text: string, flags = 0) => toEnvelope(flags, Buffer.from(text, 'latin1')).bytes;

/** Pushes the bytes in pieces that end at `cuts`. */
function push(into: RequestReader, bytes: Buffer, cuts: readonly number[] = []): boolean {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  let isDone = false;
  for (const end of ends) {
    isDone = into.push(bytes.subarray(from, end));
    from = end;
  }
  into.end();
  return isDone;
}

async function faultOf(into: RequestReader): Promise<{ code: Code; message: string }> {
  try {
    await into.message();
  } catch (error) {
    if (error instanceof ConnectError) return { code: error.code, message: error.rawMessage };
    throw error;
  }
  throw new Error('it was read without a fault');
}

const text = fc.string({ unit: 'binary-ascii', maxLength: MAX_BYTES });
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe('envelopes', () => {
  it('give their message, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, fc.boolean(), async (sent, at, isCompressed) => {
        const into = enveloped(GRPC, gzip);
        const plainBytes = envelope(sent);
        push(into, isCompressed ? toEnvelope(1, gzipSync(plainBytes.subarray(5))).bytes : plainBytes, at);
        expect(await readText(into)).toBe(sent);
      }),
    );
  });

  it.each<[string, Buffer, Code, string]>([
    ['none', Buffer.alloc(0), Code.Unimplemented, 'missing input message'],
    ['two messages', Buffer.concat([envelope('a'), envelope('b')]), Code.Unimplemented, 'extra input message'],
    ['a message that is too large', envelope('x'.repeat(101)), Code.ResourceExhausted, '101 is larger'],
    ['a compressed message', envelope('a', 1), Code.Internal, 'do not know how to decompress'],
    ['a message that is cut short', envelope('abc').subarray(0, 7), Code.InvalidArgument, 'incomplete envelope'],
    ['a prefix that is cut short', envelope('abc').subarray(0, 4), Code.InvalidArgument, 'incomplete envelope'],
    ['a prefix alone', envelope('abc').subarray(0, 5), Code.Unimplemented, 'missing input message'],
  ])('%s: a fault', async (_, bytes, code, message) => {
    const into = enveloped();
    push(into, bytes);
    expect(await faultOf(into)).toEqual({ code, message: expect.stringContaining(message) });
  });

  it('need nothing more once a length is too large, before its message comes', () => {
    const into = enveloped();
    expect(into.isRefused).toBe(false);
    expect(into.push(envelope('x'.repeat(101)).subarray(0, 5))).toBe(true);
    expect(into.isRefused).toBe(true);
  });

  it('with the flag of the end are no messages', async () => {
    const into = enveloped(STREAM);
    push(into, Buffer.concat([envelope('a'), envelope('{}', 2)]));
    expect(await readText(into)).toBe('a');
  });

  it.each<[string, Buffer, Code, string]>([
    ['damaged', Buffer.from('no gzip'), Code.InvalidArgument, 'decompression failed'],
    ['larger than allowed when it is open', gzipSync('x'.repeat(101)), Code.ResourceExhausted, 'after decompression'],
  ])('compressed and %s: a fault', async (_, payload, code, message) => {
    const into = enveloped(GRPC, gzip);
    push(into, toEnvelope(1, payload).bytes);
    expect(await faultOf(into)).toEqual({ code, message: expect.stringContaining(message) });
  });
});

describe('a plain body', () => {
  it('is the message, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, fc.boolean(), async (sent, at, isCompressed) => {
        const bytes = Buffer.from(sent, 'latin1');
        const coded = isCompressed ? gzipSync(bytes) : bytes;
        const into = plain(String(coded.length), isCompressed ? gzip : undefined);
        push(into, coded, at);
        expect(await readText(into)).toBe(sent);
      }),
    );
  });

  it.each<[string, string | undefined, string, Code, string]>([
    ['longer than allowed', undefined, 'x'.repeat(101), Code.ResourceExhausted, 'larger than configured'],
    ['that promises more than allowed', '101', '', Code.ResourceExhausted, '101 is larger'],
    ['longer than promised', '2', 'abc', Code.InvalidArgument, 'promised 2 bytes, received 3'],
    ['shorter than promised', '4', 'abc', Code.InvalidArgument, 'promised 4 bytes, received 3'],
  ])('%s: a fault', async (_, contentLength, sent, code, message) => {
    const into = plain(contentLength);
    push(into, Buffer.from(sent));
    expect(await faultOf(into)).toEqual({ code, message: expect.stringContaining(message) });
  });
});

describe('a query', () => {
  const query = (text: string, compression?: typeof gzip, fault?: ConnectError) =>
    queryReader(codec, readQueryMessage(new URLSearchParams(text)), MAX_BYTES, compression, fault);

  it('has its message as text, or in base64 of either alphabet, compressed or not', async () => {
    expect(await readText(query('message=a%20b'))).toBe('a b');
    expect(await readText(query(`base64=1&message=${Buffer.from('ÿþ>').toString('base64url')}`))).toBe('Ã¿Ã¾>');
    const standard = encodeURIComponent(Buffer.from('ÿþ>').toString('base64'));
    expect(await readText(query(`base64=1&message=${standard}`))).toBe('Ã¿Ã¾>');
    expect(await readText(query(`base64=1&message=${gzipSync('a').toString('base64url')}`, gzip))).toBe('a');
    expect(await readText(query('connect=v1'))).toBe('');
  });

  it('says what was wrong before', async () => {
    const fault = new ConnectError('a bad timeout', Code.InvalidArgument);
    expect((await faultOf(query('', undefined, fault))).message).toBe('a bad timeout');
  });
});
