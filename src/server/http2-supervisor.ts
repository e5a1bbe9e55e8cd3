// What Node leaves open for ever on HTTP/2: sessions that say nothing after the preface, sessions that nobody uses any
// more, and requests whose body never comes. A stream that only waits for its answer is none of these, however long.
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { ListenerLimits } from './listener-limits.ts';

export interface Http2Supervisor {
  /** Takes charge of a new session until it closes. */
  add(session: Http2Session): void;
  /** Tells every session to finish: GOAWAY, no new streams, closed with the last open one. */
  closeSessions(): void;
  /** Begins to look for late requests. */
  start(): void;
  /** Ends it. */
  stop(): void;
}

export function createHttp2Supervisor(limits: ListenerLimits): Http2Supervisor {
  const sessions = new Set<Http2Session>();
  // When a request is late, in order of arrival: a search looks at what is late and at one more.
  const incomplete = new Map<ServerHttp2Stream, number>();

  const cancelLate = () => {
    const nowMs = performance.now();
    for (const [stream, dueMs] of incomplete) {
      if (dueMs > nowMs) break;
      incomplete.delete(stream);
      if (!isRequestComplete(stream)) stream.close(constants.NGHTTP2_CANCEL);
    }
  };
  let sweep: NodeJS.Timeout | undefined;

  return {
    add(session) {
      sessions.add(session);
      let openStreams = 0;
      let timer = setTimeout(() => session.destroy(), limits.undecidedTimeoutMs);
      const closeIfIdle = () => {
        if (openStreams === 0) session.close();
      };
      // SETTINGS are the first frame of a client (RFC 9113, section 3.4); one that has sent them speaks HTTP/2.
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        if (!session.destroyed) timer = setTimeout(closeIfIdle, limits.idleSessionTimeoutMs);
      });
      session.on('stream', (stream: ServerHttp2Stream) => {
        openStreams++;
        if (!stream.endAfterHeaders) incomplete.set(stream, performance.now() + limits.requestTimeoutMs);
        // Not `once`, which would wrap it.
        stream.on('close', () => {
          openStreams--;
          incomplete.delete(stream);
          if (openStreams === 0 && !session.destroyed) timer.refresh();
        });
      });
      session.once('close', () => {
        clearTimeout(timer);
        sessions.delete(session);
      });
    },
    closeSessions() {
      for (const session of sessions) session.close();
    },
    start() {
      sweep ??= setInterval(cancelLate, limits.sweepIntervalMs).unref();
    },
    stop() {
      clearInterval(sweep);
      sweep = undefined;
    },
  };
}

function isRequestComplete(stream: ServerHttp2Stream): boolean {
  return (
    stream.readableEnded || stream.state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE || stream.destroyed
  );
}
