// The pages that there are, each as it is now. A page is made when somebody asks for it and something has changed, at most four
// times a second, and then is the same object for all readers: what is made of it is made once (ADR 52). What costs a question to
// the store, the days, is asked for at most once a minute, and only while somebody reads.
import type { StatusPage } from '../../gen/openk/status/v1/status_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { MaintenancePeriod } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { NextMaintenance } from '../core/imposed-maintenance.ts';
import type { StatusPageDefinition } from '../core/status-page.ts';
import type { Store, StoreFault } from '../core/store.ts';
import { type DayStrip, dayStrip, stripQuery } from './day-strip.ts';
import type { Incidents } from './incidents.ts';
import { projectPage } from './project.ts';

export interface LivePage {
  readonly definition: StatusPageDefinition;
  /** Frozen; another object after each change. */
  read(): StatusPage | Promise<StatusPage>;
  /** What is there without waiting. Undefined where the days have to be asked for; a subscriber is woken after that. */
  latest(): StatusPage | undefined;
  /** Calls `wake` when there is another, or the page is gone. The result ends it. Must not throw. */
  subscribe(wake: () => void): () => void;
  /** Whether the configuration has it no more. */
  readonly isGone: boolean;
}

export interface StatusPages {
  find(id: string): LivePage | undefined;
  /** Goes over to these. Pages that stay the same go on. */
  configure(definitions: readonly StatusPageDefinition[]): void;
  close(): void;
}

export interface StatusPagesOptions {
  readonly reader: {
    health(component: string): Health | undefined;
    subscribe(components: readonly string[], wake: () => void): () => void;
  };
  readonly history: Pick<Store, 'availability'>;
  /** Days could not be read: those that were read before stay. Must not throw. */
  readonly onHistoryFault: (fault: StoreFault) => void;
  readonly nextMaintenance: (nowMs: number) => NextMaintenance;
  readonly incidents: Pick<Incidents, 'list' | 'subscribe'>;
  readonly clock: Clock;
}

/** Of a component, as of the last look. */
interface KnownPeriods {
  readonly isInMaintenance: boolean;
  readonly list: readonly MaintenancePeriod[];
}

const MAX_PERIODS = 5;
/** Between two pages, while components change. */
export const CHANGE_MS = 250;
/** Between two questions to the store, and between two pages on which nothing has changed: they say as of when. */
const REFRESH_MS = 60_000;
/** Up to when time is accounted for lags behind by this much while the store works. */
const ACCOUNTED_MS = 2_000;

export function createStatusPages(options: StatusPagesOptions): StatusPages {
  let pages = new Map<string, LivePage & { close(): void }>();
  return {
    find: (id) => pages.get(id),
    configure(definitions) {
      const before = pages;
      pages = new Map();
      for (const definition of definitions) {
        const known = before.get(definition.id);
        const isSame = known !== undefined && JSON.stringify(known.definition) === JSON.stringify(definition);
        if (!isSame) known?.close();
        pages.set(definition.id, isSame ? known : createLivePage(definition, options));
      }
      for (const [id, page] of before) if (pages.get(id) !== page) page.close();
    },
    close() {
      for (const page of pages.values()) page.close();
      pages.clear();
    },
  };
}

