// Random histories of a small world, second by second: what components are, what is configured, and what people do.
import fc from 'fast-check';
import type { AlertRoute, Severity } from '../../../src/core/alert.ts';
import type { ComponentDefinition, Impact, Rule } from '../../../src/core/definition.ts';
import { contribution, createTally, judge } from '../../../src/core/rules.ts';
import { parseSelection } from '../../../src/core/selection.ts';
import type { Status } from '../../../src/core/status.ts';

export const SECONDS = 420;
/** From this second on everything is good, nobody keeps anything from being said, and nothing changes. */
export const QUIET = 220;
export const RECOVERY_SECONDS = 6;

/** One state of the configuration. */
export interface Configuration {
  readonly from: number;
  readonly routes: readonly AlertRoute[];
  readonly components: readonly ComponentDefinition[];
}

export interface Look {
  readonly status: Status;
  /** Of its reason. */
  readonly code: string;
  /** Second since which it has had its status. */
  readonly since: number;
  /** What it depends on and is UNHEALTHY, while it is. */
  readonly causes: readonly string[];
  /** Of a group: how its members are, which its health counts. */
  readonly members: string;
}

export interface Silence {
  readonly id: string;
  readonly selector: string;
  /** Seconds; it is made at the first of them. */
  readonly from: number;
  readonly until: number;
  /** Second at which somebody ends it. */
  readonly endedAt?: number;
}

export interface History {
  /** By their seconds; the first is of second 0. */
  readonly configurations: readonly Configuration[];
  /** By second, then by the id of a component that there is at that second. */
  readonly looks: readonly ReadonlyMap<string, Look>[];
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly {
    readonly at: number;
    readonly route: string;
    readonly component: string;
    readonly author: string;
  }[];
  /** Seconds from which on the network of OpenK is gone, and is back. */
  readonly outages: readonly { readonly from: number; readonly until: number }[];
  /** Nothing is decided from `from` until `until`, at which a new process goes on with what was kept. */
  readonly restarts: readonly { readonly from: number; readonly until: number }[];
}

export const PROBES = ['root', 'mid', 'leaf', 'other'];
const GROUPS: Readonly<Record<string, readonly (readonly [string, Impact])[]>> = {
  pair: [
    ['mid', 'CRITICAL'],
    ['other', 'CRITICAL'],
  ],
  group: [
    ['leaf', 'CRITICAL'],
    ['other', 'DEGRADES'],
  ],
  system: [
    ['group', 'CRITICAL'],
    ['pair', 'CRITICAL'],
    ['root', 'CRITICAL'],
  ],
};
export const IDS = [...PROBES, ...Object.keys(GROUPS)];
const DEPENDS: Readonly<Record<string, readonly string[]>> = { mid: ['root'], leaf: ['mid', 'root'] };
const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  root: { team: 'a' },
  mid: { team: 'b', severity: 'error' },
  leaf: { team: 'a' },
  other: { team: 'b' },
  group: { team: 'a', severity: 'info' },
};

function componentsWithout(absent: ReadonlySet<string>): readonly ComponentDefinition[] {
  const membersOf = (id: string) => (GROUPS[id] ?? []).filter(([component]) => isThere(component));
  const isThere = (id: string): boolean => !absent.has(id) && (!(id in GROUPS) || membersOf(id).length > 0);
  return IDS.filter(isThere).map((id): ComponentDefinition => {
    const members = membersOf(id);
    const rule: Rule = id === 'pair' ? { kind: 'best' } : { kind: 'worst' };
    return {
      id,
      labels: LABELS[id] ?? {},
      dependsOn: (DEPENDS[id] ?? []).filter(isThere),
      servingWhenDegraded: true,
      subject:
        id in GROUPS
          ? { type: 'group', rule, members: members.map(([component, impact]) => ({ component, impact, weight: 1 })) }
          : {
              type: 'probe',
              kind: 'tcp',
              options: {},
              fingerprint: '',
              schedule: {
                intervalMs: 5_000,
                unhealthyIntervalMs: 5_000,
                timeoutMs: 1_000,
                healthyThreshold: 1,
                unhealthyThreshold: 1,
                staleAfterMs: 60_000,
              },
            },
    };
  });
}

const channels = (...some: string[]) => fc.subarray(some, { minLength: 1 });
const secondsAsMs = (...some: number[]) => fc.constantFrom(...some.map((one) => one * 1_000));

