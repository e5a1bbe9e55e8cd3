// Compression of requests and answers. Answers are made for one caller each, so they are compressed quickly rather than well:
// brotli's own default takes sixty times as long as gzip. What is small is not worth it, or is done at once.
import { promisify } from 'node:util';
import { brotliCompress, constants, gunzipSync } from 'node:zlib';
import type { Compression } from '@connectrpc/connect/protocol';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { type Envelope, toEnvelope } from './envelope.ts';
import { Repeated } from './repeated.ts';

/** As Connect has it: what is smaller is not worth compressing. */
export const COMPRESS_MIN_BYTES = 1024;
export const COMPRESSED_FLAG = 1;

const BROTLI_QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const compressBrotli = promisify(brotliCompress);

/** The best first. */
export const COMPRESSIONS: readonly Compression[] = [
  compressionGzip,
  {
    ...compressionBrotli,
    compress: async (bytes) => new Uint8Array(await compressBrotli(bytes, BROTLI_QUALITY)),
  },
];

/** Undefined where we lack it. */
export function compressionNamed(name: string | null | undefined): Compression | undefined {
  return COMPRESSIONS.find((compression) => compression.name === name);
}

/**
 * @param hasQuality whether items have weights (RFC 9110, section 12.5.3), or are names alone, as in gRPC
 * @returns the first compression that a list of accepted codings names; undefined for none
 */
export function createNegotiation(
  compressions: readonly Compression[],
  hasQuality: boolean,
): (accepted: string | string[] | undefined) => Compression | undefined {
  // Callers name the same few lists again and again.
  const known = new Repeated<Compression | undefined>(64);
  const choose = (accepted: string) => {
    const names = hasQuality ? acceptedCodings(accepted) : accepted.split(',').map((name) => name.trim());
    const found = names.find((name) => compressions.some((compression) => compression.name === name));
    return compressionNamed(found);
  };
  return (accepted) =>
    typeof accepted !== 'string' || accepted === 'identity' ? undefined : known.of(accepted, choose);
}

/** The codings that an `Accept-Encoding` takes, in its order. */
export function acceptedCodings(accepted: string): readonly string[] {
  return accepted.split(',').flatMap((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => REFUSED.test(parameter)) ? [] : [name];
  });
}

const REFUSED = /^q\s*=\s*0(?:\.0*)?$/;

/** Compressed, where that was agreed upon and pays. */
export function pack(compression: Compression | undefined, envelope: Envelope): Envelope | Promise<Envelope> {
  if (compression === undefined || envelope.payloadBytes < COMPRESS_MIN_BYTES) return envelope;
  const flags = envelope.flags | COMPRESSED_FLAG;
  return compression.compress(envelope.payload.bytes).then((compressed) => toEnvelope(flags, compressed));
}

/** What opens to no more than this is opened at once: a thread costs more than that does. */
const MAX_BYTES_AT_ONCE = 65_536;

/** @throws ConnectError, or rejects with it, for what is damaged, and for what is larger than `maxBytes` when it is open */
export function decompress(compression: Compression, bytes: Uint8Array, maxBytes: number): Buffer | Promise<Buffer> {
  const isSmall = compression.name === 'gzip' && bytes.length > 0 && bytes.length < MAX_BYTES_AT_ONCE;
  const opened = isSmall ? gunzipAtOnce(bytes, Math.min(maxBytes, MAX_BYTES_AT_ONCE)) : undefined;
  if (opened !== undefined) return opened;
  const later = compression.decompress(new Uint8Array(bytes), maxBytes);
  return later.then(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
}

/** Node makes room for 16 KiB where nobody says how much there will be, and that takes as long as a short message does. */
const MIN_CHUNK_BYTES = 256;

/** Undefined for what is larger, or damaged: the words for that are Connect's. */
function gunzipAtOnce(bytes: Uint8Array, maxOutputLength: number): Buffer | undefined {
  try {
    return gunzipSync(bytes, {
      maxOutputLength,
      chunkSize: Math.min(Math.max(MIN_CHUNK_BYTES, 4 * bytes.length), MAX_BYTES_AT_ONCE),
    });
  } catch {
    return undefined;
  }
}
