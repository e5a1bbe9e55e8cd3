// What sources of components named last, kept for the next start: where a source is down then, what it gave is watched all the same.
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store.ts';
import type { SourceList } from '../discovery/discovery.ts';
import type { Target } from '../discovery/source.ts';

export interface DiscoveredLists {
  /** What was kept, by source. Empty where it cannot be read. */
  load(): Promise<ReadonlyMap<string, SourceList>>;
  /** Keeps these soon, and forgets those of sources that are there no more. @param sources all that there are */
  take(lists: ReadonlyMap<string, SourceList>, sources: readonly string[]): void;
  /** Keeps what is still to be kept; nothing is open once it settles. */
  close(): Promise<void>;
}

export interface DiscoveredListsOptions {
  readonly store: Pick<Store, 'kept' | 'keep'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process is the one that writes. */
  readonly mayWrite: () => boolean;
}

const TOPIC = 'discovery';
/** After the first change; what comes meanwhile is kept with it. */
const GATHER_MS = 1000;
/** A list that changes all the time is written so often. */
const PAUSE_MS = 30_000;
/** Of one source. What is longer is not kept. */
const MAX_CHARS = 8 * 2 ** 20;

export function createDiscoveredLists({ store, clock, logger, mayWrite }: DiscoveredListsOptions): DiscoveredLists {
  const kept = new Set<string>();
  let owed = new Map<string, SourceList | undefined>();
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();
  let closing: Promise<void> | undefined;

  const arm = () => {
    if (closing !== undefined || cancel !== undefined || owed.size === 0) return;
    const nowMs = clock.monotonicMs();
    cancel = clock.after(Math.max(GATHER_MS, restUntilMs - nowMs), () => {
      cancel = undefined;
      restUntilMs = clock.monotonicMs() + PAUSE_MS;
      writing = write().finally(arm);
    });
  };
  const write = async () => {
    if (owed.size === 0 || !mayWrite()) return;
    const taken = owed;
    owed = new Map();
    try {
      const texts = new Map([...taken].map(([id, list]) => [id, list && textOf(id, list)]));
      await store.keep({ topic: TOPIC, texts });
      for (const [id, text] of texts) {
        if (text === undefined) kept.delete(id);
        else kept.add(id);
      }
    } catch (error) {
      owed = new Map([...taken, ...owed]);
      logger.warn({ err: error }, 'what sources name could not be kept for the next start, it is tried again');
    }
  };
  const textOf = (id: string, { fingerprint, targets }: SourceList): string | undefined => {
    const text = JSON.stringify({ fingerprint, targets: targets.map(toKept) });
    if (text.length <= MAX_CHARS) return text;
    logger.warn(
      { source: id, targets: targets.length },
      'what the source names is too long to be kept for the next start',
    );
    return undefined;
  };

  return {
    async load() {
      const lists = new Map<string, SourceList>();
      try {
        for (const { key, text } of await store.kept(TOPIC)) {
          kept.add(key);
          const list = read(text);
          if (list !== undefined) lists.set(key, list);
        }
      } catch (error) {
        logger.warn({ err: error }, 'what sources named before the start cannot be read');
      }
      return lists;
    },
    take(lists, sources) {
      for (const [id, list] of lists) owed.set(id, list);
      const ids = new Set(sources);
      for (const id of [...kept, ...owed.keys()]) if (!ids.has(id)) owed.set(id, undefined);
      arm();
    },
    close() {
      cancel?.();
      closing ??= writing.then(write);
      return closing;
    },
  };
}

/** How something was is not kept, only that the source knows it. */
interface KeptTarget extends Omit<Target, 'observation'> {
  readonly isKnown?: true;
}

const NOT_YET = {
  outcome: 'UNKNOWN',
  reason: { code: 'DISCOVERY_PENDING', message: 'the source has not answered yet' },
} as const;

function toKept({ name, address, labels, observation }: Target): KeptTarget {
  return { name, address, labels, ...(observation !== undefined && { isKnown: true }) };
}

/** Undefined for what another version has written. */
function read(text: string): SourceList | undefined {
  try {
    const { fingerprint, targets } = JSON.parse(text) as { fingerprint: string; targets: readonly KeptTarget[] };
    return {
      fingerprint,
      targets: targets.map(({ isKnown, ...target }) => (isKnown ? { ...target, observation: NOT_YET } : target)),
    };
  } catch {
    return undefined;
  }
}
