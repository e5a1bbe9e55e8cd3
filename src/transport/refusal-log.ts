// What limits have cost clients, in the log: at error level, since somebody has to do something about it, and at most one
// line in ten seconds for each limit, since who attacks must not fill the log too.
import type { Logger } from 'pino';
import type { ConnectionLimit, Limit, ListenerLimits } from './listener-limits.ts';

const QUIET_MS = 10_000;

export interface RefusalLog {
  /** Says nothing of a limit that ends nothing: who is refused an answer hears it there, or has to wait for it. */
  add(limit: Limit): void;
  /** Says what is not said yet. */
  flush(): void;
}

export function createRefusalLog(logger: Logger, limits: ListenerLimits): RefusalLog {
  const shown: Readonly<Record<ConnectionLimit, object>> = {
    connections: { connections: limits.connections },
    pending_connections: { connections: limits.pendingConnections },
    proxy_protocol: { wanted: 'a header of the PROXY protocol' },
    streams_per_connection: { streams: limits.streamsPerConnection },
    write_timeout: { writeTimeoutMs: limits.writeTimeoutMs },
    unread_bytes_per_connection: { bytes: limits.unreadBytesPerConnection },
    unread_bytes: { bytes: limits.unreadBytes },
    pipelined_requests: { requests: limits.pipelinedRequests },
    rapid_resets: { requests: limits.rapidResets },
  };
  const waiting = new Map<ConnectionLimit, { count: number; timer: NodeJS.Timeout | undefined }>();
  const endsConnections = (limit: Limit): limit is ConnectionLimit => limit in shown;
  const say = (limit: ConnectionLimit, count: number) =>
    logger.error({ limit, count, ...shown[limit] }, 'connections or streams were ended because of a limit');

  const quiet = (limit: ConnectionLimit) => {
    const timer = setTimeout(() => sayRest(limit) && quiet(limit), QUIET_MS).unref();
    waiting.set(limit, { count: 0, timer });
  };
  /** Whether there was anything to say. */
  const sayRest = (limit: ConnectionLimit): boolean => {
    const { count = 0, timer } = waiting.get(limit) ?? {};
    clearTimeout(timer);
    waiting.delete(limit);
    if (count > 0) say(limit, count);
    return count > 0;
  };

  return {
    add(limit) {
      if (!endsConnections(limit)) return;
      const entry = waiting.get(limit);
      if (entry !== undefined) {
        entry.count++;
        return;
      }
      say(limit, 1);
      quiet(limit);
    },
    flush() {
      for (const limit of [...waiting.keys()]) sayRest(limit);
    },
  };
}
