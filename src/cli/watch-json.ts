// The stream as JSON, one message on each line: for programs.
import { toJson } from '@bufbuild/protobuf';
import { WatchHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { formatDuration } from '../config/duration.ts';
import type { Output } from './context.ts';
import type { KnownStatus } from './health-text.ts';
import { createStatusFilter } from './status-filter.ts';
import { jsonLine, write } from './text.ts';
import type { WatchView } from './watch-view.ts';

export interface JsonViewOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** As `createStatusFilter` takes them. */
  readonly statuses: readonly KnownStatus[];
  readonly signal: AbortSignal;
}

export function createJsonView({ stdout, stderr, statuses, signal }: JsonViewOptions): WatchView {
  const ofStatus = createStatusFilter(statuses);
  return {
    show: (response) => write(stdout, `${jsonLine(toJson(WatchHealthResponseSchema, ofStatus(response)))}\n`, signal),
    lost: (why, retryInMs) =>
      write(stderr, `openk watch: ${why}; trying again in ${formatDuration(retryInMs)}\n`, signal),
    close: async () => {},
  };
}
