// Takes content codings off a body (RFC 9110, section 8.4), whichever came: a server may use any where none was asked for
// (section 12.5.3). It stands alone since what a few bytes unfold to has a bound here.

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Cancellation } from '../core/cancellation.ts';

export interface Decoded {
  readonly bytes: Buffer;
  /** There was more than the bound. */
  readonly truncated: boolean;
  /** Why the bytes are not what the server meant, for people. */
  readonly fault?: string;
}

/** More than one is rare, and each could unfold a thousandfold. */
const MAX_CODINGS = 4;

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
  // RFC 9110, section 8.4.1.2: some send it without the wrapping of zlib.
  deflate: (bytes) => (hasZlibHeader(bytes) ? createInflate() : createInflateRaw()),
};

/** Some servers name what is not there, and `none` is curl's other name for `identity`. */
const NO_CODING: ReadonlySet<string> = new Set(['', 'identity', 'none']);

/** The codings in the order of their application; those that change nothing are left out. */
export function contentCodings(header: string | undefined): readonly string[] {
  const names = header?.toLowerCase().split(',') ?? [];
  return names.map((name) => name.trim()).filter((name) => !NO_CODING.has(name));
}

/**
 * Never rejects. Gives up with the bytes so far when `signal` fires.
 * @param isWhole false when `bytes` are only the beginning of what came
 */
export async function decode(
  bytes: Buffer,
  codings: readonly string[],
  options: { readonly maxBytes: number; readonly isWhole: boolean; readonly signal: Cancellation },
): Promise<Decoded> {
  let decoded: Decoded = { bytes, truncated: !options.isWhole };
  if (codings.length > MAX_CODINGS) return { ...decoded, fault: 'the body has too many content codings' };
  for (const coding of codings.toReversed()) {
    const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (decoder === undefined)
      return { ...decoded, fault: `the body has the content coding ${coding}, which is not known` };
    // The beginning of one coding is the beginning of the next too.
    const { truncated } = decoded;
    const next = await unfold(decoded.bytes, decoder(decoded.bytes), options);
    decoded = { bytes: next.bytes, truncated: truncated || next.truncated };
    if (next.broken && !truncated) return { ...decoded, fault: `the body is no valid ${coding}` };
  }
  return decoded;
}

function unfold(
  bytes: Buffer,
  decoder: Transform,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: Cancellation },
): Promise<{ readonly bytes: Buffer; readonly truncated: boolean; readonly broken: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let broken = false;
    const stop = () => decoder.destroy();
    decoder.on('error', () => {
      broken = true;
    });
    decoder.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) stop();
    });
    decoder.once('end', stop);
    decoder.once('close', () => {
      signal.removeEventListener('abort', stop);
      const truncated = size > maxBytes;
      resolve({ bytes: Buffer.concat(chunks, Math.min(size, maxBytes)), truncated, broken: broken && !truncated });
    });
    signal.addEventListener('abort', stop);
    decoder.end(bytes);
  });
}

/** RFC 1950, section 2.2. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
