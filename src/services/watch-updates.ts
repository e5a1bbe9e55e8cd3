// A watcher of WatchHealth, and its messages.
import { create } from '@bufbuild/protobuf';
import {
  type ComponentSummary,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Health } from '../core/health.ts';
import type { Changes, HealthReader } from '../engine/health-ports.ts';
import { createHealthMessage, createSummary, definitionToProto, healthToProto, MANY_COMPONENTS } from './convert.ts';
import { structureOf } from './structure.ts';

/** A message, and how far the watcher is with it. */
export interface Update {
  readonly revision: number;
  /** The components that there are by it, as `HealthReader.ids` lists them. */
  readonly ids: readonly string[];
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
  const isKept = healths.length < MANY_COMPONENTS;
  const value = {
    revision: BigInt(revision),
    components: healths.map(isKept ? healthToProto : createHealthMessage),
    summaries: summaries ? summariesOf(reader, healths, isKept ? definitionToProto : createSummary) : [],
    structure: summaries ? structureOf(reader) : '',
  };
  const message = create(WatchHealthResponseSchema, { event: { case: 'snapshot', value } });
  return { revision, ids: reader.ids(), message };
}

/** What a watcher stands at: it knows all changes up to a revision, and what the components of a list are. */
export type Position = Pick<Update, 'revision' | 'ids'>;

/** Without its message, which is not to be kept for it. */
export function positionOf({ revision, ids }: Update): Position {
  return { revision, ids };
}

/**
 * What is otherwise than at a position. What is defined in another way may have no revision for it yet, on an instance that stands by.
 *
 * @param taken ids of what the watcher receives. Undefined: all
 * @param before ids of what it received until then
 * @param missing that it receives as removed in any case
 */
export function updateSince(
  watched: Watched,
  position: Position,
  taken: ReadonlySet<string> | undefined,
  before = taken,
  missing: readonly string[] = [],
): Update {
  const { reader } = watched;
  const changes = reader.changesSince(position.revision, taken);
  const others = reader.redefinedSince(position.ids);
  if (changes === undefined || others === undefined) return snapshot(watched, taken);
  const isTaken = (id: string) => reader.definition(id) !== undefined && (taken?.has(id) ?? true);
  // What the one that decides has no more may still be in the file of one that stands by, which knows nothing of it then.
  const redefined = [...new Set([...others, ...changes.removed])].filter(isTaken);
  const left = others.filter((id) => (before?.has(id) ?? true) && !isTaken(id));
  const known = new Set(redefined.length === 0 ? [] : changes.changed.map(({ component }) => component));
  const changed = [...changes.changed, ...redefined.filter((id) => !known.has(id)).map((id) => reader.health(id)!)];
  const removed = [...new Set([...changes.removed.filter((id) => !isTaken(id)), ...left, ...missing])];
  return changed.length === 0 && removed.length === 0
    ? { revision: changes.revision, ids: reader.ids(), message: keepAlive(changes.revision) }
    : change(watched, position, { revision: changes.revision, changed, removed });
}

/** @param before the message before: whatever has become something else since then is among what changed */
function change({ reader, summaries }: Watched, before: Position, { revision, changed, removed }: Changes): Update {
  const mayDiffer = summaries && (before.ids !== reader.ids() || before.revision < reader.structureRevision);
  const value = {
    revision: BigInt(revision),
    components: changed.map(healthToProto),
    removed: [...removed],
    summaries: mayDiffer ? summariesOf(reader, changed) : [],
    structure: mayDiffer ? structureOf(reader) : '',
  };
  const message = create(WatchHealthResponseSchema, { event: { case: 'change', value } });
  return { revision, ids: reader.ids(), message };
}

export function keepAlive(revision: number): WatchHealthResponse {
  const value = { revision: BigInt(revision) };
  return create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value } });
}

function summariesOf(
  reader: HealthReader,
  healths: readonly Health[],
  toProto = definitionToProto,
): ComponentSummary[] {
  return healths.map(({ component: id }) => toProto(reader.definition(id)!, reader.parents(id)));
}

interface Step {
  readonly from: Position;
  readonly update: Update;
}
const latestSteps = { bare: new WeakMap<object, Step>(), summarised: new WeakMap<object, Step>() };

/**
 * The next update of those who watch the same and stand at the same position, as they do again and again: the latest is made once.
 *
 * @param what the same object for all of them
 */
export function sharedStep({ reader, summaries }: Watched, what: object, from: Position, make: () => Update): Update {
  const steps = summaries ? latestSteps.summarised : latestSteps.bare;
  const latest = steps.get(what);
  if (
    latest !== undefined &&
    isSame(latest.from, from) &&
    isSame(latest.update, { revision: reader.revision, ids: reader.ids() })
  )
    return latest.update;
  const update = make();
  // Frozen, so that a server may keep its bytes.
  Object.freeze(update.message);
  steps.set(what, { from, update });
  return update;
}

function isSame(a: Position, b: Position): boolean {
  return a.revision === b.revision && a.ids === b.ids;
}
