// One scrape at a time, whose bytes all share that asked before it began (ADR 24): what a thousand requests at once cost is
// two scrapes and one copy of their text, and nobody gets figures that are older than the question.
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { compressPiece, gzipOf, type Piece } from './gzip-pieces.ts';

/** An object that says its text is the same one as long as it says the same. */
export type MetricsSlice = string | { toString(): string };

export interface Scrape {
  /** In bytes. */
  readonly length: number;
  /** In one piece where it is small, unpacked when somebody first asks; else as a stream over what all share: a copy would hold up the loop. */
  text(): Promise<Buffer | Readable>;
  /** Made when somebody first asks. */
  gzipped(): Buffer;
}

/** A text that is larger is not copied into one piece. */
const ONE_PIECE_BYTES = 2 ** 20;
/** Short texts are compressed together. */
const PIECE_CHARACTERS = 2 ** 16;
/** About what is written in one turn of the loop: else the next turn would have to be waited for. */
const AT_ONCE = 16;
/** Of what is unpacked at a time. */
const UNPACKED_BYTES = 2 ** 18;
/** A scrape that took longer makes nobody wait longer. */
const MAX_PAUSE_MS = 1_000;

/**
 * The function gives a scrape that begins after the call, and rejects where that fails.
 * @param metricsText one scrape, slice by slice
 */
export function createSharedScrape(
  metricsText: () => AsyncIterable<MetricsSlice>,
  monotonicMs: () => number,
): () => Promise<Scrape> {
  /** Whoever comes while one is under way. */
  let next: Promise<Scrape> | undefined;
  /** Settles when another may begin. */
  let free: Promise<unknown> = Promise.resolve();
  const known = new WeakMap<object, Piece>();

  const scrape = async () => scrapeOf(await compress(metricsText(), known));
  const scrapeWhenFree = async (): Promise<Scrape> => {
    await free;
    next = undefined;
    const startedAtMs = monotonicMs();
    const made = scrape();
    // Scrapes in a row take half of the time at the most: the other half is for everybody else.
    free = made.catch(() => {}).then(() => pause(Math.min(monotonicMs() - startedAtMs, MAX_PAUSE_MS)));
    return made;
  };
  return () => {
    next ??= scrapeWhenFree();
    return next;
  };
}

/** @param known what was compressed before; and from now on also what is compressed here, where it may come again */
async function compress(
  metricsText: AsyncIterable<MetricsSlice>,
  known: WeakMap<object, Piece>,
): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  let short = '';
  /** Some are compressed while the next one is written. */
  const running: Promise<void>[] = [];
  const add = async (text: string, source?: object) => {
    if (running.length >= AT_ONCE) await running.shift();
    const at = pieces.length;
    const compressed = compressPiece(text).then((piece) => {
      pieces[at] = piece;
      if (source !== undefined) known.set(source, piece);
    });
    // Who waits for it learns of it.
    compressed.catch(() => {});
    running.push(compressed);
    pieces.length += 1;
  };
  const addShort = async () => {
    const text = short;
    short = '';
    if (text !== '') await add(text);
  };
  for await (const slice of metricsText) {
    if (typeof slice === 'string') {
      short += slice;
      if (short.length >= PIECE_CHARACTERS) await addShort();
      continue;
    }
    await addShort();
    const piece = known.get(slice);
    if (piece === undefined) await add(slice.toString(), slice);
    else pieces.push(piece);
  }
  await addShort();
  await Promise.all(running);
  return pieces;
}

function scrapeOf(pieces: readonly Piece[]): Scrape {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let plain: Promise<readonly Buffer[]> | undefined;
  let text: Promise<Buffer> | undefined;
  let gzipped: Buffer | undefined;
  const zipped = () => {
    gzipped ??= gzipOf(pieces);
    return gzipped;
  };
  return {
    length,
    async text() {
      plain ??= unpack(zipped());
      if (length > ONE_PIECE_BYTES) return Readable.from(await plain);
      text ??= plain.then((slices) => Buffer.concat(slices));
      return text;
    },
    gzipped: zipped,
  };
}

async function unpack(zipped: Buffer): Promise<readonly Buffer[]> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES });
  gunzip.end(zipped);
  const slices: Buffer[] = [];
  for await (const slice of gunzip) slices.push(slice);
  return slices;
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Ends by itself, and holds up no process that has nothing else to do.
  setTimeout(resolve, ms).unref();
  return promise;
}
