// WatchHealth: where a watcher stands is one revision, and each message is made when the transport takes it, from what
// changed since. So a slow watcher gets the latest state of what changed and costs no memory while it is slow.
import { create } from '@bufbuild/protobuf';
import {
  type WatchHealthRequest,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { Changes, HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { healthToProto } from './convert.ts';
import type { News, NewsStream } from './news-streams.ts';

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

/** A message, and how far the watcher is with it. */
interface Update {
  readonly revision: number;
  readonly message: WatchHealthResponse;
}

/**
 * Ends when `signal` fires or the server drains; nothing of it is left then.
 * @throws COMPONENT_NOT_FOUND, REVISION_IN_THE_FUTURE; the stream fails with SHUTTING_DOWN.
 */
export function watchHealth(
  { reader, clock, stream, draining, keepAliveMs }: WatchHealthOptions,
  request: WatchHealthRequest,
  signal: AbortSignal,
): NewsStream<WatchHealthResponse> {
  const watched = request.components.length === 0 ? undefined : new Set(request.components);
  let first: Update | undefined = firstUpdate(reader, request, watched);
  let { revision } = first;
  return stream({
    signal,
    subscribe: (wake) => reader.subscribe(watched, wake),
    whileQuiet: (wake) => clock.after(keepAliveMs, wake),
    read() {
      if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
      const update = first ?? (watched ? nextUpdate(reader, revision, watched) : sharedUpdate(reader, revision));
      first = undefined;
      revision = update.revision;
      return update.message;
    },
  });
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

function snapshot(reader: HealthReader, watched: ReadonlySet<string> | undefined): Update {
  const { revision } = reader;
  const healths = Array.from(watched ?? reader.ids(), (id) => reader.health(id)).filter(
    (health) => health !== undefined,
  );
  const value = { revision: BigInt(revision), components: healths.map(healthToProto) };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'snapshot', value } }) };
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

function change({ revision, changed, removed }: Changes): Update {
  const value = { revision: BigInt(revision), components: changed.map(healthToProto), removed: [...removed] };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'change', value } }) };
}

function keepAlive(revision: number): Update {
  const value = { revision: BigInt(revision) };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value } }) };
}
