// What the feed knows of everything, and what tabs are sent of a message from the server.
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Beginning } from './beginning.ts';
import type { About, FromFeed, Health } from './messages.ts';
import { toAbout, toHealth } from './plain.ts';

/** Components in one message: a tab takes some milliseconds for it, and draws between two of them. */
const PART = 500;

export interface Known {
  /** The latest revision; 0 before there is any. */
  readonly revision: bigint;
  /** Names what all components are; empty before it is known. */
  readonly structure: string;
  /** @returns what is new by it, for the tabs that have all else */
  take(response: WatchHealthResponse): Iterable<FromFeed>;
  /** Begins with what a tab has begun with. Nothing was taken before. */
  begin(beginning: Beginning): void;
  /** All of it, for a tab that comes. */
  everything(): Iterable<FromFeed>;
  /** What a tab lacks that has begun with this. What it knows already and is not known here comes by the stream. */
  since(beginning: Beginning): Iterable<FromFeed>;
  /** Forgets the revision, so that the next stream begins with everything. */
  distrust(): void;
}

export function createKnown(): Known {
  let revision = 0n;
  let structure = '';
  let heardAt = 0;
  const health = new Map<string, Health>();
  const about = new Map<string, About>();

  const live = (): FromFeed => ({ type: 'live', revision: String(revision), at: heardAt });
  const everything = (): FromFeed[] => [
    { type: 'reset' },
    ...partsOf([...health.values()], [...about.values()]),
    ...(heardAt === 0 ? [] : [live()]),
  ];

  return {
    get revision() {
      return revision;
    },
    get structure() {
      return structure;
    },
    take({ event }) {
      heardAt = Date.now();
      if (event.case === undefined) return [];
      revision = event.value.revision;
      if (event.case === 'keepAlive') return [live()];
      structure = event.value.structure || structure;
      if (event.case === 'snapshot') {
        health.clear();
        about.clear();
      }
      const changed = event.value.components.map(toHealth);
      for (const each of changed) health.set(each.id, each);
      const defined = event.value.summaries.map(toAbout);
      for (const each of defined) about.set(each.id, each);
      if (event.case === 'snapshot') return everything();
      const ids = event.value.removed;
      for (const id of ids) {
        health.delete(id);
        about.delete(id);
      }
      return [...(ids.length > 0 ? [{ type: 'removed', ids } as const] : []), ...partsOf(changed, defined), live()];
    },
    begin(beginning) {
      heardAt = Date.now();
      revision = BigInt(beginning.revision);
      structure = beginning.structure;
      for (const each of beginning.health) health.set(each.id, each);
      for (const each of beginning.about) about.set(each.id, each);
    },
    everything,
    since(beginning) {
      // Nothing has come yet: what comes first is for all.
      if (heardAt === 0) return [];
      // What is newer there comes here in a moment.
      if (BigInt(beginning.revision) >= revision) return [live()];
      const before = new Map(beginning.health.map((each) => [each.id, each]));
      const described = new Map(beginning.about.map((each) => [each.id, each]));
      const changed = [...health.values()].filter((each) => !isEqual(each, before.get(each.id)));
      const defined = [...about.values()].filter((each) => !isEqual(each, described.get(each.id)));
      const ids = [...before.keys()].filter((id) => !health.has(id));
      return [...(ids.length > 0 ? [{ type: 'removed', ids } as const] : []), ...partsOf(changed, defined), live()];
    },
    distrust() {
      revision = 0n;
    },
  };
}

/** By what is in them, as JSON has it: they may have come by different ways. */
function isEqual(a: object, b: object | undefined): boolean {
  if (b === undefined) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const [one, other] = [a, b].map((each) => (each as Readonly<Record<string, unknown>>)[key]);
    return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
  });
}

function* partsOf(health: readonly Health[], about: readonly About[]): Generator<FromFeed> {
  for (let from = 0; from < Math.max(health.length, about.length); from += PART) {
    const to = from + PART;
    yield { type: 'update', health: health.slice(from, to), about: about.slice(from, to) };
  }
}
