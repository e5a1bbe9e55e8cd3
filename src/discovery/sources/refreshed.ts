// A source that is asked again and again: a failure keeps what it gave. Asked a little sooner or later than its interval, so
// that a thousand OpenKs that were started together do not ask together; and sooner after a failure.

import { AskFault } from '../http.ts';
import type { Source, SourceContext, SourceReading } from '../source.ts';
import type { TargetList } from '../target-list.ts';

export interface RefreshedOptions {
  readonly intervalMs: number;
  /** @throws AskFault; the reason of the signal */
  readonly ask: (signal: AbortSignal) => Promise<TargetList & { readonly intervalMs?: number }>;
}

/** After a failure; doubled by each further one up to the interval. */
const FIRST_RETRY_MS = 1000;

export function createRefreshedSource(
  { intervalMs, ask }: RefreshedOptions,
  { clock, onChange, random }: Pick<SourceContext, 'clock' | 'onChange' | 'random'>,
): Source {
  let reading: SourceReading = { targets: undefined, faults: [], lost: [] };
  let failures = 0;
  let cancel = () => {};
  const closing = new AbortController();

  const refresh = async () => {
    let waitMs = intervalMs;
    try {
      const { targets, faults, intervalMs: wished } = await ask(closing.signal);
      if (closing.signal.aborted) return;
      failures = 0;
      waitMs = Math.max(wished ?? 0, intervalMs);
      reading = { targets, faults, lost: [] };
      onChange();
    } catch (error) {
      if (closing.signal.aborted) return;
      waitMs = Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
      failures++;
      const why = error instanceof AskFault ? error.message : 'it cannot be asked';
      const isNew = reading.lost[0] !== why;
      reading = { ...reading, lost: [why] };
      if (isNew) onChange();
    }
    cancel = clock.after(waitMs * (0.9 + 0.2 * random()), () => {
      refreshing = refresh();
    });
  };
  let refreshing = refresh();

  return {
    read: () => reading,
    close() {
      closing.abort(new Error('closed'));
      cancel();
      return refreshing;
    },
  };
}
