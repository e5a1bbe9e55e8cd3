// The defaults of the schema, filled into components: the rest of OpenK, and who asks the API, never has to know them.
// What is filled in here is what the comments in config.proto say.
import { clone, create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
import { HealthStatus, Impact } from '../../../gen/openk/common/v1/common_pb.ts';
import {
  type Component,
  ComponentSchema,
  type Defaults,
  DnsProbe_Type,
  GrpcProbe_Mode,
  type Limits,
  type Retention as RetentionConfig,
  type Rule,
  RuleSchema,
  type Slo,
  Slo_Unknown,
  SloSchema,
  VantageSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { Retention } from '../../core/store.ts';
import { durationFromMs, durationToMs } from '../duration.ts';
import { toWritten, type WrittenComponent } from './written-component.ts';

export const DEFAULT_LISTEN = '127.0.0.1:8080';
export const DEFAULT_STORAGE_URL = 'sqlite:data/openk.db';
export const DEFAULT_DRAIN_TIMEOUT_MS = 10_000;
export const DEFAULT_ROOT_ID = 'system';
/** Link-local: where clouds answer with credentials. */
export const DEFAULT_DENY_ADDRESSES: readonly string[] = ['169.254.0.0/16', 'fe80::/10'];

export const DEFAULT_CONNECTIONS = 20_000;

/** Bounds, with nothing left open but what the machine decides. */
export type FilledLimits = Readonly<
  Record<
    Exclude<
      keyof Limits,
      `$${string}` | 'writeTimeout' | 'connections' | 'undecidedConnections' | 'connectionAge' | 'connectionAgeGrace'
    >,
    number
  >
> & {
  readonly writeTimeoutMs: number;
  /** Infinity: for ever. */
  readonly connectionAgeMs: number;
  readonly connectionAgeGraceMs: number;
  /** Undefined where nobody says: as many as there are descriptors for, up to DEFAULT_CONNECTIONS. */
  readonly connections: number | undefined;
};

export function fillLimits(limits: Limits | undefined): FilledLimits {
  return {
    probesInFlight: limits?.probesInFlight ?? 512,
    probesInFlightPerHost: limits?.probesInFlightPerHost ?? 32,
    requestBytes: limits?.requestBytes ?? 1_048_576,
    streamsPerConnection: limits?.streamsPerConnection ?? 1000,
    grpcHealthList: limits?.grpcHealthList ?? 100,
    connections: limits?.connections,
    writeTimeoutMs: limits?.writeTimeout ? durationToMs(limits.writeTimeout) : 10_000,
    unreadBytesPerConnection: limits?.unreadBytesPerConnection ?? 16 * 2 ** 20,
    unreadBytes: limits?.unreadBytes ?? 64 * 2 ** 20,
    reportsPerSecond: limits?.reportsPerSecond ?? 10,
    reportsPerSecondPerClient: limits?.reportsPerSecondPerClient ?? 100,
    maxRemovedShare: limits?.maxRemovedShare ?? 1,
    pipelinedRequests: limits?.pipelinedRequests ?? 64,
    rapidResets: limits?.rapidResets ?? 100,
    heldBytesPerConnection: limits?.heldBytesPerConnection ?? 2 ** 20,
    pagesPerConnection: limits?.pagesPerConnection ?? 8,
    callsPerSecondPerClient: limits?.callsPerSecondPerClient ?? 0,
    callsPerSecondPerPrincipal: limits?.callsPerSecondPerPrincipal ?? 0,
    connectionAgeMs: limits?.connectionAge ? durationToMs(limits.connectionAge) : Number.POSITIVE_INFINITY,
    connectionAgeGraceMs: limits?.connectionAgeGrace ? durationToMs(limits.connectionAgeGrace) : 30_000,
    pendingConnections: limits?.pendingConnections ?? limits?.undecidedConnections ?? 1024,
  };
}

const DEFAULT_RETENTION_HOURS = {
  transitions: 43_800,
  observations: 48,
  fiveMinutes: 720,
  hours: 8_760,
  days: 43_800,
  audit: 2_160,
  alerts: 2_160,
} as const satisfies Partial<Record<keyof RetentionConfig, number>>;

export function fillRetention(retention: RetentionConfig | undefined): Retention {
  const keptMs = (key: keyof typeof DEFAULT_RETENTION_HOURS) => {
    const configured = retention?.[key];
    return configured ? durationToMs(configured) : DEFAULT_RETENTION_HOURS[key] * 3_600_000;
  };
  return {
    transitionsMs: keptMs('transitions'),
    observationsMs: keptMs('observations'),
    fiveMinutesMs: keptMs('fiveMinutes'),
    hoursMs: keptMs('hours'),
    daysMs: keptMs('days'),
    auditMs: keptMs('audit'),
    alertsMs: keptMs('alerts'),
  };
}

export type Kind = Exclude<Component['kind'], { case: undefined }>;
type Options<Case extends Kind['case']> = Extract<Kind, { case: Case }>['value'];

/** Kinds that OpenK does not look at by itself, so that there is no schedule. */
const WITHOUT_SCHEDULE: readonly (Kind['case'] | undefined)[] = ['group', 'heartbeat'];

/** Kinds with defaults of their own; each fills its options in place. */
const FILL: { readonly [Case in Kind['case']]?: (options: Options<Case>) => void } = {
  http(options) {
    options.method ||= 'GET';
    options.maxBody ??= 2 ** 20;
    options.maxHeaders ??= 2 ** 16;
    if (options.expectedStatus.length === 0) options.expectedStatus = ['200-299'];
  },
  grpc(options) {
    options.mode ||= GrpcProbe_Mode.CHECK;
  },
  dns(options) {
    options.type ||= DnsProbe_Type.A;
  },
  heartbeat(options) {
    options.grace ??= durationOf(0);
  },
  group(options) {
    options.rule ??= create(RuleSchema, { rule: { case: 'worst', value: {} } });
    fillRule(options.rule);
    for (const member of options.members) {
      member.impact ||= Impact.CRITICAL;
      member.weight ??= 1;
    }
  },
};

function fillRule({ rule }: Rule): void {
  if (rule.case === 'quorum' && rule.value.degradedPercent === undefined) rule.value.degraded ??= 1;
}

export function hasSchedule(component: Component): boolean {
  return component.kind.case !== undefined && !WITHOUT_SCHEDULE.includes(component.kind.case);
}

/** What a component is that says nothing. Its lists are those of very many. */
const SAYS_NOTHING: Component = create(ComponentSchema);
for (const value of Object.values(SAYS_NOTHING)) Object.freeze(value);

/** A copy with every default filled in. @param excludesNothing whether its slo says that no time is left out */
export function fillComponent(
  component: Component,
  defaults: Defaults | undefined,
  excludesNothing: boolean = false,
): Component {
  return fillWritten(toWritten(component, copyKind(component.kind)), defaults, excludesNothing);
}

/** The same, of one whose kind is filled or nobody else's. */
export function fillWritten(
  written: WrittenComponent,
  defaults: Defaults | undefined,
  excludesNothing: boolean,
): Component {
  // There may be very many: what no default changes is not copied, and what it says nothing of is that of all others.
  const copy: Component = Object.assign(Object.create(SAYS_NOTHING), written);
  if (copy.slo !== undefined) copy.slo = clone(SloSchema, copy.slo);
  if (copy.vantage !== undefined) copy.vantage = clone(VantageSchema, copy.vantage);
  return fillInPlace(copy, defaults, excludesNothing);
}

/** The same, of one that nobody else has. */
export function fillInPlace(filled: Component, defaults: Defaults | undefined, excludesNothing: boolean): Component {
  filled.servingWhenDegraded ??= true;
  if (filled.slo !== undefined) fillSlo(filled.slo, excludesNothing);
  if (filled.kind.case !== undefined) fillKind(filled.kind);
  const { kind } = filled;
  if (!hasSchedule(filled)) return filled;
  // They are the same for very many, and nobody changes them.
  filled.interval ??= atLeast(LEAST_INTERVAL_S[kind.case ?? ''] ?? 0, defaults?.interval ?? DEFAULT_INTERVAL);
  filled.unhealthyInterval ??= filled.interval;
  filled.timeout ??= defaults?.timeout ?? DEFAULT_TIMEOUT;
  filled.healthyThreshold ??= defaults?.healthyThreshold ?? 1;
  filled.unhealthyThreshold ??= defaults?.unhealthyThreshold ?? 3;
  const timeoutMs = durationToMs(filled.timeout);
  // Of places only what they see of the same time is compared: a look, and its way here.
  filled.staleAfter ??= sharedDuration(
    filled.vantage === undefined
      ? 3 * longestIntervalMs(filled) + timeoutMs
      : longestIntervalMs(filled) + 2 * timeoutMs,
  );
  if (filled.vantage?.rule !== undefined) fillRule(filled.vantage.rule);
  return filled;
}

/** With options that are nobody else's, where defaults are filled into them. */
export function copyKind(kind: Component['kind']): Component['kind'] {
  if (kind.case === undefined || FILL[kind.case] === undefined) return kind;
  const schema = ComponentSchema.field[kind.case].message!;
  return { case: kind.case, value: clone(schema, kind.value) } as Component['kind'];
}

/** Kinds that ask what belongs to others are not to do so often, unless somebody says so. */
const LEAST_INTERVAL_S: Readonly<Record<string, number>> = { feed: 60 };

function atLeast(seconds: number, interval: Duration): Duration {
  return interval.seconds < seconds ? durationOf(seconds) : interval;
}

function fillSlo(slo: Slo, excludesNothing: boolean): void {
  const { good, exclude } = slo;
  const rest = (list: readonly HealthStatus[], taken: readonly HealthStatus[]) =>
    list.filter((status) => !taken.includes(status));
  slo.window ??= durationOf(30 * 86_400);
  if (exclude.length === 0 && !excludesNothing) slo.exclude = rest([HealthStatus.MAINTENANCE], good);
  if (good.length === 0) slo.good = rest([HealthStatus.HEALTHY, HealthStatus.DEGRADED], exclude);
  slo.unknown ||= Slo_Unknown.EXCLUDE;
}

/** Of a component that is filled and has a schedule. */
export function longestIntervalMs({ interval, unhealthyInterval }: Component): number {
  return Math.max(durationToMs(interval!), durationToMs(unhealthyInterval!));
}

function fillKind<Case extends Kind['case']>(kind: { readonly case: Case; readonly value: Options<Case> }): void {
  FILL[kind.case]?.(kind.value);
}

function durationOf(seconds: number): Duration {
  return create(DurationSchema, { seconds: BigInt(seconds) });
}

const DEFAULT_INTERVAL = durationOf(30);
const DEFAULT_TIMEOUT = durationOf(5);

/** Mostly one follows another that is the same: they are one object. */
let latestDuration = { ms: 0, duration: durationOf(0) };

function sharedDuration(ms: number): Duration {
  if (latestDuration.ms !== ms) latestDuration = { ms, duration: durationFromMs(ms) };
  return latestDuration.duration;
}
