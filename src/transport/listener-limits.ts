// How long and how many: the bounds of what a client may hold open on the port. Every one of them is an end to something
// that Node would otherwise let stand for ever. Durations are in milliseconds.

export interface ListenerLimits {
  /** Open connections; above it an idle one goes, or the one that comes. */
  readonly connections: number;
  /** Connections that have not shown their protocol yet; the oldest one goes when there are more. */
  readonly pendingConnections: number;
  /** From the connection to the first bytes of its protocol: TLS handshake, HTTP/2 preface, HTTP/2 SETTINGS. */
  readonly pendingTimeoutMs: number;
  /** HTTP/1.1: from the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the start of a request to the end of its body. How long its answer takes does not count. */
  readonly requestTimeoutMs: number;
  /** HTTP/1.1: between an answer and the next request. */
  readonly keepAliveTimeoutMs: number;
  /** How long a connection is used, give or take a tenth. Infinity: for ever. */
  readonly connectionAgeMs: number;
  /** From then on: how long what is open on it may go on. */
  readonly connectionAgeGraceMs: number;
  /** HTTP/2: without an open stream. PINGs do not prolong it. */
  readonly idleSessionTimeoutMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly writeTimeoutMs: number;
  /** Of answers, that one connection may leave unread, in bytes. */
  readonly unreadBytesPerConnection: number;
  /** The same of all together. */
  readonly unreadBytes: number;
  /** How often what is unread, and late requests of HTTP/2, are looked at; time-outs and bounds may be late by this much. */
  readonly lookIntervalMs: number;
  /** HTTP/2: bytes unread on one connection above which its further streams wait. */
  readonly heldBytesPerConnection: number;
  /** HTTP/2: pages that are answered at the same time on one connection; further ones wait. Each may be large. */
  readonly pagesPerConnection: number;
  /** HTTP/1.1: requests that have come before the answers of those before them. */
  readonly pipelinedRequests: number;
  /** HTTP/2: open streams of one connection. */
  readonly streamsPerConnection: number;
  /** HTTP/2: streams of one connection that one turn of the event loop begins to answer; further ones wait for the next. */
  readonly streamsPerTurn: number;
  /** HTTP/2: streams of one connection that are reset in the turn in which they came, between two looks. */
  readonly rapidResets: number;
  /** HTTP/1.1: how often late requests are looked for; they may live longer by this much. */
  readonly sweepIntervalMs: number;
}

/** Keys of the configuration, below `limits` or `server`, of what ends connections and streams. */
export type ConnectionLimit =
  | 'connections'
  | 'pending_connections'
  | 'proxy_protocol'
  | 'streams_per_connection'
  | 'write_timeout'
  | 'unread_bytes_per_connection'
  | 'unread_bytes'
  | 'pipelined_requests'
  | 'rapid_resets';

/** What makes streams wait. */
export type WaitLimit = 'held_bytes_per_connection' | 'pages_per_connection';

/** The others end nothing: the client reads it in an answer, or only waits for it. */
export type Limit = ConnectionLimit | WaitLimit | 'request_bytes';

/** Called for each connection, stream or request that is ended, not taken, or has to wait, because of a limit. */
export type OnRefused = (limit: Limit) => void;

export const DEFAULT_LISTENER_LIMITS: ListenerLimits = {
  connections: 20_000,
  pendingConnections: 1024,
  pendingTimeoutMs: 10_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  // Longer than the minute after which load balancers drop an idle connection themselves.
  keepAliveTimeoutMs: 75_000,
  idleSessionTimeoutMs: 300_000,
  connectionAgeMs: Number.POSITIVE_INFINITY,
  connectionAgeGraceMs: 30_000,
  writeTimeoutMs: 10_000,
  unreadBytesPerConnection: 16_777_216,
  unreadBytes: 67_108_864,
  lookIntervalMs: 500,
  // A few large answers: who reads is not held up by this, and who does not costs no more.
  heldBytesPerConnection: 1_048_576,
  pagesPerConnection: 8,
  // Load generators pipeline by 16 and 32; nobody else does at all.
  pipelinedRequests: 64,
  streamsPerConnection: 1000,
  // Their cost is a few milliseconds at the most: so long does everybody else wait for one connection.
  streamsPerTurn: 16,
  rapidResets: 100,
  sweepIntervalMs: 5_000,
};
