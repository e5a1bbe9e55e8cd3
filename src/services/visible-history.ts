// What is remembered, as somebody sees it: of what there is now, by the labels that it has now, and of what is gone where its id
// alone says that it may be seen. The store is not even asked about anything else: that would take time, as nothing does that
// there is not.
import type { Principal } from '../auth/principal.ts';
import type { Reason } from '../core/observation.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import type { HistoryReader } from './history-reader.ts';
import { wordless } from './without-words.ts';

/** @param reader what the principal sees of now */
export function visibleHistory(
  history: HistoryReader,
  reader: HealthReader,
  { scopes, selection }: Pick<Principal, 'scopes' | 'selection'>,
): HistoryReader {
  const isExplained = scopes.has('EXPLAIN');
  if (selection === undefined && isExplained) return history;
  const isVisible = (id: string) =>
    selection === undefined || reader.health(id) !== undefined || selection.takesById(id);
  const shown = <Past extends { readonly reason: Reason; readonly causedBy: readonly string[] }>(past: Past): Past => ({
    ...past,
    reason: isExplained && !isCounted(past.reason) ? past.reason : wordless(past.reason),
    causedBy: past.causedBy.filter(isVisible),
  });
  /** Which members a group had then, nobody knows any more. */
  const isCounted = ({ code }: Reason) => selection !== undefined && code.startsWith('MEMBERS_');

  return {
    retention: history.retention,
    async transitions(query) {
      const components = query.components.filter(isVisible);
      return components.length === 0 ? [] : (await history.transitions({ ...query, components })).map(shown);
    },
    async availability(query) {
      const components = query.components.filter(isVisible);
      const known =
        components.length === 0 ? { untilMs: 0, components: [] } : await history.availability({ ...query, components });
      const byId = new Map(known.components.map((usage) => [usage.component, usage]));
      return {
        untilMs: known.untilMs,
        components: query.components.map((component) => byId.get(component) ?? { component, steps: [] }),
      };
    },
    async knownAt(component, atMs) {
      if (!isVisible(component)) return { kind: 'no-record' };
      const known = await history.knownAt(component, atMs);
      return known.kind === 'known' ? { ...known, record: shown(known.record) } : known;
    },
  };
}
