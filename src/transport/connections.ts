// The open connections of the port, each with what its client leaves unread. Node keeps an answer for a client that never
// reads for ever, and takes connections until there is no descriptor left. Here each connection has an end: who takes
// nothing for too long, who leaves too much, and of the idle ones the first when there are too many.
import type { Socket } from 'node:net';
import { createFairWakeUps } from '../services/fair-wake-ups.ts';
import type { Http2Supervisor, SupervisedSession } from './http2-supervisor.ts';
import type { ConnectionLimit, ListenerLimits, OnRefused } from './listener-limits.ts';

export interface Connection {
  /** TCP. */
  readonly socket: Socket;
  /** What speaks HTTP: `socket`, or TLS over it. */
  carrier: Socket;
  /** Once it speaks HTTP/2. */
  session: SupervisedSession | undefined;
  /** Whether it has shown which HTTP it speaks. No HTTP server of Node's knows it before, so that none of its time-outs holds. */
  readonly isDecided: boolean;
}

export interface Connections {
  /** Takes charge of a new connection until it closes. One too many, and an idle one goes, or this. */
  add(socket: Socket): Connection;
  /** It has shown which HTTP it speaks. */
  decided(connection: Connection): void;
  /** HTTP/1.1: whether the next answer on it is to be the last. */
  isAged(carrier: Socket): boolean;
  count(): number;
  /** Those that have not shown which HTTP they speak. */
  destroyPending(): void;
  destroyAll(): void;
  /** Settles when none is left. */
  ended(): Promise<void>;
  start(): void;
  stop(): void;
}

interface Entry extends Connection {
  isDecided: boolean;
  bytesRead: number;
  /** The last look that found that the client had sent something. */
  activeLook: number;
  unreadBytes: number;
  /** Of what the client had taken when it last took enough. */
  takenBytes: number;
  /** Looks since then, while there was something to take. */
  stuckLooks: number;
  isAged: boolean;
  /** The look that finds that its age, or its grace, is over. */
  overLook: number;
  /** The look that finds that it should have shown which HTTP it speaks. */
  readonly dueLook: number;
}

/** How many are looked at for one that may go: the rest waits its turn. */
const LOOKED_AT = 64;
/** Of HTTP/2, in which headers of answers go past a client that takes nothing else. */
const LEAST_TAKEN_BYTES = 1024;

