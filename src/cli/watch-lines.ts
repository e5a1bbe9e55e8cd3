// The stream as lines of text: for logs, pipes and terminals that cannot be drawn on.

import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import { formatDuration } from '../config/duration.ts';
import type { Output } from './context.ts';
import type { HealthChange } from './health-snapshot.ts';
import { createSnapshot } from './health-snapshot.ts';
import { headline, type KnownStatus, pendingText, reasonText, sinceText, statusName, statusOf } from './health-text.ts';
import { printable, write } from './text.ts';
import type { WatchView } from './watch-view.ts';

export interface LineViewOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly color: boolean;
  /** What has, or had, one of these only. Empty: all. */
  readonly statuses: readonly KnownStatus[];
  readonly signal: AbortSignal;
}

export function createLineView({ stdout, stderr, color, statuses, signal }: LineViewOptions): WatchView {
  const snapshot = createSnapshot();
  const isWanted = (health: ComponentHealth | undefined) => health !== undefined && statuses.includes(statusOf(health));
  return {
    async show(response) {
      const changes = snapshot.apply(response);
      const wanted =
        statuses.length === 0 ? changes : changes.filter(({ before, after }) => isWanted(before) || isWanted(after));
      const lines = wanted.flatMap((change) => changeLine(change, color));
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
