// Messages to bytes and back, for one method and one encoding. The bytes of a frozen message are kept with it: freezing
// it (with all that it holds) is how a handler says that it never changes, and may be answered again and again.
import type { DescMethod, Message } from '@bufbuild/protobuf';
import { createMethodSerializationLookup } from '@connectrpc/connect/protocol';
import type { RecordedMethod } from './methods.ts';

export const ENVELOPE_PREFIX_BYTES = 5;

export interface Codec {
  /** @throws ConnectError */
  parse(bytes: Uint8Array): Message;
  /** In an envelope without flags. Not to be changed. @throws ConnectError */
  encode(message: Message): Buffer;
}

export function createCodec(
  method: DescMethod,
  isBinary: boolean,
  { jsonOptions, binaryOptions }: RecordedMethod['options'],
  limits: { readonly readMaxBytes: number; readonly writeMaxBytes: number },
): Codec {
  const serialization = createMethodSerializationLookup(method, binaryOptions, jsonOptions, limits);
  const input = serialization.getI(isBinary);
  const output = serialization.getO(isBinary);
  const kept = new WeakMap<Message, Buffer>();
  return {
    parse: (bytes) => input.parse(bytes),
    encode(message) {
      if (!Object.isFrozen(message)) return toEnvelope(0, output.serialize(message));
      let envelope = kept.get(message);
      if (envelope === undefined) {
        envelope = toEnvelope(0, output.serialize(message));
        kept.set(message, envelope);
      }
      return envelope;
    },
  };
}

export function toEnvelope(flags: number, payload: Uint8Array): Buffer {
  const envelope = Buffer.allocUnsafe(ENVELOPE_PREFIX_BYTES + payload.length);
  envelope[0] = flags;
  envelope.writeUInt32BE(payload.length, 1);
  envelope.set(payload, ENVELOPE_PREFIX_BYTES);
  return envelope;
}

export function payloadOf(envelope: Buffer): Buffer {
  return envelope.subarray(ENVELOPE_PREFIX_BYTES);
}
