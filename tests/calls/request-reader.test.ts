// The one message of a request, however it comes in chunks.
import { create, type Message } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toEnvelope } from '../../src/calls/envelope.ts';
import { type Format, STREAM_FORMATS, UNARY_FORMATS } from '../../src/calls/formats.ts';
import { QueryReader } from '../../src/calls/query-reader.ts';
import { createRequestReader, type RequestReader } from '../../src/calls/request-reader.ts';

const MAX_BYTES = 100;
const GRPC = UNARY_FORMATS.get('application/grpc')!;
const PLAIN = UNARY_FORMATS.get('application/proto')!;
const STREAM = STREAM_FORMATS.get('application/connect+proto')!;

/** What is read is the text that was sent. */
const parse = (chunk: Buffer, from: number, to: number): Message =>
  create(StringValueSchema, { value: chunk.toString('latin1', from, to) });
const textOf = (message: Message) => (message as Message & { value: string }).value;

const reader = (format: Format, contentLength?: string) =>
  createRequestReader(format, MAX_BYTES, contentLength, undefined);
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

function faultOf(into: RequestReader): { code: Code; message: string } {
  try {
    into.single(parse);
  } catch (error) {
    if (error instanceof ConnectError) return { code: error.code, message: error.rawMessage };
    throw error;
  }
  throw new Error('it was read without a fault');
}

const text = fc.string({ unit: 'binary-ascii', maxLength: MAX_BYTES });
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe('envelopes', () => {
  it('give their message, however they are cut', () => {
    fc.assert(
      fc.property(text, cuts, (sent, at) => {
        const into = reader(GRPC);
        push(into, envelope(sent), at);
        expect(textOf(into.single(parse))).toBe(sent);
      }),
    );
  });

  it('give all messages that there are, up to the one too many', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), cuts, (sent, at) => {
        const into = reader(GRPC);
        push(into, Buffer.concat(sent.map((one) => envelope(one))), at);
        expect([...into.messages(parse)].map(textOf)).toEqual(sent.slice(0, 2));
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
  ])('%s: a fault', (_, bytes, code, message) => {
    const into = reader(GRPC);
    push(into, bytes);
    expect(faultOf(into)).toEqual({ code, message: expect.stringContaining(message) });
  });

  it('need nothing more once a length is too large, before its message comes', () => {
    const into = reader(GRPC);
    expect(into.push(envelope('x'.repeat(101)).subarray(0, 5))).toBe(true);
  });

  it('with the flag of the end are no messages', () => {
    const into = reader(STREAM);
    push(into, Buffer.concat([envelope('a'), envelope('{}', 2)]));
    expect([...into.messages(parse)].map(textOf)).toEqual(['a']);
  });
});

describe('a plain body', () => {
  it('is the message, however it is cut', () => {
    fc.assert(
      fc.property(text, cuts, (sent, at) => {
        const into = reader(PLAIN, String(sent.length));
        push(into, Buffer.from(sent, 'latin1'), at);
        expect(textOf(into.single(parse))).toBe(sent);
      }),
    );
  });

  it.each<[string, string | undefined, string, Code, string]>([
    ['longer than allowed', undefined, 'x'.repeat(101), Code.ResourceExhausted, 'larger than configured'],
    ['that promises more than allowed', '101', '', Code.ResourceExhausted, '101 is larger'],
    ['longer than promised', '2', 'abc', Code.InvalidArgument, 'promised 2 bytes, received 3'],
    ['shorter than promised', '4', 'abc', Code.InvalidArgument, 'promised 4 bytes, received 3'],
  ])('%s: a fault', (_, contentLength, sent, code, message) => {
    const into = reader(PLAIN, contentLength);
    push(into, Buffer.from(sent));
    expect(faultOf(into)).toEqual({ code, message: expect.stringContaining(message) });
  });
});

describe('a query', () => {
  const read = (query: string) => textOf(new QueryReader(new URLSearchParams(query), undefined).single(parse));

  it('has its message as text, or in base64 of either alphabet', () => {
    expect(read('message=a%20b')).toBe('a b');
    expect(read(`base64=1&message=${Buffer.from('ÿþ>').toString('base64url')}`)).toBe('Ã¿Ã¾>');
    expect(read(`base64=1&message=${encodeURIComponent(Buffer.from('ÿþ>').toString('base64'))}`)).toBe('Ã¿Ã¾>');
    expect(read('connect=v1')).toBe('');
  });

  it('tells what was wrong before', () => {
    const fault = new ConnectError('a bad timeout', Code.InvalidArgument);
    expect(faultOf(new QueryReader(new URLSearchParams(), fault)).message).toBe('a bad timeout');
  });
});
