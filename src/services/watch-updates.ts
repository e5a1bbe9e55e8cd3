// A watcher of WatchHealth, and its messages.
import { create } from '@bufbuild/protobuf';
import {
  type ComponentSummary,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Health } from '../core/health.ts';
import type { Changes, HealthReader } from '../engine/health-ports.ts';
import { definitionToProto, healthToProto } from './convert.ts';
import { structureOf } from './structure.ts';

/** A message, and how far the watcher is with it. */
export interface Update {
  readonly revision: number;
  readonly message: WatchHealthResponse;
}

/** One watcher: what wakes it, and its next message. */
export interface Follower {
  /** How far it is: that of its latest message. */
  readonly revision: number;
  /** Whether its latest message was of a moment before, so that there may be news that nothing wakes it for. */
  readonly isBehind: boolean;
  /** Calls `wake` at news. The result ends it. */
  subscribe(wake: () => void): () => void;
  next(): WatchHealthResponse;
}

/** What a watcher receives the updates of. */
export interface Watched {
  readonly reader: HealthReader;
  /** Whether they say what the components are. */
  readonly summaries: boolean;
}

export function snapshot({ reader, summaries }: Watched, ids: Iterable<string> | undefined): Update {
  const { revision } = reader;
  const healths = Array.from(ids ?? reader.ids(), (id) => reader.health(id)).filter((health) => health !== undefined);
  const value = {
    revision: BigInt(revision),
    components: healths.map(healthToProto),
    summaries: summaries ? summariesOf(reader, healths) : [],
    structure: summaries ? structureOf(reader) : '',
  };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'snapshot', value } }) };
}

/** @param since revision of the message before: whatever has become something else since then is among what changed */
export function change({ reader, summaries }: Watched, since: number, { revision, changed, removed }: Changes): Update {
  const mayDiffer = summaries && since < reader.structureRevision;
  const value = {
    revision: BigInt(revision),
    components: changed.map(healthToProto),
    removed: [...removed],
    summaries: mayDiffer ? summariesOf(reader, changed) : [],
    structure: mayDiffer ? structureOf(reader) : '',
  };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'change', value } }) };
}

export function keepAlive(revision: number): Update {
  const value = { revision: BigInt(revision) };
  return { revision, message: create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value } }) };
}

function summariesOf(reader: HealthReader, healths: readonly Health[]): ComponentSummary[] {
  return healths.map(({ component: id }) => definitionToProto(reader.definition(id)!, reader.parents(id)));
}

interface Step {
  readonly from: number;
  readonly update: Update;
}
const latestSteps = { bare: new WeakMap<object, Step>(), summarised: new WeakMap<object, Step>() };

/**
 * The next update of those who watch the same and stand at the same revision, as they do again and again: the latest is made once.
 *
 * @param what the same object for all of them
 */
export function sharedStep({ reader, summaries }: Watched, what: object, from: number, make: () => Update): Update {
  const steps = summaries ? latestSteps.summarised : latestSteps.bare;
  const latest = steps.get(what);
  if (latest !== undefined && latest.from === from && latest.update.revision === reader.revision) return latest.update;
  const update = make();
  // Frozen, so that a server may keep its bytes.
  Object.freeze(update.message);
  steps.set(what, { from, update });
  return update;
}