const escalations = fc.array(
  fc.record({
    afterMs: secondsAsMs(5, 25, 60),
    unless: fc.constantFrom<'ACKNOWLEDGED' | 'RESOLVED'>('ACKNOWLEDGED', 'RESOLVED'),
    to: channels('pager', 'boss', 'chat'),
  }),
  { maxLength: 2 },
);

const route = fc
  .record({
    on: fc.constantFrom<readonly Status[]>(
      ['UNHEALTHY'],
      ['UNHEALTHY', 'DEGRADED'],
      ['UNHEALTHY', 'UNKNOWN'],
      ['UNHEALTHY', 'DEGRADED', 'UNKNOWN'],
    ),
    labels: fc.constantFrom<readonly string[]>([], [], ['team=a'], ['id!=system'], ['id=*e*', 'team=b']),
    groups: fc.constantFrom<readonly string[]>([], [], ['group'], ['pair', 'nobody']),
    severities: fc.constantFrom<readonly Severity[]>([], [], ['CRITICAL'], ['WARNING', 'INFO']),
    severity: fc.constantFrom<Severity | undefined>(undefined, undefined, 'ERROR'),
    forMs: secondsAsMs(0, 0, 4, 15),
    resolveAfterMs: secondsAsMs(0, 0, 7),
    groupBy: fc.constantFrom<'CAUSE' | 'COMPONENT'>('CAUSE', 'COMPONENT'),
    remindEveryMs: fc.option(secondsAsMs(20, 60), { nil: undefined }),
    to: fc.oneof(fc.constant([]), channels('hook', 'chat')),
    escalations,
    isContinued: fc.boolean(),
    flapping: fc.record({ changes: fc.constantFrom(0, 0, 1, 2), withinMs: secondsAsMs(30, 60) }),
  })
  .map(({ labels, groups, severities, severity, remindEveryMs, ...some }): AlertRoute => {
    const selection = labels.length === 0 ? undefined : parseSelection(labels);
    return {
      ...some,
      id: '',
      match: { ...(selection && { selection }), groups, severities },
      ...(severity && { severity }),
      ...(remindEveryMs && { remindEveryMs }),
    };
  });

const second = fc.integer({ min: 1, max: QUIET - 60 });
const length = fc.integer({ min: 1, max: 45 });
const span = fc.tuple(second, length).map(([from, some]) => ({ from, until: from + some }));

