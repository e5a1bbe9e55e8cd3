// The stream as lines of text: for logs, pipes and terminals that cannot be drawn on.

import { formatDuration } from '../config/duration.ts';
import type { Output } from './context.ts';
import type { HealthChange } from './health-snapshot.ts';
import { createSnapshot } from './health-snapshot.ts';
import { headline, pendingText, reasonText, sinceText, statusName, statusOf } from './health-text.ts';
import { printable, write } from './text.ts';
import type { WatchView } from './watch-view.ts';

export interface LineViewOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly color: boolean;
  readonly signal: AbortSignal;
}

export function createLineView({ stdout, stderr, color, signal }: LineViewOptions): WatchView {
  const snapshot = createSnapshot();
  return {
    async show(response) {
      const lines = snapshot.apply(response).flatMap((change) => changeLine(change, color));
      if (lines.length > 0) await write(stdout, `${lines.join('\n')}\n`, signal);
    },
    lost: (why, retryInMs) =>
      write(stderr, `openk watch: ${why}; trying again in ${formatDuration(retryInMs)}\n`, signal),
    close: async () => {},
  };
}

/** No line for what people do not wait for: a new latency, another observation towards a change that is pending already. */
function changeLine({ component, before, after }: HealthChange, color: boolean): string[] {
  if (after === undefined) return [`${printable(component)} is no longer configured`];
  const status = statusOf(after);
  const begins = after.pending !== undefined && before?.pending === undefined ? ` [${pendingText(after)}]` : '';
  const isSame = before !== undefined && statusOf(before) === status && reasonText(before) === reasonText(after);
  if (isSame && begins === '') return [];
  const was = before === undefined || statusOf(before) === status ? '' : ` [was ${statusName(statusOf(before))}]`;
  return [[sinceText(after), headline(after, color) + was + begins].filter((part) => part !== '').join(' ')];
}
