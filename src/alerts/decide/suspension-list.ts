// Silences and maintenance that people began: which of them hold, and when that changes.
import type { Suspension } from '../../core/alert.ts';
import { parseSelection, type Selection } from '../../core/selection.ts';

export interface SuspensionList {
  all(): readonly Suspension[];
  find(kind: Suspension['kind'], id: string): Suspension | undefined;
  /** Adds or replaces it; forgets the oldest of very many that are over. */
  set(suspension: Suspension, atMs: number): void;
  /** Whether a silence holds that takes the component. */
  isSilenced(id: string, labels: Readonly<Record<string, string>>, atMs: number): boolean;
  /** Epoch milliseconds of the next time after `atMs` at which a silence begins or ends. Infinite: none. */
  nextChangeMs(atMs: number): number;
}

/** Of those that are over. */
const MAX_OVER = 1_000;

export function createSuspensionList(saved: readonly Suspension[]): SuspensionList {
  const byId = new Map<string, Suspension>(saved.map((one) => [one.id, one]));
  const silences = new Map<string, { readonly silence: Suspension; readonly selection: Selection }>();
  const keep = (suspension: Suspension) => {
    if (suspension.kind !== 'SILENCE') return;
    const selection = parseSelection([suspension.selector]);
    if (selection !== undefined) silences.set(suspension.id, { silence: suspension, selection });
  };
  for (const one of saved) keep(one);
  const forgetOld = (atMs: number) => {
    for (const { id } of [...byId.values()].filter(({ untilMs }) => untilMs <= atMs).slice(0, -MAX_OVER)) {
      byId.delete(id);
    }
  };

  return {
    all: () => [...byId.values()].sort((a, b) => b.createdMs - a.createdMs),
    find(kind, id) {
      const found = byId.get(id);
      return found?.kind === kind ? found : undefined;
    },
    set(suspension, atMs) {
      byId.set(suspension.id, suspension);
      keep(suspension);
      if (byId.size > 2 * MAX_OVER) forgetOld(atMs);
    },
    isSilenced(id, labels, atMs) {
      for (const { silence, selection } of silences.values()) {
        if (silence.fromMs <= atMs && atMs < silence.untilMs && selection.takes(id, labels)) return true;
      }
      return false;
    },
    nextChangeMs(atMs) {
      let nextMs = Number.POSITIVE_INFINITY;
      for (const [id, { silence }] of silences) {
        if (silence.untilMs <= atMs) silences.delete(id);
        else nextMs = Math.min(nextMs, silence.fromMs > atMs ? silence.fromMs : silence.untilMs);
      }
      return nextMs;
    },
  };
}
