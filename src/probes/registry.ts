// The kinds of probes there are. A kind is its message in config.proto, its file, and its line in the table here.

import { type DescMessage, isMessage, type MessageShape } from '@bufbuild/protobuf';
import {
  AlertmanagerProbeSchema,
  type Component,
  ConsulProbeSchema,
  DiscoveryProbeSchema,
  DnsProbeSchema,
  FeedProbeSchema,
  GrpcProbeSchema,
  HttpProbeSchema,
  IcmpProbeSchema,
  OpenkProbeSchema,
  PromqlProbeSchema,
  TcpProbeSchema,
  TlsProbeSchema,
  WebsocketProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { MadeProbe, Probe, ProbeFactory } from '../core/probe.ts';
import { alertmanagerProbe } from './alertmanager.ts';
import { prepareTls } from './client-tls.ts';
import { consulProbe } from './consul.ts';
import { discoveryProbe } from './discovery.ts';
import { dnsProbe } from './dns.ts';
import type { ProbeFault } from './faults.ts';
import { feedProbe } from './feed.ts';
import { grpcProbe } from './grpc.ts';
import { httpProbe } from './http.ts';
import { icmpProbe } from './icmp.ts';
import { openkProbe } from './openk.ts';
import type { Pinger } from './ping.ts';
import type { ProbeContext, ProbeKind } from './probe.ts';
import { promqlProbe } from './promql.ts';
import { tcpProbe } from './tcp.ts';
import { tlsProbe } from './tls.ts';
import { websocketProbe } from './websocket.ts';

/** A key in the configuration that stands for a probe. A heartbeat and a group look at nothing. */
export type ProbeKindName = Exclude<Component['kind']['case'], undefined | 'heartbeat' | 'group'>;

type OptionsOf<Name extends ProbeKindName> = Extract<Component['kind'], { case: Name }>['value'];

const KINDS: { readonly [Name in ProbeKindName]: Row<OptionsOf<Name>> } = {
  http: row(HttpProbeSchema, httpProbe),
  grpc: row(GrpcProbeSchema, grpcProbe),
  tcp: row(TcpProbeSchema, tcpProbe),
  dns: row(DnsProbeSchema, dnsProbe),
  tls: row(TlsProbeSchema, tlsProbe),
  openk: row(OpenkProbeSchema, openkProbe),
  discovery: row(DiscoveryProbeSchema, discoveryProbe),
  promql: row(PromqlProbeSchema, promqlProbe),
  feed: row(FeedProbeSchema, feedProbe),
  consul: row(ConsulProbeSchema, consulProbe),
  websocket: row(WebsocketProbeSchema, websocketProbe),
  icmp: row(IcmpProbeSchema, icmpProbe),
  alertmanager: row(AlertmanagerProbeSchema, alertmanagerProbe),
};

/** The keys of the probe kinds, in the order of the documentation. */
export const probeKinds = Object.keys(KINDS) as readonly ProbeKindName[];

/**
 * What is wrong with options that are valid by their schema. Paths go on from the options: `['metadata', 'x-token']`.
 * @throws {TypeError} when there is no such kind, or `options` is not its message
 */
export function checkProbe(kind: string, options: unknown): readonly ProbeFault[] {
  return rowOf(kind).check(options);
}

/** Whose limit of runs in flight counts. @throws {TypeError} as `checkProbe` does */
export function probeHost(kind: string, options: unknown): string {
  return rowOf(kind).host(options);
}

/** Kinds whose server is not what they are about. */
const ASKS_OTHERS: ReadonlySet<string> = new Set(['discovery', 'promql', 'feed', 'consul', 'alertmanager']);

/**
 * HOST:PORT of what a probe looks at, for others who want to look there; undefined where there is none. Kinds say it in a key
 * `target`, or as a URL in `url` or `server`.
 */
export function probeAddress(kind: string, options: unknown): string | undefined {
  const { target, url, server } = options as Readonly<Record<string, unknown>>;
  if (ASKS_OTHERS.has(kind)) return undefined;
  if (typeof target === 'string' && /:\d+$/.test(target)) return target;
  const parsed = URL.parse(String(url ?? server ?? ''));
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  return `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? 443 : 80)}`;
}

/** Whether a run may open TLS: by what a kind says in these keys, or since it is led elsewhere. */
function mayOpenTls(kind: string, options: unknown): boolean {
  const { url, server, tls, oauth2, followRedirects = 0 } = options as Readonly<Record<string, unknown>>;
  if (kind === 'tls' || tls !== undefined || oauth2 !== undefined || followRedirects !== 0) return true;
  return /^(https|wss):/i.test(String(url ?? server ?? ''));
}

export interface ProbeFactoryOptions
  extends Pick<ProbeContext, 'userAgent' | 'clock' | 'dialer' | 'discovered' | 'heardAlerts'> {
  /** Where programs are looked for. Default: where they are on most systems. */
  readonly path?: string | undefined;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The factory throws a TypeError as `checkProbe` does, and an Error when there are faults. */
export function createProbeFactory({ path = DEFAULT_PATH, ...outside }: ProbeFactoryOptions): ProbeFactory {
  let made: ReturnType<ProbeContext['tokens']> | undefined;
  const tokens = () => {
    made ??= import('./oauth2.ts').then(({ createTokens }) => createTokens(outside));
    return made;
  };
  let madePinger: Promise<Pinger> | undefined;
  const pinger = () => {
    madePinger ??= import('./ping.ts').then(({ createPinger }) => createPinger({ clock: outside.clock, path }));
    return madePinger;
  };
  const shared = { ...outside, tokens, pinger };
  return ({ kind, options }, context) => {
    const row = rowOf(kind);
    const probe = row.create(options, { ...context, ...shared });
    if (mayOpenTls(kind, options)) prepareTls();
    return new Made(probe, row, options);
  };
}

/** With a host that is read anew for each run: there may be very many, and V8 keeps texts that last and become keys in a table for good. */
class Made implements MadeProbe {
  readonly probe: Probe;
  readonly #row: AnyKind;
  readonly #options: unknown;

  constructor(probe: Probe, row: AnyKind, options: unknown) {
    this.probe = probe;
    this.#row = row;
    this.#options = options;
  }

  get host(): string {
    return this.#row.host(this.#options);
  }
}

/** A kind that takes any options and checks that they are its message, so that all kinds fit in one table. */
interface AnyKind {
  readonly host: (options: unknown) => string;
  readonly check: (options: unknown) => readonly ProbeFault[];
  readonly create: (options: unknown, context: ProbeContext) => Probe;
}

interface Row<Options> extends AnyKind {
  /** Ties the row to its key in the table: the options there are these. */
  readonly kind: ProbeKind<Options>;
}

function row<Desc extends DescMessage>(schema: Desc, kind: ProbeKind<MessageShape<Desc>>): Row<MessageShape<Desc>> {
  const own = (options: unknown) => {
    if (isMessage(options, schema)) return options;
    throw new TypeError(`the options of a probe of kind ${kind.kind} must be a message ${schema.typeName}`);
  };
  return {
    kind,
    host: (options) => kind.host(own(options)),
    check: (options) => kind.check(own(options)),
    create: (options, context) => kind.create(own(options), context),
  };
}

function rowOf(kind: string): AnyKind {
  const found = Object.hasOwn(KINDS, kind) ? KINDS[kind as ProbeKindName] : undefined;
  if (found !== undefined) return found;
  throw new TypeError(`there is no probe of kind ${kind}, only ${probeKinds.join(', ')}`);
}
