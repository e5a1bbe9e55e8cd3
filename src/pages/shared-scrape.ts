// One scrape at a time, whose bytes all share that asked before it began (ADR 24): what a thousand requests at once cost is
// two scrapes and one copy of their text, and nobody gets figures that are older than the question.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface Scrape {
  /** In bytes. */
  readonly length: number;
  /** In one piece where it is small, made when somebody first asks; else as a stream over what all share: a copy would hold up the loop. */
  text(): Buffer | Readable;
  /** Made when somebody first asks. */
  gzipped(): Promise<Buffer>;
}

/** A text that is larger is not copied into one piece. */
const ONE_PIECE_BYTES = 2 ** 20;
/** The lowest: metrics repeat themselves so much that a higher one gains little for twice the time. */
const COMPRESSION_LEVEL = 1;
/** A scrape that took longer makes nobody wait longer. */
const MAX_PAUSE_MS = 1_000;

/**
 * The function gives a scrape that begins after the call, and rejects where that fails.
 * @param metricsText one scrape, slice by slice
 */
export function createSharedScrape(
  metricsText: () => AsyncIterable<string>,
  monotonicMs: () => number,
): () => Promise<Scrape> {
  /** Whoever comes while one is under way. */
  let next: Promise<Scrape> | undefined;
  /** Settles when another may begin. */
  let free: Promise<unknown> = Promise.resolve();

  const scrape = async (): Promise<Scrape> => {
    const slices: Buffer[] = [];
    for await (const slice of metricsText()) if (slice !== '') slices.push(Buffer.from(slice));
    const length = slices.reduce((sum, slice) => sum + slice.length, 0);
    let text: Buffer | undefined;
    let gzipped: Promise<Buffer> | undefined;
    return {
      length,
      text() {
        if (length > ONE_PIECE_BYTES) return Readable.from(slices);
        text ??= Buffer.concat(slices);
        return text;
      },
      gzipped() {
        gzipped ??= compress(slices);
        return gzipped;
      },
    };
  };
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

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Ends by itself, and holds up no process that has nothing else to do.
  setTimeout(resolve, ms).unref();
  return promise;
}

async function compress(slices: readonly Buffer[]): Promise<Buffer> {
  const compressed: Buffer[] = [];
  await pipeline(
    Readable.from(slices),
    createGzip({ level: COMPRESSION_LEVEL }),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) compressed.push(piece);
    },
  );
  return Buffer.concat(compressed);
}
