// Sources of components beside the engine: what they give is put together with what the file has, one change after the other, whether
// it is the file that changes or a source.
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { nameSome } from '../config/apply/removed-components.ts';
import { type DiscoveredComponent, type Merged, mergeDiscovered } from '../config/compile/discovery.ts';
import type { LoadedConfig } from '../config/read-config.ts';
import type { Clock } from '../core/clock.ts';
import { inSlices, type Steps } from '../core/steps.ts';
import { createTurns } from '../core/turns.ts';
import {
  type Collected,
  createDiscovery,
  type Discovery,
  type SourceList,
  type SourceStats,
} from '../discovery/discovery.ts';
import type { SourceContext } from '../discovery/source.ts';
import type { DiscoveredLists } from './discovered-lists.ts';

export interface DiscoveringOptions extends Omit<SourceContext, 'onChange'> {
  readonly clock: Clock;
  /** What sources named before the start, and where it is kept for the next one. */
  readonly lists: DiscoveredLists;
  readonly logger: Logger;
  readonly onDefect: (error: unknown) => void;
}

/** Goes over to what there is now. */
export type ApplyMerged = (merged: Merged) => Promise<void>;

export interface Discovering extends Pick<Discovery<DiscoveredComponent>, 'look' | 'subscribe'> {
  /** What there is at the start: waits a while for the first answers, so that what was known before the start goes on. */
  begin(config: LoadedConfig, stop?: AbortSignal): Promise<Merged>;
  /** From now on applies what changes at the sources. */
  start(apply: ApplyMerged): void;
  /** Goes over to another file. @throws what `apply` throws; everything then is as it was */
  reload(next: LoadedConfig, apply: ApplyMerged): Promise<void>;
  describe: Merged['describe'];
  stats(): ReadonlyMap<string, SourceStats>;
  close(): Promise<void>;
}

/** A source that says nothing for so long is waited for no longer. */
const FIRST_ANSWERS_MS = 5000;

export function createDiscovering({ logger, onDefect, lists, ...context }: DiscoveringOptions): Discovering {
  const { clock } = context;
  const discovery = createDiscovery<DiscoveredComponent>(context);
  let running: LoadedConfig | undefined;
  let merged: Merged | undefined;
  /** Something was collected that could not be applied. */
  let isOwed = false;
  const turns = createTurns();

  const inShortSlices = <Result>(steps: Steps<Result>) =>
    inSlices(steps, { nowMs: () => clock.monotonicMs(), pause: () => setImmediate() });
  const configure = (config: LoadedConfig, remembered?: ReadonlyMap<string, SourceList>) => {
    // Of thousands, and asked for where there are sources.
    let ids: ReadonlySet<string> | undefined;
    discovery.configure({
      sources: config.sources,
      compile: config.compileDiscovered,
      ...(remembered && { remembered }),
      isTaken(id) {
        ids ??= new Set(config.system.components.map((component) => component.id));
        return ids.has(id);
      },
    });
  };
  const collect = async (config: LoadedConfig) => {
    const collected = await inShortSlices(discovery.collect());
    keep(collected, config);
    return { collected, next: await inShortSlices(mergeDiscovered(config, collected.components)) };
  };
  const keep = ({ lists: named }: Collected<DiscoveredComponent>, { sources }: LoadedConfig) =>
    lists.take(
      named,
      sources.map(({ id }) => id),
    );
  const say = ({ added, removed }: Collected<DiscoveredComponent>) => {
    if (added.length > 0)
      logger.info({ added: added.length, components: nameSome(added) }, 'components were discovered');
    if (removed.length > 0)
      logger.warn(
        { removed: removed.length, components: nameSome(removed) },
        'components are watched no more: their sources do not name them any longer',
      );
  };

  return {
    look: discovery.look,
    subscribe: discovery.subscribe,
    stats: discovery.stats,
    describe: (id) => merged?.describe(id),
    async begin(config, stop) {
      running = config;
      configure(config, await lists.load());
      await discovery.firstAnswers(FIRST_ANSWERS_MS, stop);
      const { collected, next } = await collect(config);
      say(collected);
      merged = next;
      return next;
    },
    start(apply) {
      discovery.start(() =>
        turns.take(async () => {
          try {
            const collected = await inShortSlices(discovery.collect());
            keep(collected, running!);
            if (!collected.isChanged && !isOwed) return;
            isOwed = true;
            const next = await inShortSlices(mergeDiscovered(running!, collected.components));
            await apply(next);
            isOwed = false;
            merged = next;
            say(collected);
          } catch (error) {
            onDefect(error);
            logger.error({ err: error }, 'what was discovered could not be taken over, it is tried again');
          }
        }),
      );
    },
    reload: (next, apply) =>
      turns.take(async () => {
        configure(next);
        try {
          const { collected, next: both } = await collect(next);
          await apply(both);
          running = next;
          merged = both;
          isOwed = false;
          say(collected);
        } catch (error) {
          configure(running!);
          isOwed = true;
          throw error;
        }
      }),
    async close() {
      await discovery.close();
      await turns.take(async () => {});
      await lists.close();
    },
  };
}
