// WatchHealth: where a watcher stands is one revision, and each message is made when the transport takes it, from what
// changed since. So a slow watcher gets the latest state of what changed and costs no memory while it is slow.
import type { WatchHealthRequest, WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import type { News, NewsStream } from './news-streams.ts';
import { followFiltered } from './watch-filtered.ts';
import { change, type Follower, keepAlive, snapshot, type Update } from './watch-updates.ts';

export interface WatchHealthOptions {
  readonly reader: HealthReader;
  readonly clock: Clock;
  /** Makes the stream. */
  readonly stream: (news: News<WatchHealthResponse>) => NewsStream<WatchHealthResponse>;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** Longest silence of a stream, in milliseconds. */
  readonly keepAliveMs: number;
}

/**
 * Ends when `signal` fires or the server drains; nothing of it is left then.
 * @throws COMPONENT_NOT_FOUND, INVALID_LABEL_SELECTOR, REVISION_IN_THE_FUTURE; the stream fails with SHUTTING_DOWN.
 */
export function watchHealth(
  { reader, clock, stream, draining, keepAliveMs }: WatchHealthOptions,
  request: WatchHealthRequest,
  signal: AbortSignal,
): NewsStream<WatchHealthResponse> {
  const isFiltered = request.parent !== '' || request.label.length > 0;
  const follower = isFiltered ? followFiltered(reader, request) : followNamed(reader, request);
  return stream({
    signal,
    subscribe: (wake) => follower.subscribe(wake),
    whileQuiet: (wake) => clock.after(keepAliveMs, wake),
    read() {
      if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
      return follower.next();
    },
  });
}

/** The components that the request names, or all. */
function followNamed(reader: HealthReader, request: WatchHealthRequest): Follower {
  const watched = request.components.length === 0 ? undefined : new Set(request.components);
  let first: Update | undefined = firstUpdate(reader, request, watched);
  let { revision } = first;
  return {
    subscribe: (wake) => reader.subscribe(watched, wake),
    next() {
      const update = first ?? (watched ? nextUpdate(reader, revision, watched) : sharedUpdate(reader, revision));
      first = undefined;
      revision = update.revision;
      return update.message;
    },
  };
}

/**
 * A watcher that comes back must end with the same state as one that never left. So an id that there is not is an error
 * only for a new watcher: one that resumes may have watched it before a reload took it away, and must hear that it is gone.
 */
function firstUpdate(
  reader: HealthReader,
  { components, sinceRevision }: WatchHealthRequest,
  watched: ReadonlySet<string> | undefined,
): Update {
  if (sinceRevision > BigInt(reader.revision)) {
    throw refusal('REVISION_IN_THE_FUTURE', { sinceRevision, revision: reader.revision });
  }
  const missing = components.filter((id) => reader.health(id) === undefined);
  if (sinceRevision === 0n) {
    if (missing.length > 0) throw refusal('COMPONENT_NOT_FOUND', { components: missing });
    return snapshot(reader, watched);
  }
  return nextUpdate(reader, Number(sinceRevision), watched, missing);
}

/** What changed after `revision`, without `missing` that the watcher receives in any case. */
function nextUpdate(
  reader: HealthReader,
  revision: number,
  watched: ReadonlySet<string> | undefined,
  missing: readonly string[] = [],
): Update {
  const changes = reader.changesSince(revision, watched);
  if (changes === undefined) return snapshot(reader, watched);
  const removed = [...new Set([...changes.removed, ...missing])];
  return changes.changed.length === 0 && removed.length === 0
    ? keepAlive(changes.revision)
    : change({ ...changes, removed });
}

/** Watchers of everything stand at the same revisions again and again: of those, the latest step is made once. */
const latestSteps = new WeakMap<HealthReader, { readonly from: number; readonly update: Update }>();

/** The next update of a watcher of everything that resumed nothing: the same for all that stand at `from`. */
function sharedUpdate(reader: HealthReader, from: number): Update {
  const latest = latestSteps.get(reader);
  if (latest !== undefined && latest.from === from && latest.update.revision === reader.revision) return latest.update;
  const update = nextUpdate(reader, from, undefined);
  // Frozen, so that a server may keep its bytes.
  Object.freeze(update.message);
  latestSteps.set(reader, { from, update });
  return update;
}