export function createConnections(options: {
  readonly limits: ListenerLimits;
  readonly supervisor: Pick<Http2Supervisor, 'look'>;
  readonly onRefused: OnRefused;
  /** From 0 to 1. */
  readonly random: () => number;
}): Connections {
  const { limits, supervisor, onRefused, random } = options;
  // In the order in which they are looked at for one that may go.
  const entries = new Set<Entry>();
  /** In order of arrival. */
  const pending = new Set<Entry>();
  const looksUntilLate = Math.ceil(limits.writeTimeoutMs / limits.lookIntervalMs);
  const looksUntilDue = Math.ceil(limits.pendingTimeoutMs / limits.lookIntervalMs) + 1;
  const aged = new WeakSet<Socket>();
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;

  /** A thousand streams may end with a connection: of many that are to go, one goes in each turn of the event loop. */
  const endings = createFairWakeUps(1);

  const end = (entry: Entry) => {
    entry.session?.destroy();
    entry.carrier.destroy();
    entry.socket.destroy();
  };

  const refuse = (entry: Entry, limit: ConnectionLimit) => {
    if (!entries.delete(entry)) return;
    pending.delete(entry);
    onRefused(limit);
    end(entry);
  };

  /** At its age it is used for nothing new; at the end of its grace for nothing at all. */
  const age = (entry: Entry) => {
    if (!entries.has(entry) || looks < entry.overLook) return;
    if (entry.isAged) return end(entry);
    entry.isAged = true;
    entry.overLook = looks + Math.ceil(limits.connectionAgeGraceMs / limits.lookIntervalMs);
    if (entry.session === undefined) aged.add(entry.carrier);
    // TLS would have it written in the middle of what the session writes.
    else entry.session.retire(entry.carrier === entry.socket ? entry.socket : undefined);
  };

  const refuseInTurn = (entry: Entry, limit: ConnectionLimit) => endings.add({ resume: () => refuse(entry, limit) });

  /** The last look before which the client had sent something; -1 for one that has not even said which HTTP it speaks. */
  const activity = (entry: Entry): number => {
    if (!entry.isDecided) return -1;
    return entry.socket.bytesRead === entry.bytesRead ? entry.activeLook : looks + 1;
  };

  /** Of the first that are idle, the one that has been so the longest. */
  const makeRoom = (newcomer: Entry) => {
    let victim: Entry | undefined;
    let left = LOOKED_AT;
    for (const entry of entries) {
      if (left-- === 0) break;
      if (entry === newcomer) continue;
      if (!isIdle(entry)) {
        // Behind the others, so that the next to come look at others.
        entries.delete(entry);
        entries.add(entry);
      } else if (victim === undefined || activity(entry) < activity(victim)) {
        victim = entry;
      }
    }
    refuse(victim ?? newcomer, 'connections');
  };

  const isStuck = (entry: Entry): boolean => {
    const { taken: sent, queued } = sentBytes(entry.socket);
    // Answers to PING and SETTINGS go past a client that takes nothing else.
    const taken = sent - (entry.session?.acknowledgedBytes ?? 0);
    if (entry.unreadBytes === 0 && queued === 0) {
      entry.stuckLooks = 0;
      return false;
    }
    const isEnough = taken - entry.takenBytes >= (entry.session === undefined ? 1 : LEAST_TAKEN_BYTES);
    if (entry.stuckLooks > 0 && !isEnough) return ++entry.stuckLooks > looksUntilLate + 1;
    entry.takenBytes = taken;
    entry.stuckLooks = 1;
    return false;
  };

  const look = () => {
    looks++;
    supervisor.look();
    for (const entry of pending) {
      if (entry.dueLook > looks) break;
      end(entry);
    }
    let unreadBytes = 0;
    for (const entry of entries) {
      const { bytesRead } = entry.socket;
      if (bytesRead !== entry.bytesRead) {
        entry.bytesRead = bytesRead;
        entry.activeLook = looks;
      }
      entry.unreadBytes = entry.session?.unreadBytes ?? entry.carrier.writableLength;
      unreadBytes += entry.unreadBytes;
      if (isStuck(entry)) refuseInTurn(entry, 'write_timeout');
      else if (entry.unreadBytes > limits.unreadBytesPerConnection) refuseInTurn(entry, 'unread_bytes_per_connection');
      else if (looks >= entry.overLook && entry.isDecided) endings.add({ resume: () => age(entry) });
    }
    if (unreadBytes <= limits.unreadBytes) return;
    for (const entry of [...entries].sort((a, b) => b.unreadBytes - a.unreadBytes)) {
      if (unreadBytes <= limits.unreadBytes) break;
      unreadBytes -= entry.unreadBytes;
      refuseInTurn(entry, 'unread_bytes');
    }
  };

  return {
    add(socket) {
      const entry: Entry = {
        socket,
        carrier: socket,
        session: undefined,
        isDecided: false,
        bytesRead: 0,
        activeLook: 0,
        unreadBytes: 0,
        takenBytes: 0,
        stuckLooks: 0,
        isAged: false,
        // Those that came at one time must not all come back at one time.
        overLook: looks + Math.ceil((limits.connectionAgeMs * (0.9 + 0.2 * random())) / limits.lookIntervalMs),
        dueLook: looks + looksUntilDue,
      };
      entries.add(entry);
      pending.add(entry);
      const forget = () => {
        entries.delete(entry);
        pending.delete(entry);
      };
      // A client that ends before it has said anything.
      socket.once('close', forget).on('end', destroySocket);
      if (entries.size > limits.connections) makeRoom(entry);
      const [oldest] = pending;
      if (pending.size > limits.pendingConnections && oldest !== undefined) refuse(oldest, 'pending_connections');
      return entry;
    },
    decided(entry: Entry) {
      entry.isDecided = true;
      entry.socket.off('end', destroySocket);
      pending.delete(entry);
    },
    isAged: (carrier) => aged.has(carrier),
    count: () => entries.size,
    destroyPending() {
      for (const { socket } of pending) socket.destroy();
    },
    destroyAll() {
      for (const { socket } of entries) socket.destroy();
    },
    async ended() {
      for (const { socket } of entries) await new Promise((resolve) => socket.once('close', resolve));
    },
    start() {
      timer ??= setInterval(look, limits.lookIntervalMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function destroySocket(this: Socket): void {
  this.destroy();
}

/** Nothing is asked on it. */
function isIdle({ isDecided, session, carrier }: Entry): boolean {
  if (!isDecided) return true;
  if (session !== undefined) return session.openStreams === 0;
  // The answer that is being made, as Node itself keeps it, for want of an API.
  return ((carrier as Socket & { readonly _httpMessage?: unknown })._httpMessage ?? null) === null;
}

type Handle = { readonly bytesWritten?: number; readonly writeQueueSize?: number };

/**
 * How far the bytes for a client have got. Node says what it was given to send, and not how much of that has gone: its handles
 * know both, and a handle is no public API. Without it, only whole writes are seen to go. @param socket of TCP
 */
function sentBytes(socket: Socket): { readonly taken: number; readonly queued: number } {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  const queued = handle?.writeQueueSize ?? 0;
  return { taken: (handle?.bytesWritten ?? socket.bytesWritten) - queued, queued };
}
