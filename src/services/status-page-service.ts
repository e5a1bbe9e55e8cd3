// openk.status.v1.StatusPageService: pages, for whoever may see them.
import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  type GetStatusPageResponse,
  GetStatusPageResponseSchema,
  type StatusPage,
  type StatusPageService,
  type WatchStatusPageResponse,
  WatchStatusPageResponseSchema,
} from '../../gen/openk/status/v1/status_pb.ts';
import type { Principal } from '../auth/principal.ts';
import type { Clock } from '../core/clock.ts';
import type { StatusPageDefinition } from '../core/status-page.ts';
import type { StoreFault } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import type { Incidents } from '../status/incidents.ts';
import type { LivePage, StatusPages } from '../status/live-pages.ts';
import type { AuditChange } from './audit-reports.ts';
import { findCredentialRefusal, findPrincipal } from './caller.ts';
import { createIncidentMethods } from './incident-methods.ts';
import { createNewsStreams } from './news-streams.ts';
import type { ReaderOf } from './visible-readers.ts';

const DEFAULT_KEEP_ALIVE_MS = 15_000;

export interface StatusPageServiceOptions {
  readonly visiblePage: VisiblePage;
  readonly mayOperate: MayOperate;
  readonly incidents: Incidents;
  readonly readerOf: ReaderOf;
  /** Takes what the audit log is to have. Must not throw. */
  readonly audit: (change: AuditChange) => void;
  /** An incident could not be kept. Must not throw. */
  readonly onFault: (fault: StoreFault) => void;
  readonly clock: Clock;
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
    watchStatusPage({ page: id }, { values, signal }) {
      const live = visiblePage(id, values);
      let sent: StatusPage | undefined;
      let isQuiet = false;
      return stream({
        signal,
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

/** @throws STATUS_PAGE_NOT_FOUND for a page that there is not and for one that the caller may not see, and what is wrong with his credential */
export type VisiblePage = (id: string, values: Pick<HandlerContext['values'], 'get'>) => LivePage;

export function createVisiblePage(
  pages: Pick<StatusPages, 'find'>,
  reader: Pick<HealthReader, 'definition'>,
): VisiblePage {
  return (id, values) => {
    const page = pages.find(id);
    if (page !== undefined && page.definition.access !== 'PRIVATE') return page;
    const principal = findPrincipal(values, 'STATUS_PAGES');
    if (page !== undefined && principal !== undefined && seesAllOf(page.definition, principal, reader)) return page;
    throw findCredentialRefusal(values) ?? refusal('STATUS_PAGE_NOT_FOUND', { page: id });
  };
}

/** Whether there is such a page, and somebody who may write incidents may write them for it. */
export type MayOperate = (id: string, principal: Principal) => boolean;

export function createMayOperate(
  pages: Pick<StatusPages, 'find'>,
  reader: Pick<HealthReader, 'definition'>,
): MayOperate {
  return (id, principal) => {
    const page = pages.find(id);
    return page !== undefined && seesAllOf(page.definition, principal, reader);
  };
}

/** A page with something that does not exist for the caller is none for him: it would say that it is there. */
function seesAllOf(
  { groups }: StatusPageDefinition,
  { selection }: Principal,
  reader: Pick<HealthReader, 'definition'>,
): boolean {
  if (selection === undefined) return true;
  return groups.every(({ entries }) =>
    entries.every(({ component }) => selection.takes(component, reader.definition(component)?.labels ?? {})),
  );
}
