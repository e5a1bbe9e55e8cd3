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

/** What the supervisor knows of an open stream. */
interface Entry {
  readonly stream: ServerHttp2Stream;
  readonly of: SessionEntry;
  /** The first sweep that finds its request late. */
  dueSweep: number;
  /** Its place among the entries. */
  index: number;
}

interface SessionEntry {
  readonly session: Http2Session;
  openStreams: number;
  timer: NodeJS.Timeout;
}

/** One listener for all streams: a closure for each is a tenth of what a call costs. */
const ENTRY = Symbol('entry');
type Supervised = ServerHttp2Stream & { [ENTRY]?: Entry | undefined };

export function createHttp2Supervisor(limits: ListenerLimits): Http2Supervisor {
  const sessions = new Set<Http2Session>();
  // No Set: one that changes with every call keeps closed streams alive (held-streams.ts).
  const entries: Entry[] = [];
  const sweepsUntilLate = Math.ceil(limits.requestTimeoutMs / limits.sweepIntervalMs) + 1;
  let sweeps = 0;
  let sweep: NodeJS.Timeout | undefined;

  const cancelLate = () => {
    sweeps++;
    for (const entry of entries) {
      if (entry.dueSweep > sweeps) continue;
      entry.dueSweep = Number.POSITIVE_INFINITY;
      if (!isRequestComplete(entry.stream)) entry.stream.close(constants.NGHTTP2_CANCEL);
    }
  };

  const add = (stream: Supervised, of: SessionEntry) => {
    const dueSweep = stream.endAfterHeaders ? Number.POSITIVE_INFINITY : sweeps + sweepsUntilLate;
    const entry: Entry = { stream, of, dueSweep, index: entries.length };
    entries.push(entry);
    stream[ENTRY] = entry;
    of.openStreams++;
    // Not `once`, which would wrap it.
    stream.on('close', onStreamClose);
  };

  function onStreamClose(this: Supervised): void {
    const entry = this[ENTRY];
    if (entry === undefined) return;
    this[ENTRY] = undefined;
    const last = entries.pop();
    if (last !== undefined && last !== entry) {
      entries[entry.index] = last;
      last.index = entry.index;
    }
    const { of } = entry;
    of.openStreams--;
    if (of.openStreams === 0 && !of.session.destroyed) of.timer.refresh();
  }

  return {
    add(session) {
      sessions.add(session);
      const entry: SessionEntry = {
        session,
        openStreams: 0,
        timer: setTimeout(() => session.destroy(), limits.undecidedTimeoutMs),
      };
      const closeIfIdle = () => {
        if (entry.openStreams === 0) session.close();
      };
      // SETTINGS are the first frame of a client (RFC 9113, section 3.4); one that has sent them speaks HTTP/2.
      session.once('remoteSettings', () => {
        clearTimeout(entry.timer);
        if (!session.destroyed) entry.timer = setTimeout(closeIfIdle, limits.idleSessionTimeoutMs);
      });
      session.on('stream', (stream: ServerHttp2Stream) => add(stream, entry));
      session.once('close', () => {
        clearTimeout(entry.timer);
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
