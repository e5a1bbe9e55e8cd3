// What Node leaves open for ever on HTTP/2: sessions that say nothing after the preface, sessions that nobody uses any
// more, requests whose body never comes, and answers that nobody takes. A stream that only waits for its answer is none of
// these, however long.
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { createQueuedBytes } from '../http2/keep-native-session.ts';
import type { ListenerLimits, OnRefused, WaitLimit } from './listener-limits.ts';

/** A session as others see it. */
export interface SupervisedSession {
  readonly openStreams: number;
  /** Of answers, when it was last looked at. */
  readonly unreadBytes: number;
  /** About what was sent because the client asked for an acknowledgement: more than it is, with TLS around it. */
  readonly acknowledgedBytes: number;
  /** GOAWAY: no new streams, closed with the last open one. @param socket where frames may be written past the session */
  retire(socket: Socket | undefined): void;
  destroy(): void;
}

export interface Http2Supervisor {
  /** Takes charge of a new session until it closes. */
  add(session: Http2Session): SupervisedSession;
  /** Whether a new stream may be answered now. One for a page is counted among those then. */
  mayServe(stream: ServerHttp2Stream, isPage: boolean): boolean;
  /** Else: `serve` is called when less of the answers of its session is unread. */
  serveLater(stream: ServerHttp2Stream, serve: () => void): void;
  /**
   * Every `lookIntervalMs`: sums up what is unread, ends late requests, streams that take nothing for too long and sessions that
   * are not used, and lets streams begin that waited.
   */
  look(): void;
  /** Asks every session to finish: GOAWAY, no new streams, closed with the last open one. */
  closeSessions(): void;
}

/** What the supervisor knows of an open stream. */
interface Entry {
  readonly stream: ServerHttp2Stream;
  readonly of: SessionEntry;
  isPage: boolean;
  /** When it was last looked at. */
  unreadBytes: number;
  /** Looks that have found the same. */
  sameLooks: number;
  /** The first look that finds its request late. */
  dueLook: number;
  /** In which it came. */
  readonly turn: number;
  isServed: boolean;
  /** As a rapid reset. */
  isCounted: boolean;
  /** Its place among the entries. */
  index: number;
}

interface SessionEntry extends SupervisedSession {
  readonly session: Http2Session;
  readonly queuedBytes: () => number;
  openStreams: number;
  unreadBytes: number;
  acknowledgedBytes: number;
  /** Being answered. */
  pages: number;
  lastStreamId: number;
  /** Whether the last stream that was taken was the last that may be open. */
  isFull: boolean;
  /** How many were open when the session broke. */
  brokenStreams: number;
  /** Streams that this turn of the event loop has begun to answer. */
  servedInTurn: number;
  /** Of late: streams that the client reset in the turn in which they came, before they were served. */
  rapidResets: number;
  /** In the order in which they came. */
  readonly waiting: Waiting[];
  /** Whether the client has sent SETTINGS. */
  isHeard: boolean;
  /** The first look that finds that it says nothing, or that it is not used any more. */
  dueLook: number;
}

interface Waiting {
  readonly entry: Entry;
  readonly serve: () => void;
  readonly limit: WaitLimit | 'turn' | undefined;
}

/** A frame of 17 bytes, in a TLS record of its own. */
const ACKNOWLEDGEMENT_BYTES = 64;
/** What a client must take of one write of Node's, which does not say how far it is in it. */
const SLOWEST_BYTES_PER_SECOND = 16_384;

/**
 * GOAWAY that refuses no stream, however high its number (RFC 9113, section 6.8): requests that are on their way are answered.
 * After any GOAWAY of Node's they would not be.
 */
const SHUTDOWN_NOTICE = Buffer.from('000008070000000000' + '7fffffff00000000', 'hex');

/** Of nghttp2, to which one stream too many is the end of a session whose client knows how many there may be. */
const PROTOCOL_ERROR = -505;

/** One listener for all streams: a closure for each is a tenth of what a call costs. */
const ENTRY = Symbol('entry');
type Supervised = ServerHttp2Stream & { [ENTRY]?: Entry | undefined };

