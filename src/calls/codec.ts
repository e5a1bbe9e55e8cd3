// Messages to bytes and back, for one method and one encoding. The bytes of a frozen message are kept with it: freezing
// it (with all that it holds) is how a handler says that it never changes, and may be answered again and again. Requests
// repeat too: who asks for health asks the same every few seconds. A short one that came before is the same frozen message.
import type { DescMethod, Message } from '@bufbuild/protobuf';
import { type Compression, createMethodSerializationLookup } from '@connectrpc/connect/protocol';
import { decompress } from './compression.ts';
import { type Envelope, toEnvelope } from './envelope.ts';
import { isThenable } from './invoke.ts';
import { keepEncoded } from './keep-encoded.ts';
import { createBinaryFromParts, createJsonFromParts } from './list-parts.ts';
import { createMessageReader, type OnUnread } from './message-reader.ts';
import type { RecordedMethod } from './methods.ts';
import { freezeMessage, Repeated } from './repeated.ts';

/** Protobuf's own bound. */
export const MAX_MESSAGE_BYTES = 0xffff_ffff;

export interface Codec {
  /**
   * The message from `from` to `to`. Frozen, with all that it holds, where it is short and holds no bytes.
   * @throws ConnectError
   */
  parse(chunk: Buffer, from: number, to: number): Message;
  /** Without flags. @throws ConnectError */
  encode(message: Message): Envelope;
}

export function createCodec(
  method: DescMethod,
  isBinary: boolean,
  { jsonOptions, binaryOptions }: RecordedMethod['options'],
  limits: { readonly readMaxBytes: number; readonly writeMaxBytes: number },
  onUnread?: OnUnread,
): Codec {
  const serialization = createMethodSerializationLookup(method, binaryOptions, jsonOptions, limits);
  const input = serialization.getI(isBinary);
  const output = serialization.getO(isBinary);
  const encodeParts = isBinary
    ? createBinaryFromParts(method.output, binaryOptions)
    : createJsonFromParts(method.output, jsonOptions);
  const read = createMessageReader(method, isBinary, (bytes) => input.parse(bytes), onUnread);
  return {
    parse: rememberShort((bytes) => read(bytes).message),
    encode: keepEncoded((message) => toEnvelope(0, encodeParts?.(message) ?? output.serialize(message))),
  };
}

/** A message that is the whole of some bytes. */
export function parseBody(
  codec: Codec,
  body: Buffer,
  compression: Compression | undefined,
  maxBytes: number,
): Message | Promise<Message> {
  if (compression === undefined) return codec.parse(body, 0, body.length);
  const opened = decompress(compression, body, maxBytes);
  return isThenable<Buffer>(opened)
    ? opened.then((bytes) => codec.parse(bytes, 0, bytes.length))
    : codec.parse(opened, 0, opened.length);
}

/** Hardly any request has more, and what has is hardly ever asked twice. */
const SHORT_BYTES = 256;

function rememberShort(parse: (bytes: Uint8Array) => Message): Codec['parse'] {
  const known = new Repeated<Message>();
  return (chunk, from, to) => {
    if (to - from > SHORT_BYTES) return parse(viewOf(chunk, from, to));
    const key = chunk.toString('latin1', from, to);
    const repeated = known.get(key);
    if (repeated !== undefined) return repeated;
    const message = parse(viewOf(chunk, from, to));
    if (freezeMessage(message)) known.set(key, message);
    return message;
  };
}

/** Fields of type bytes are views of what they are read from: no Buffer, which is more than the type promises. */
function viewOf({ buffer, byteOffset }: Buffer, from: number, to: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, to - from);
}