function createLivePage(
  definition: StatusPageDefinition,
  { reader, history, onHistoryFault, nextMaintenance, incidents, clock }: StatusPagesOptions,
): LivePage & { close(): void } {
  const components = [...new Set(definition.groups.flatMap(({ entries }) => entries.map((entry) => entry.component)))];
  const watchers = new Set<() => void>();
  let strips: ReadonlyMap<string, DayStrip> = new Map();
  const periods = new Map<string, KnownPeriods>();
  let page: StatusPage | undefined;
  let madeAtMs = Number.NEGATIVE_INFINITY;
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<StatusPage> | undefined;
  let shown = '';
  let hasChanged = false;
  /** When a period begins or ends next: the page says which goes on. */
  let boundaryMs = Number.POSITIVE_INFINITY;
  let isGone = false;
  let cancelTimer = () => {};

  /** What changes at once: the rest is as old as the last refreshing. */
  const whatChanges = () => {
    const statuses = components.map((id) => {
      const health = reader.health(id);
      return health === undefined ? '' : `${health.status} ${health.sinceMs}`;
    });
    const own = incidents.list().filter(({ pages }) => pages.includes(definition.id));
    return [...statuses, ...own.map(({ id, updatedMs }) => `${id} ${updatedMs}`)].join();
  };
  const isInMaintenance = (id: string) => reader.health(id)?.status === 'MAINTENANCE';
  /** What begins and ends by hand is not to be on a page without the other: it is read with the statuses that it has changed. */
  const hasOtherPeriods = (id: string, nowMs: number) => {
    const known = periods.get(id);
    return known?.isInMaintenance !== isInMaintenance(id) || isOver(known.list[0], nowMs);
  };
  const readPeriods = (ids: readonly string[], nowMs: number) => {
    if (ids.length === 0) return;
    const next = nextMaintenance(nowMs);
    for (const id of ids) periods.set(id, { isInMaintenance: isInMaintenance(id), list: next(id, MAX_PERIODS) });
  };
  const make = (isRefreshed: boolean): StatusPage => {
    hasChanged = false;
    const next = whatChanges();
    madeAtMs = clock.monotonicMs();
    const nowMs = clock.nowMs();
    if (page !== undefined && next === shown && !isRefreshed && nowMs < boundaryMs) return page;
    shown = next;
    readPeriods(
      components.filter((id) => hasOtherPeriods(id, nowMs)),
      nowMs,
    );
    // Not the revision of the engine, which moves with what is not on the page.
    const revision = Math.max(Math.floor(nowMs), Number(page?.revision ?? 0n) + 1);
    const health = (id: string) => reader.health(id);
    const maintenanceOf = (id: string) => periods.get(id)?.list ?? [];
    const sources = { health, strips, maintenance: maintenanceOf, incidents: incidents.list() };
    page = Object.freeze(projectPage(definition, sources, { nowMs, revision }));
    boundaryMs = nextBoundaryMs(periods.values(), nowMs);
    return page;
  };
  const readDays = async () => {
    if (definition.uptimeDays === 0 && !definition.showsLatency) return;
    try {
      const nowMs = clock.nowMs();
      const answer = await history.availability(stripQuery(components, Math.max(definition.uptimeDays, 1), nowMs));
      const untilMs = nowMs - answer.untilMs < ACCOUNTED_MS ? Math.min(answer.untilMs, nowMs) : nowMs;
      strips = new Map(answer.components.map(({ component, steps }) => [component, dayStrip(steps, untilMs)]));
    } catch (fault) {
      onHistoryFault(fault as StoreFault);
    }
  };
  const refresh = async (): Promise<StatusPage> => {
    await readDays();
    readPeriods(components, clock.nowMs());
    refreshedAtMs = clock.monotonicMs();
    refreshing = undefined;
    const made = make(true);
    for (const wake of [...watchers]) wake();
    return made;
  };
  const isOld = () => clock.monotonicMs() - refreshedAtMs >= REFRESH_MS;
  const startRefresh = () => {
    refreshing ??= refresh();
    return refreshing;
  };
  const latest = () => {
    if (isOld()) return undefined;
    const isOther = hasChanged || clock.nowMs() >= boundaryMs;
    if (page !== undefined && isOther && clock.monotonicMs() - madeAtMs >= CHANGE_MS) make(false);
    return page;
  };
  /** While somebody watches: when to look again. */
  const schedule = () => {
    cancelTimer();
    if (watchers.size === 0 || isGone) return;
    const nowMs = clock.monotonicMs();
    const refreshInMs = refreshedAtMs + REFRESH_MS - nowMs;
    const otherInMs = hasChanged ? 0 : boundaryMs - clock.nowMs();
    const changeInMs = Math.max(madeAtMs + CHANGE_MS - nowMs, otherInMs);
    cancelTimer = clock.after(Math.max(Math.min(changeInMs, refreshInMs), 0), look);
  };
  const look = () => {
    if (isOld()) void startRefresh().then(schedule);
    else {
      const before = page;
      if (latest() !== before) for (const wake of [...watchers]) wake();
      schedule();
    }
  };
  const onChange = () => {
    if (hasChanged) return;
    hasChanged = true;
    schedule();
  };
  const endSubscription = reader.subscribe(components, onChange);
  const endIncidents = incidents.subscribe(onChange);

  return {
    definition,
    latest,
    get isGone() {
      return isGone;
    },
    read() {
      return latest() ?? startRefresh();
    },
    subscribe(wake) {
      watchers.add(wake);
      if (watchers.size === 1) {
        if (page === undefined || isOld()) void startRefresh().then(schedule);
        else schedule();
      }
      return () => {
        watchers.delete(wake);
        if (watchers.size === 0) cancelTimer();
      };
    },
    close() {
      isGone = true;
      cancelTimer();
      endSubscription();
      endIncidents();
      for (const wake of [...watchers]) wake();
    },
  };
}

function nextBoundaryMs(periods: Iterable<KnownPeriods>, nowMs: number): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { list } of periods) {
    for (const { fromMs, untilMs = Number.POSITIVE_INFINITY } of list) {
      for (const atMs of [fromMs, untilMs]) if (atMs > nowMs) nextMs = Math.min(nextMs, atMs);
    }
  }
  return nextMs;
}

function isOver(period: MaintenancePeriod | undefined, nowMs: number): boolean {
  return period?.untilMs !== undefined && period.untilMs <= nowMs;
}
