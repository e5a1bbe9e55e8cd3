// Everything that the dashboard begins with, as JSON by columns: a browser reads it at once, without a program for it, and the stream goes on
// behind its revision. What many components have alike is there once.
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import type { Health } from '../../core/health.ts';
import { reasonText } from '../../core/observation.ts';
import { kindOf } from '../../core/redefined.ts';
import type { HealthReader } from '../../engine/health-ports.ts';
import { structureOf } from '../../services/structure.ts';

export type BegunReader = Pick<
  HealthReader,
  'revision' | 'ids' | 'redefinedSince' | 'health' | 'definition' | 'parents'
>;

export interface Beginning {
  readonly plain: string;
  readonly gzip: Buffer;
}

/** As web/src/feed/beginning.ts reads it. Columns are in the order of `ids`; times are in milliseconds since 1970. */
interface Columns {
  readonly revision: string;
  /** Places in `said`. */
  readonly reasons: number[];
  /** Each a status, a code and a text. */
  readonly said: (readonly [status: string, code: string, message: string])[];
  readonly since: number[];
  /** 0 where there is none. */
  readonly checkedAt: number[];
  /** -1 where there is none. */
  readonly latencyMs: number[];
  /** What few have, by place. */
  readonly more: Record<number, unknown>;
}

const gzip = promisify(gzipWithCallback);

/**
 * One is made at a time for all who see the same. Who asks meanwhile gets that one: what has changed since comes by the stream.
 */
export function createBeginnings(): (reader: BegunReader) => Promise<Beginning> {
  const beingMade = new WeakMap<BegunReader, Promise<Beginning>>();
  /** Of very many components it is megabytes: nothing keeps it for who may come. */
  const latest = new WeakMap<
    BegunReader,
    Pick<HealthReader, 'revision'> & { ids: readonly string[]; made: WeakRef<Beginning> }
  >();
  const definitions = new WeakMap<BegunReader, { readonly ids: readonly string[]; text: string }>();
  const definitionsOf = (reader: BegunReader) => {
    const ids = reader.ids();
    const known = definitions.get(reader);
    if (known?.ids === ids) return known.text;
    const text = JSON.stringify(readDefinitions(reader)).slice(1, -1);
    definitions.set(reader, { ids, text });
    return text;
  };
  const make = async (reader: BegunReader) => {
    const { revision } = reader;
    const ids = reader.ids();
    const plain = `{${definitionsOf(reader)},${JSON.stringify(readColumns(reader)).slice(1)}`;
    const made = { plain, gzip: await gzip(plain) };
    latest.set(reader, { revision, ids, made: new WeakRef(made) });
    return made;
  };
  return (reader) => {
    const pending = beingMade.get(reader);
    if (pending !== undefined) return pending;
    const known = latest.get(reader);
    const isSame = known?.revision === reader.revision && known.ids === reader.ids();
    const before = isSame ? known.made.deref() : undefined;
    if (before !== undefined) return Promise.resolve(before);
    const making = make(reader).finally(() => beingMade.delete(reader));
    beingMade.set(reader, making);
    return making;
  };
}

/** What changes with the configuration alone. */
function readDefinitions(reader: BegunReader) {
  const kinds = createTable<readonly [kind: string, labels: object, parents: readonly string[]]>();
  const names: Record<number, string> = {};
  const ids = reader.ids();
  const of = ids.map((id, place) => {
    const definition = reader.definition(id)!;
    if (definition.displayName) names[place] = definition.displayName;
    const what = [kindOf(definition), definition.labels, reader.parents(id)] as const;
    return kinds.placeOf(JSON.stringify(what), what);
  });
  return { ids, names, defined: kinds.all, definitions: of, structure: structureOf(reader) };
}

function readColumns(reader: BegunReader): Columns {
  const said = createTable<readonly [string, string, string]>();
  const columns: Columns = {
    revision: String(reader.revision),
    reasons: [],
    said: said.all,
    since: [],
    checkedAt: [],
    latencyMs: [],
    more: {},
  };
  for (const [place, id] of reader.ids().entries()) {
    const health = reader.health(id)!;
    const { status, reason, sinceMs, checkedAtMs = 0, latencyMs = -1 } = health;
    const text = reasonText(reason);
    columns.reasons.push(said.placeOf(`${status}\n${reason.code}\n${text}`, [status, reason.code, text]));
    columns.since.push(Math.floor(sinceMs));
    columns.checkedAt.push(Math.floor(checkedAtMs));
    columns.latencyMs.push(Math.round(latencyMs * 1_000) / 1_000);
    const more = readMore(health);
    if (more !== undefined) columns.more[place] = more;
  }
  return columns;
}

/** As the page has it (`Health` in web/src/feed/messages.ts). */
function readMore({ pending, memberCounts: members, causedBy, maintenance, run }: Health): object | undefined {
  if (causedBy.length === 0 && (pending ?? members ?? maintenance ?? run) === undefined) return undefined;
  return {
    causedBy,
    ...(pending && {
      pending: {
        status: pending.status,
        count: pending.count,
        threshold: pending.threshold,
        message: reasonText(pending.reason),
      },
    }),
    ...(members && {
      members: {
        total: members.total,
        UNHEALTHY: members.unhealthy,
        DEGRADED: members.degraded,
        UNKNOWN: members.unknown,
        MAINTENANCE: members.maintenance,
        HEALTHY: members.healthy,
      },
    }),
    ...(maintenance && { maintenance: { reason: maintenance.reason, until: maintenance.untilMs } }),
    ...(run && { runningSince: run.startedMs }),
  };
}

/** Each value once, by the place where it is. */
function createTable<T>() {
  const all: T[] = [];
  const places = new Map<string, number>();
  return {
    all,
    placeOf(key: string, value: T): number {
      let place = places.get(key);
      if (place === undefined) {
        place = all.push(value) - 1;
        places.set(key, place);
      }
      return place;
    },
  };
}
