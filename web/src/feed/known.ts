// What the feed knows of everything, and what of it the tabs have not been sent yet.
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { About, FromFeed, Health } from './messages.ts';
import { toAbout, toHealth } from './plain.ts';

/** Components in one message: a tab takes some milliseconds for it, and draws between two of them. */
const PART = 500;

export interface Known {
  /** The latest revision; 0 before there is any. */
  readonly revision: bigint;
  take(response: WatchHealthResponse): void;
  /** All of it, for a tab that comes. */
  everything(): FromFeed[];
  /** What came since this was last asked, the latest of each component. */
  news(): FromFeed[];
  /** Forgets the revision, so that a stream begins with everything. */
  distrust(): void;
}

export function createKnown(): Known {
  let revision = 0n;
  let heardAt = 0;
  const health = new Map<string, Health>();
  const about = new Map<string, About>();
  let isNew = false;
  const changed = new Set<string>();
  const redefined = new Set<string>();
  const removed = new Set<string>();

  const forgetNews = () => {
    isNew = false;
    for (const names of [changed, redefined, removed]) names.clear();
  };
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
    take({ event }) {
      heardAt = Date.now();
      if (event.case === undefined) return;
      revision = event.value.revision;
      if (event.case === 'keepAlive') return;
      if (event.case === 'snapshot') {
        health.clear();
        about.clear();
        forgetNews();
        isNew = true;
      }
      for (const message of event.value.components) {
        health.set(message.component, toHealth(message));
        changed.add(message.component);
        removed.delete(message.component);
      }
      for (const summary of event.value.summaries) {
        about.set(summary.id, toAbout(summary));
        redefined.add(summary.id);
      }
      if (event.case === 'snapshot') return;
      for (const id of event.value.removed) {
        for (const there of [health, about, changed, redefined]) there.delete(id);
        removed.add(id);
      }
    },
    everything,
    news() {
      const news: FromFeed[] = isNew
        ? everything()
        : [
            ...(removed.size > 0 ? [{ type: 'removed', ids: [...removed] } as const] : []),
            ...partsOf(
              [...changed].map((id) => health.get(id)!),
              [...redefined].map((id) => about.get(id)!),
            ),
            live(),
          ];
      forgetNews();
      return news;
    },
    distrust() {
      revision = 0n;
    },
  };
}

function* partsOf(health: readonly Health[], about: readonly About[]): Generator<FromFeed> {
  for (let from = 0; from < Math.max(health.length, about.length); from += PART) {
    const to = from + PART;
    yield { type: 'update', health: health.slice(from, to), about: about.slice(from, to) };
  }
}
