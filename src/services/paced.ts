// When the messages of a watcher come: those with changes not too close to each other, and none after a silence that is too long.
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { News } from './news-streams.ts';
import { type Follower, keepAlive } from './watch-updates.ts';

export interface Pace {
  readonly clock: Clock;
  /** Longest silence. */
  readonly keepAliveMs: number;
  /** Least time between two messages with changes; 0 for none. */
  readonly minIntervalMs: number;
}

/** Parts of a least time: those who wait go on at these times only, so that they stand at the same revisions and share messages. */
const PARTS = 4;

export function paced(
  follower: Follower,
  { clock, keepAliveMs, minIntervalMs }: Pace,
): Required<Pick<News<WatchHealthResponse>, 'read' | 'whileQuiet'>> {
  const step = minIntervalMs / PARTS;
  let sentMs = Number.NEGATIVE_INFINITY;
  let nextChangeMs = Number.NEGATIVE_INFINITY;
  let isHeldBack = false;

  return {
    read() {
      const nowMs = clock.monotonicMs();
      isHeldBack = nowMs < nextChangeMs;
      if (isHeldBack && nowMs < sentMs + keepAliveMs) return undefined;
      const message = isHeldBack ? keepAlive(follower.revision) : follower.next();
      // It was woken by a reload of what it does not watch.
      if (message.event.case === 'keepAlive' && nowMs < sentMs + keepAliveMs) return undefined;
      sentMs = nowMs;
      if (minIntervalMs > 0 && message.event.case !== 'keepAlive') {
        nextChangeMs = Math.ceil((nowMs + minIntervalMs) / step) * step;
      }
      return message;
    },
    whileQuiet(wake) {
      const silenceEndsMs = sentMs + keepAliveMs;
      const newsMs = isHeldBack ? nextChangeMs : follower.isBehind ? sentMs : silenceEndsMs;
      const dueMs = Math.min(silenceEndsMs, newsMs);
      return clock.after(Math.max(0, dueMs - clock.monotonicMs()), wake);
    },
  };
}
