// What the pipeline looks at and mends in a request before it reads it, for Connect's own handlers, which have no place for it:
// their request goes through here, message by message, opened where it is compressed. Whatever else is wrong with it is left
// to them, byte for byte.
import type { DescMethod } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import {
  type Compression,
  compressedFlag,
  createMethodSerializationLookup,
  type UniversalServerRequest,
} from '@connectrpc/connect/protocol';
import { MAX_MESSAGE_BYTES } from '../../calls/codec.ts';
import { compressionNamed } from '../../calls/compression.ts';
import { ENVELOPE_PREFIX_BYTES, toEnvelope } from '../../calls/envelope.ts';
import { createMessageReader, type MessageReader } from '../../calls/message-reader.ts';
import type { RecordedMethod } from '../../calls/methods.ts';
import type { CompleteError } from '../../errors/from-connect.ts';
import { EnvelopeSplitter } from '../envelope-splitter.ts';
import { readQueryMessage } from '../query-reader.ts';
import type { RpcCallsOptions } from '../rpc-calls.ts';

export interface ReadableOptions extends Pick<RpcCallsOptions, 'requestBytes' | 'onUnread'> {
  /** The last word on every error: Connect cannot write one to gRPC that echoes half a surrogate pair. */
  readonly completeError: CompleteError;
}

type Chunks = AsyncIterable<Uint8Array>;

export interface ReadableRequests {
  /** The same request, whose body throws a ConnectError where the pipeline would. */
  adapt(request: UniversalServerRequest, body: Chunks): UniversalServerRequest;
  /** Of a GET. @throws ConnectError where the pipeline would, and for base64 that is none */
  checkQuery(query: URLSearchParams): Promise<void>;
}

export function createReadableRequests(
  method: DescMethod,
  { binaryOptions, jsonOptions }: RecordedMethod['options'],
  { requestBytes, completeError, onUnread }: ReadableOptions,
): ReadableRequests {
  // What comes through here is bounded before it is read.
  const limits = { readMaxBytes: MAX_MESSAGE_BYTES, writeMaxBytes: MAX_MESSAGE_BYTES };
  const serialization = createMethodSerializationLookup(method, binaryOptions, jsonOptions, limits);
  const [binary, json] = [true, false].map((isBinary): MessageReader => {
    const parse = (bytes: Uint8Array) => serialization.getI(isBinary).parse(bytes);
    const read = createMessageReader(method, isBinary, parse, onUnread);
    return (bytes) => {
      try {
        return read(bytes);
      } catch (error) {
        throw completeError(ConnectError.from(error));
      }
    };
  }) as [MessageReader, MessageReader];

  /** @returns undefined for bytes that cannot be opened */
  const open = async (bytes: Uint8Array, compression: Compression | undefined): Promise<Uint8Array | undefined> =>
    compression === undefined ? bytes : compression.decompress(bytes, requestBytes).catch(() => undefined);

  async function* plain(
    body: Chunks,
    compression: Compression | undefined,
    read: MessageReader,
  ): AsyncGenerator<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let count = 0;
    for await (const chunk of body) {
      count += chunk.byteLength;
      if (count > requestBytes) yield* [...chunks.splice(0), chunk];
      else chunks.push(chunk);
    }
    if (count > requestBytes) return;
    const bytes = Buffer.concat(chunks);
    const message = await open(bytes, compression);
    const mended = message && read(message).mended;
    if (mended === undefined) yield bytes;
    else yield compression === undefined ? mended : await compression.compress(mended);
  }

  const readEnvelope = async (
    envelope: Buffer,
    compression: Compression | undefined,
    read: MessageReader,
  ): Promise<Buffer> => {
    const flags = envelope[0] ?? 0;
    const isCompressed = (flags & compressedFlag) !== 0;
    // The end of a stream, or what nobody can open.
    if ((flags & ~compressedFlag) !== 0 || (isCompressed && compression === undefined)) return envelope;
    const payload = envelope.subarray(ENVELOPE_PREFIX_BYTES);
    const message = await open(payload, isCompressed ? compression : undefined);
    const mended = message && read(message).mended;
    return mended === undefined ? envelope : toEnvelope(0, mended).bytes;
  };

  async function* enveloped(
    body: Chunks,
    compression: Compression | undefined,
    read: MessageReader,
  ): AsyncGenerator<Uint8Array> {
    const splitter = new EnvelopeSplitter(requestBytes);
    for await (const { buffer, byteOffset, byteLength } of body) {
      const whole = splitter.push(Buffer.from(buffer, byteOffset, byteLength));
      for (let start = 0, end = 0; start < whole.length; start = end) {
        end = start + ENVELOPE_PREFIX_BYTES + whole.readUInt32BE(start + 1);
        yield await readEnvelope(whole.subarray(start, end), compression, read);
      }
      // It stays as it came.
      if (splitter.oversizedBytes !== undefined) yield splitter.rest();
    }
    yield splitter.rest();
  }

  return {
    adapt(request, body) {
      const { header } = request;
      const contentType = header.get('content-type') ?? '';
      const read = JSON_TYPE.test(contentType) ? json : binary;
      if (ENVELOPED_TYPE.test(contentType)) {
        const encodingHeader = CONNECT_TYPE.test(contentType) ? 'connect-content-encoding' : 'grpc-encoding';
        return { ...request, body: enveloped(body, compressionNamed(header.get(encodingHeader)), read) };
      }
      if (Number(header.get('content-length')) > requestBytes) return { ...request, body };
      // What is mended has another length.
      const withoutLength = new Headers(header);
      withoutLength.delete('content-length');
      const compression = compressionNamed(header.get('content-encoding'));
      return { ...request, header: withoutLength, body: plain(body, compression, read) };
    },
    async checkQuery(query) {
      const bytes = readQueryMessage(query);
      if (!Buffer.isBuffer(bytes)) throw bytes;
      const compression = compressionNamed(query.get('compression'));
      const isUnknown = query.has('compression') && compression === undefined;
      if (query.get('encoding') !== 'json' || bytes.length > requestBytes || isUnknown) return;
      const message = await open(bytes, compression);
      if (message !== undefined) json(message);
    },
  };
}

const JSON_TYPE = /^application\/(?:(?:grpc|grpc-web|connect)\+)?json\b/i;
const ENVELOPED_TYPE = /^application\/(?:grpc|connect\+)/i;
const CONNECT_TYPE = /^application\/connect\+/i;