export const histories = fc
  .record({
    reloads: fc.tuple(
      fc.record({ from: fc.constant(0), routes: fc.array(route, { minLength: 1, maxLength: 3 }) }),
      fc.array(
        fc.record({
          from: second,
          routes: fc.array(route, { maxLength: 3 }),
          /** Which routes stay as they are, but for what is said of them here. */
          keep: fc.constantFrom('all', 'all', 'some', 'none'),
          forMs: fc.option(secondsAsMs(0, 10), { nil: undefined }),
          escalations: fc.option(escalations, { nil: undefined }),
          absent: fc.subarray(['leaf', 'mid', 'other', 'pair']),
        }),
        { maxLength: 2 },
      ),
    ),
    changes: fc.array(
      fc.record({
        at: second,
        id: fc.constantFrom(...PROBES),
        status: fc.constantFrom<Status>('HEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'DEGRADED', 'UNKNOWN', 'MAINTENANCE'),
      }),
      { maxLength: 30 },
    ),
    neverChecked: fc.subarray(PROBES),
    silences: fc.array(
      fc.record({
        span,
        selector: fc.constantFrom(...IDS.map((id) => `id=${id}`), 'team=a', 'team=b,id!=mid'),
        endsEarly: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      }),
      { maxLength: 3 },
    ),
    acknowledgements: fc.array(
      fc.record({
        at: second,
        route: fc.constantFrom('r0', 'r1', 'r2', 'c1-0', 'c1-1'),
        component: fc.constantFrom(...IDS),
        author: fc.constantFrom('me', 'you'),
      }),
      { maxLength: 6 },
    ),
    outages: fc.array(span, { maxLength: 1 }),
    restarts: fc.array(fc.tuple(second, fc.constantFrom(0, 0, 3, 30)), { maxLength: 2 }),
  })
  .map((made): History => {
    const named = (routes: readonly AlertRoute[]) => routes.map((one, at) => ({ ...one, id: `r${at}` }));
    const [first, later] = made.reloads;
    const configurations: Configuration[] = [
      { from: 0, routes: named(first.routes), components: componentsWithout(new Set()) },
    ];
    for (const one of later.toSorted((a, b) => a.from - b.from)) {
      const before = configurations.at(-1)!;
      if (one.from === before.from) continue;
      const kept = one.keep === 'none' ? [] : before.routes.filter((_, at) => one.keep === 'all' || at % 2 === 0);
      const changed = kept.map((some) => ({
        ...some,
        ...(one.forMs !== undefined && { forMs: one.forMs }),
        ...(one.escalations && { escalations: one.escalations }),
      }));
      const routes = one.keep === 'all' ? changed : [...changed, ...one.routes.slice(changed.length)];
      configurations.push({
        from: one.from,
        // Those that are kept keep their names, wherever they are now.
        routes: routes.map((some, at) => ({ ...some, id: some.id || `c${configurations.length}-${at}` })),
        components: componentsWithout(new Set(one.absent)),
      });
    }
    const restarts: { from: number; until: number }[] = [];
    for (const [from, down] of made.restarts.toSorted(([a], [b]) => a - b)) {
      if (from > (restarts.at(-1)?.until ?? -1)) restarts.push({ from, until: from + down });
    }
    const isDown = (at: number) => restarts.some(({ from, until }) => from <= at && at <= until);
    // A file that changes while nobody reads it is read at the start.
    const read = configurations.map((one) => ({
      ...one,
      from: restarts.find(({ from, until }) => from <= one.from && one.from <= until)?.until ?? one.from,
    }));
    return {
      configurations: read,
      looks: looksOf(read, made, isDown),
      silences: made.silences
        .filter((one) => !isDown(one.span.from))
        .map(({ span: { from, until }, selector, endsEarly }, at) => {
          const endedAt = from + (endsEarly ?? SECONDS);
          return {
            id: `s${at}`,
            selector,
            from,
            until,
            ...(endedAt < until && !isDown(endedAt) && { endedAt }),
          };
        }),
      acknowledgements: made.acknowledgements.filter(({ at }) => !isDown(at)),
      outages: made.outages,
      restarts,
    };
  });

function looksOf(
  configurations: readonly Configuration[],
  made: {
    readonly changes: readonly { readonly at: number; readonly id: string; readonly status: Status }[];
    readonly neverChecked: readonly string[];
    readonly outages: History['outages'];
  },
  isDown: (at: number) => boolean,
): readonly ReadonlyMap<string, Look>[] {
  const looks: ReadonlyMap<string, Look>[] = [];
  const own = new Map<string, { status: Status; code: string }>(
    PROBES.map((id) => [
      id,
      made.neverChecked.includes(id)
        ? { status: 'UNKNOWN', code: 'NEVER_CHECKED' }
        : { status: 'HEALTHY', code: 'HEALTHY' },
    ]),
  );
  for (let at = 0; at <= SECONDS; at++) {
    const isOffline = made.outages.some(({ from, until }) => from < at && at < until);
    if (!isDown(at)) {
      for (const { at: when, id, status } of made.changes) {
        if (when !== at) continue;
        // What probes see counts for nothing while the network is gone.
        const isLost = isOffline && status !== 'MAINTENANCE';
        own.set(id, isLost ? { status: 'UNKNOWN', code: 'OBSERVER_OFFLINE' } : { status, code: status });
      }
    }
    if (at === QUIET) for (const id of PROBES) own.set(id, { status: 'HEALTHY', code: 'HEALTHY' });
    const { components } = configurations.findLast(({ from }) => from <= at)!;
    const now = new Map<string, { status: Status; code: string }>();
    for (const { id, subject } of components) {
      if (subject.type === 'group') {
        const tally = createTally();
        for (const { component, impact } of subject.members) {
          const some = tally[contribution(now.get(component)!.status, impact)];
          some.count += 1;
          some.weight += 1;
        }
        const { status } = judge(subject.rule, tally);
        now.set(id, { status, code: status });
      } else now.set(id, own.get(id)!);
    }
    looks.push(
      new Map(
        components.map(({ id, dependsOn, subject }): [string, Look] => {
          const { status, code } = now.get(id)!;
          const before = looks.at(-1)?.get(id);
          return [
            id,
            {
              status,
              code,
              members:
                subject.type === 'group' ? subject.members.map((one) => now.get(one.component)!.status).join() : '',
              since: before?.status === status ? before.since : at,
              causes: status === 'UNHEALTHY' ? dependsOn.filter((one) => now.get(one)!.status === 'UNHEALTHY') : [],
            },
          ];
        }),
      ),
    );
  }
  return looks;
}