export function createHttp2Supervisor(limits: ListenerLimits, onRefused: OnRefused = () => {}): Http2Supervisor {
  const sessions = new Map<Http2Session, SessionEntry>();
  // No Set: one that changes with every call keeps closed streams alive (keep-native-session.ts).
  const entries: Entry[] = [];
  let looks = 0;
  /** The first look before which `ms` have passed. */
  const lookIn = (ms: number) => looks + Math.ceil(ms / limits.lookIntervalMs) + 1;
  /** Of the event loop; those count in which a stream came. */
  let turn = 0;
  let endsTurn = false;
  /** Sessions that were served in this turn. */
  let served: SessionEntry[] = [];

  /** Looked at once: what is complete then stays. */
  const isLate = (entry: Entry): boolean => {
    if (entry.dueLook > looks) return false;
    entry.dueLook = Number.POSITIVE_INFINITY;
    return !isRequestComplete(entry.stream);
  };

  const add = (stream: Supervised, of: SessionEntry) => {
    // What came in one flight with the reason why its session was ended.
    if (of.session.destroyed) return;
    const dueLook = stream.endAfterHeaders ? Number.POSITIVE_INFINITY : lookIn(limits.requestTimeoutMs);
    const index = entries.length;
    const entry: Entry = {
      stream,
      of,
      dueLook,
      index,
      turn,
      isServed: false,
      isCounted: false,
      isPage: false,
      unreadBytes: 0,
      sameLooks: 0,
    };
    countTurn();
    entries.push(entry);
    stream[ENTRY] = entry;
    of.openStreams++;
    // Not `once`, which would wrap it.
    stream.on('close', onStreamClose);
    if (stream.closed) countReset(entry);
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
    if (of.session.destroyed) of.brokenStreams = Math.max(of.brokenStreams, of.openStreams);
    of.openStreams--;
    if (entry.isPage && entry.isServed) of.pages--;
    countReset(entry);
    if (of.waiting.length > 0) serveWaiting(of);
    if (of.openStreams === 0) of.dueLook = lookIn(limits.idleSessionTimeoutMs);
  }

  /** Node does not report that a stream was refused, but its number is missing then. Once for all that are: the client chooses. */
  const countRefused = (of: SessionEntry, streamId: number) => {
    if (of.isFull && streamId > of.lastStreamId + 2) onRefused('streams_per_connection');
    of.lastStreamId = streamId;
    of.isFull = of.openStreams >= limits.streamsPerConnection;
  };

  /** CVE-2023-44487. */
  const countReset = (entry: Entry) => {
    const { of } = entry;
    if (entry.isServed || entry.isCounted || entry.turn !== turn || of.session.destroyed) return;
    entry.isCounted = true;
    if (++of.rapidResets <= limits.rapidResets) return;
    onRefused('rapid_resets');
    of.session.destroy(new Error('too many rapid resets'), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };

  /** Why a stream has to wait; undefined where it may be answered now. The turn of the event loop is soon over. */
  const findLack = ({ of, isPage }: Entry): WaitLimit | 'turn' | undefined => {
    if (of.queuedBytes() > limits.heldBytesPerConnection) return 'held_bytes_per_connection';
    if (isPage && of.pages >= limits.pagesPerConnection) return 'pages_per_connection';
    return of.servedInTurn >= limits.streamsPerTurn ? 'turn' : undefined;
  };

  const begin = (entry: Entry) => {
    const { of } = entry;
    entry.isServed = true;
    if (of.servedInTurn++ === 0) served.push(of);
    if (entry.isPage) of.pages++;
  };

  /** In their order, so that none waits for ever. */
  const serveWaiting = (of: SessionEntry) => {
    for (let next = of.waiting[0]; next !== undefined && !of.session.destroyed; next = of.waiting[0]) {
      const isGone = next.entry.stream.closed;
      if (!isGone && findLack(next.entry) !== undefined) return;
      of.waiting.shift();
      if (!isGone) begin(next.entry);
      next.serve();
    }
  };

  const countTurn = () => {
    if (endsTurn) return;
    endsTurn = true;
    setImmediate(endTurn);
  };

  const endTurn = () => {
    endsTurn = false;
    turn++;
    const before = served;
    served = [];
    for (const of of before) of.servedInTurn = 0;
    for (const of of before) if (of.waiting.length > 0) serveWaiting(of);
    if (served.length > 0) countTurn();
  };

  const isStuck = (entry: Entry): boolean => {
    const unreadBytes = entry.stream.bufferSize;
    entry.of.unreadBytes += unreadBytes;
    if (unreadBytes === 0 || unreadBytes !== entry.unreadBytes) {
      entry.unreadBytes = unreadBytes;
      entry.sameLooks = 0;
      return false;
    }
    const allowedMs = limits.writeTimeoutMs + (unreadBytes / SLOWEST_BYTES_PER_SECOND) * 1000;
    return ++entry.sameLooks * limits.lookIntervalMs > allowedMs;
  };

  return {
    mayServe(stream: Supervised, isPage) {
      const entry = stream[ENTRY];
      if (entry === undefined) return true;
      entry.isPage = isPage;
      const may = entry.of.waiting.length === 0 && findLack(entry) === undefined;
      if (may) begin(entry);
      return may;
    },
    serveLater(stream: Supervised, serve) {
      const entry = stream[ENTRY];
      if (entry === undefined) return;
      const { waiting } = entry.of;
      // Who has to wait for no reason of his own waits for those before him.
      const limit = findLack(entry) ?? waiting.at(-1)?.limit;
      if (limit !== undefined && limit !== 'turn') onRefused(limit);
      waiting.push({ entry, serve, limit });
    },
    look() {
      for (const session of sessions.values()) {
        session.unreadBytes = 0;
        session.rapidResets = 0;
      }
      looks++;
      for (const entry of [...entries]) {
        const isStuckNow = isStuck(entry);
        if (isStuckNow) onRefused('write_timeout');
        if (isStuckNow || isLate(entry)) entry.stream.close(constants.NGHTTP2_CANCEL);
      }
      for (const of of sessions.values()) {
        if (of.waiting.length > 0) serveWaiting(of);
        if (of.dueLook > looks || of.openStreams > 0) continue;
        of.dueLook = Number.POSITIVE_INFINITY;
        if (of.isHeard) of.session.close();
        else of.session.destroy();
      }
    },
    add(session) {
      const entry: SessionEntry = {
        session,
        queuedBytes: createQueuedBytes(session),
        openStreams: 0,
        unreadBytes: 0,
        acknowledgedBytes: 0,
        pages: 0,
        lastStreamId: -1,
        isFull: false,
        brokenStreams: 0,
        servedInTurn: 0,
        rapidResets: 0,
        waiting: [],
        retire(socket) {
          if (socket === undefined || session.destroyed) return session.close();
          socket.write(SHUTDOWN_NOTICE);
          // What the client has sent before it read the notice comes before its acknowledgement.
          session.ping(() => session.close());
        },
        destroy: () => session.destroy(),
        isHeard: false,
        dueLook: lookIn(limits.pendingTimeoutMs),
      };
      // SETTINGS are the first frame of a client (RFC 9113, section 3.4); one that has sent them speaks HTTP/2.
      const acknowledge = () => {
        entry.acknowledgedBytes += ACKNOWLEDGEMENT_BYTES;
      };
      session.on('ping', acknowledge).on('remoteSettings', acknowledge);
      session.once('remoteSettings', () => {
        entry.isHeard = true;
        entry.dueLook = lookIn(limits.idleSessionTimeoutMs);
      });
      sessions.set(session, entry);
      // Before the server's own, which serves it.
      session.prependListener('stream', (stream: ServerHttp2Stream) => {
        add(stream, entry);
        countRefused(entry, stream.id ?? 0);
      });
      session.on('error', (error: Error & { readonly errno?: number }) => {
        const isFull = entry.brokenStreams >= limits.streamsPerConnection;
        if (isFull && error.errno === PROTOCOL_ERROR) onRefused('streams_per_connection');
      });
      session.once('close', () => {
        sessions.delete(session);
        entry.waiting.length = 0;
      });
      return entry;
    },
    closeSessions() {
      for (const session of sessions.keys()) session.close();
    },
  };
}

function isRequestComplete(stream: ServerHttp2Stream): boolean {
  return (
    stream.readableEnded || stream.state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE || stream.destroyed
  );
}
