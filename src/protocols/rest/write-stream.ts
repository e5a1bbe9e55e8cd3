// A stream of messages as an HTTP answer. The next message is asked for when the one before it has left, so a slow reader
// holds one message, and one who is gone ends the handler.
import type { AnyResponse } from '../../transport/listener.ts';
import { flushHead, isGone, writeChunk, writeHead } from './any-response.ts';
import { COMMON_HEADERS } from './write-answer.ts';

export interface OutgoingStream {
  readonly contentType: string;
  /** Chunks of the answer, made when they are asked for. Rejects at the end when there is an error to tell. */
  readonly chunks: AsyncIterator<string>;
  /** The last chunk, for an error after the head of the answer is out. */
  readonly lastWords: (error: unknown) => string;
  /** Tells the handler that it is over. */
  readonly stop: () => void;
  /** Sets the headers that the handler made. */
  readonly setHeaders: () => void;
}

/** How long the head of the answer waits for the first message, so that an error can still be its HTTP status. */
const HEAD_WAIT_MS = 1_000;

/** @throws what the stream fails with before the head is out; nothing is written then. */
export async function writeStream(response: AnyResponse, stream: OutgoingStream): Promise<void> {
  const { chunks, contentType } = stream;
  const reader = createReaderWatch(response);
  const sendHead = () => {
    if (response.headersSent || isGone(response)) return;
    stream.setHeaders();
    writeHead(response, 200, streamHeaders(contentType));
  };
  const headTimer = setTimeout(() => {
    sendHead();
    flushHead(response);
  }, HEAD_WAIT_MS);
  try {
    while (!isGone(response)) {
      const next = await reader.whileThere(chunks.next());
      if (next === undefined || next.done) break;
      sendHead();
      if (!writeChunk(response, next.value)) await reader.drained();
    }
    sendHead();
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    response.end(stream.lastWords(error));
  } finally {
    clearTimeout(headTimer);
    reader.end();
    stream.stop();
    // A handler that waits for something else than its signal ends when it comes back; nobody waits for that.
    chunks.return?.().catch(() => {});
  }
}

/** What a HEAD request gets: it starts no stream. */
export function writeStreamHead(response: AnyResponse, contentType: string): void {
  writeHead(response, 200, streamHeaders(contentType));
  response.end();
}

/** The last one keeps proxies from holding messages back. */
function streamHeaders(contentType: string) {
  return { ...COMMON_HEADERS, 'content-type': contentType, 'x-accel-buffering': 'no' };
}

interface ReaderWatch {
  /** Settles as `pending` does; undefined as soon as the reader is gone. */
  whileThere<T>(pending: Promise<T>): Promise<T | undefined>;
  /** Settles when the reader took what was written, or is gone. */
  drained(): Promise<void>;
  end(): void;
}

function createReaderWatch(response: AnyResponse): ReaderWatch {
  // One listener for the whole stream. A race with one promise of its end would keep every message that it raced with.
  let wake = () => {};
  const onWake = () => wake();
  response.on('close', onWake).on('drain', onWake);

  return {
    whileThere: (pending) =>
      new Promise((resolve, reject) => {
        wake = () => {
          if (isGone(response)) resolve(undefined);
        };
        pending.then(resolve, reject);
        wake();
      }),
    drained: () =>
      new Promise((resolve) => {
        wake = resolve;
        if (isGone(response)) resolve();
      }),
    end() {
      response.off('close', onWake).off('drain', onWake);
    },
  };
}
