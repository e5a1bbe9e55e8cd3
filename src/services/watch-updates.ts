// A watcher of WatchHealth, and its messages.
import { create } from '@bufbuild/protobuf';
import { type WatchHealthResponse, WatchHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import type { Changes, HealthReader } from '../engine/health-ports.ts';
import { healthToProto } from './convert.ts';

/** A message, and how far the watcher is with it. */
export interface Update {
  readonly revision: number;
  readonly message: WatchHealthResponse;
}

/** One watcher: what wakes it, and its next message. */
export interface Follower {
  /** Calls `wake` at news. The result ends it. */
  subscribe(wake: () => void): () => void;
  next(): WatchHealthResponse;
}

export function snapshot(reader: HealthReader, watched: Iterable<string> | undefined): Update {
  const { revision } = reader;
  const healths = Array.from(watched ?? reader.ids(), (id) => reader.health(id)).filter(
    (health) => health !== undefined,
  );
  const value = { revision: BigInt(revision), components: healths.map(healthToProto) };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'snapshot', value } }) };
}

export function change({ revision, changed, removed }: Changes): Update {
  const value = { revision: BigInt(revision), components: changed.map(healthToProto), removed: [...removed] };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'change', value } }) };
}

export function keepAlive(revision: number): Update {
  const value = { revision: BigInt(revision) };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value } }) };
}
