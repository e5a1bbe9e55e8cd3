// openk.status.v1.StatusPageService: pages, for callers who may see them.
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type GetStatusPageResponse,
  GetStatusPageResponseSchema,
  type StatusPage,
  type StatusPageService,
  type WatchStatusPageResponse,
  WatchStatusPageResponseSchema,
} from '../../gen/openk/status/v1/status_pb.ts';
import { refusal } from '../errors/to-connect.ts';
import { endOf } from './end-of-call.ts';
import { createIncidentMethods, type IncidentOptions } from './incident-methods.ts';
import { createNewsStreams } from './news-streams.ts';
import type { VisiblePage } from './visible-page.ts';

const DEFAULT_KEEP_ALIVE_MS = 15_000;

export interface StatusPageServiceOptions extends IncidentOptions {
  readonly visiblePage: VisiblePage;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** Longest silence of a stream, in milliseconds. Default: 15,000. */
  readonly keepAliveMs?: number;
}

export function createStatusPageService(options: StatusPageServiceOptions): ServiceImpl<typeof StatusPageService> {
  const { visiblePage, clock, draining, keepAliveMs = DEFAULT_KEEP_ALIVE_MS } = options;
  const stream = createNewsStreams(draining);
  return {
    ...createIncidentMethods(options),

    getStatusPage({ page }, { values }) {
      const read = visiblePage(page, values).read();
      return read instanceof Promise ? read.then(toAnswer) : toAnswer(read);
    },
    watchStatusPage({ page: id }, context) {
      const live = visiblePage(id, context.values);
      let sent: StatusPage | undefined;
      let isQuiet = false;
      return stream({
        signal: endOf(context),
        subscribe: (wake) => live.subscribe(wake),
        whileQuiet: (wake) =>
          clock.after(keepAliveMs, () => {
            isQuiet = true;
            wake();
          }),
        read() {
          if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
          if (live.isGone) throw refusal('STATUS_PAGE_NOT_FOUND', { page: id });
          const page = live.latest();
          const wasQuiet = isQuiet;
          isQuiet = false;
          if (page === undefined) return undefined;
          if (page === sent) return wasQuiet ? keepAlive(page) : undefined;
          sent = page;
          return toEvent(page);
        },
      });
    },
  };
}

/** Frozen and the same for the same page, so that its bytes are kept. */
const answers = new WeakMap<StatusPage, GetStatusPageResponse>();
const events = new WeakMap<StatusPage, WatchStatusPageResponse>();

function toAnswer(page: StatusPage): GetStatusPageResponse {
  let answer = answers.get(page);
  if (answer === undefined) {
    answer = Object.freeze(Object.assign(create(GetStatusPageResponseSchema), { page }));
    answers.set(page, answer);
  }
  return answer;
}

function toEvent(page: StatusPage): WatchStatusPageResponse {
  let event = events.get(page);
  if (event === undefined) {
    event = Object.freeze(
      Object.assign(create(WatchStatusPageResponseSchema), { event: { case: 'page', value: page } as const }),
    );
    events.set(page, event);
  }
  return event;
}

function keepAlive({ revision }: StatusPage): WatchStatusPageResponse {
  return create(WatchStatusPageResponseSchema, { event: { case: 'keepAlive', value: { revision } } });
}
