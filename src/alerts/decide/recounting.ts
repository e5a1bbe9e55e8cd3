// When what is bad because of something is counted anew: soon after it may be another, for all that changed by then.
import { ABOUT_ITSELF } from '../../core/alert.ts';
import type { Health } from '../../core/health.ts';
import type { Situation } from './course.ts';
import type { Entry } from './entry.ts';
import type { EntryList } from './entry-list.ts';

export interface Recounting {
  /** The status of a component is another: it may be bad because of others, or was. */
  flipped(index: number, nowMs: number): void;
  /**
   * What is bad because of something may have come, gone or nothing to do with it any more.
   * @param affected undefined: any, such as what an earlier incarnation had no time to count
   */
  redefined(affected: ReadonlySet<string> | undefined, changed: readonly Health[], nowMs: number): void;
}

/** How late consequences may be in what readers see; messages have those of their time. */
const RECOUNT_MS = 1_000;

export function createRecounting(situation: Situation, entries: EntryList): Recounting {
  const recountSoon = (entry: Entry, nowMs: number) => {
    if (!entry.isOpen || entry.recountMs !== Number.POSITIVE_INFINITY) return;
    entry.recountMs = nowMs + RECOUNT_MS;
    entries.hasten(entry, entry.recountMs);
  };
  const flipped = (index: number, nowMs: number) => {
    const { graph, causesAbove } = situation.standings!;
    causesAbove(index, (above) => {
      for (const entry of entries.of(graph.definitions[above]!.id)) recountSoon(entry, nowMs);
    });
  };
  return {
    flipped,
    redefined(affected, changed, nowMs) {
      for (const entry of entries.all()) {
        const { consequences, consequenceCount } = entry.alert ?? ABOUT_ITSELF;
        // Of very many some are named.
        const mayBeOther =
          affected === undefined ||
          consequenceCount > consequences.length ||
          consequences.some((id) => affected.has(id));
        if (mayBeOther) recountSoon(entry, nowMs);
      }
      const { indexOf } = situation.standings!.graph;
      for (const { component, status } of changed) {
        if (status === 'UNHEALTHY' || status === 'DEGRADED') flipped(indexOf.get(component)!, nowMs);
      }
    },
  };
}
