// WatchHealth: where a watcher stands is one revision, and each message is made when the transport takes it, from what
// changed since. So a slow watcher gets the latest state of what changed and costs no memory while it is slow.
import type { WatchHealthRequest, WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import type { Standing } from '../engine/instance.ts';
import { refusal } from '../errors/to-connect.ts';
import { durationFromProto } from './convert.ts';
import type { EndOfCall } from './end-of-call.ts';
import type { News, NewsStream } from './news-streams.ts';
import { paced } from './paced.ts';
import { structureOf } from './structure.ts';
import { followFiltered } from './watch-filtered.ts';
import {
  type Follower,
  type Position,
  positionOf,
  sharedStep,
  snapshot,
  type Update,
  updateSince,
  type Watched,
} from './watch-updates.ts';

export interface WatchHealthOptions {
  readonly reader: HealthReader;
  readonly clock: Clock;
  /** Makes the stream. */
  readonly stream: (news: News<WatchHealthResponse>) => NewsStream<WatchHealthResponse>;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** As `HealthServiceOptions`. */
  readonly standing: Standing;
  /** Longest silence of a stream that names none, in milliseconds. */
  readonly keepAliveMs: number;
}

/**
 * Ends when `signal` fires or the server drains; nothing of it is left then.
 * @throws COMPONENT_NOT_FOUND, INVALID_LABEL_SELECTOR, REVISION_IN_THE_FUTURE; the stream fails with SHUTTING_DOWN.
 */
export function watchHealth(
  { reader, clock, stream, draining, standing, keepAliveMs }: WatchHealthOptions,
  request: WatchHealthRequest,
  signal: EndOfCall,
): NewsStream<WatchHealthResponse> {
  checkStanding(standing, request.sinceRevision, reader.revision);
  const isFiltered = request.parent !== '' || request.label.length > 0;
  const follower = isFiltered ? followFiltered(reader, request) : followNamed(reader, request, clock.monotonicMs());
  const { read, whileQuiet } = paced(follower, {
    clock,
    keepAliveMs: request.keepAlive ? durationFromProto(request.keepAlive) : keepAliveMs,
    minIntervalMs: request.minInterval ? durationFromProto(request.minInterval) : 0,
  });
  return stream({
    signal,
    subscribe: (wake) => follower.subscribe(wake),
    whileQuiet,
    read() {
      if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
      if (standing.isOutdated()) throw refusal('INSTANCE_BEHIND', { behindMs: standing.behindMs() });
      return read();
    },
  });
}

/** One that stands by, or was taken over and does not know it yet, may be behind the one that the watcher comes from. */
function checkStanding(standing: Standing, sinceRevision: bigint, revision: number): void {
  const mayBeBehind = standing.heldBy() !== undefined || standing.isSure?.() === false;
  const isAhead = mayBeBehind && sinceRevision > BigInt(revision);
  if (isAhead || standing.isOutdated()) throw refusal('INSTANCE_BEHIND', { behindMs: standing.behindMs() });
}

/** The components that the request names, or all. */
function followNamed(reader: HealthReader, request: WatchHealthRequest, nowMs: number): Follower {
  const watched = { reader, summaries: request.summaries };
  const ids = request.components.length === 0 ? undefined : new Set(request.components);
  let first: Update | undefined = firstUpdate(watched, request, ids, nowMs);
  let position: Position = positionOf(first);
  const nextUpdate = () => updateSince(watched, position, ids);
  return {
    get revision() {
      return position.revision;
    },
    get isBehind() {
      return first === undefined && ids === undefined && position.revision < reader.revision;
    },
    // What another definition takes away may have been named.
    subscribe: (wake) => reader.subscribe(ids, wake, true),
    next() {
      const update = first ?? (ids ? nextUpdate() : sharedStep(watched, reader, position, nextUpdate));
      first = undefined;
      position = positionOf(update);
      return update.message;
    },
  };
}

/**
 * A watcher that comes back must end with the same state as one that never left. So an id that there is not is an error
 * only for a new watcher: one that resumes may have watched it before a reload took it away, and must hear that it is gone.
 * What the components are is known at the revisions of these definitions only: over a start nothing takes a revision for it, and what names it
 * says whether it is the same.
 */
function firstUpdate(
  watched: Watched,
  { components, sinceRevision, structure }: WatchHealthRequest,
  ids: ReadonlySet<string> | undefined,
  nowMs: number,
): Update {
  const { reader, summaries } = watched;
  const { revision, structureRevision } = reader;
  if (sinceRevision > BigInt(revision)) throw refusal('REVISION_IN_THE_FUTURE', { sinceRevision, revision });
  const missing = components.filter((id) => reader.health(id) === undefined);
  if (sinceRevision === 0n && missing.length > 0) throw refusal('COMPONENT_NOT_FOUND', { components: missing });
  const since = Number(sinceRevision);
  const isSame = structure === '' ? since >= structureRevision : structure === structureOf(reader);
  const isOutdated = since === 0 || (summaries && !isSame);
  if (!isOutdated) return updateSince(watched, { revision: since, ids: reader.ids() }, ids, ids, missing);
  return ids === undefined ? sharedSnapshot(watched, nowMs) : snapshot(watched, ids);
}

/** How long a snapshot is good for others. */
const SNAPSHOT_MS = 250;
/** Made in that time for one watcher each, before those that come share the latest. */
const OWN_SNAPSHOTS = 2;

interface Snapshots {
  readonly fromMs: number;
  readonly count: number;
  /** It may be the largest thing that there is: nothing keeps it for who may come. */
  readonly latest: WeakRef<Update>;
}
const snapshots = { bare: new WeakMap<HealthReader, Snapshots>(), summarised: new WeakMap<HealthReader, Snapshots>() };

/** All that there is. Where many ask for it at once, as after a restart, it is of a moment before, and changes follow at once. */
function sharedSnapshot(watched: Watched, nowMs: number): Update {
  const known = watched.summaries ? snapshots.summarised : snapshots.bare;
  const before = known.get(watched.reader);
  const isRecent = before !== undefined && nowMs < before.fromMs + SNAPSHOT_MS;
  const shared = isRecent && before.count >= OWN_SNAPSHOTS ? before.latest.deref() : undefined;
  if (shared !== undefined) return shared;
  const latest = snapshot(watched, undefined);
  // Frozen, so that a server may keep its bytes.
  Object.freeze(latest.message);
  const { fromMs, count } = isRecent ? before : { fromMs: nowMs, count: 0 };
  known.set(watched.reader, { fromMs, count: count + 1, latest: new WeakRef(latest) });
  return latest;
}
