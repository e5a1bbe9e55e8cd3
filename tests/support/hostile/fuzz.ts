// The fuzzer of what targets answer: every kind of probe looks at targets that answer by chance, in the way the engine has
// them look, and whatever comes is an observation. What else may come of it is counted and returned.

import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import {
  ConsulProbeSchema,
  DnsProbeSchema,
  FeedProbeSchema,
  GrpcProbe_Mode,
  GrpcProbeSchema,
  HttpProbe_HealthBody,
  HttpProbeSchema,
  OpenkProbeSchema,
  PromqlProbeSchema,
  StartTls,
  TcpProbeSchema,
  TlsProbeSchema,
  WebsocketProbeSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { Probe } from '../../../src/core/probe.ts';
import { runProbe } from '../../../src/engine/run-probe.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { createDialer } from '../../../src/probes/dial.ts';
import { createLookup } from '../../../src/probes/lookup.ts';
import { createProbeFactory } from '../../../src/probes/registry.ts';
import { createCertificates } from '../certs.ts';
import { TRACEPARENT } from '../probe-run.ts';
import { hostileAnswer, type Protocol } from './answers.ts';
import { createRandom } from './random.ts';
import { startHostileDns, startHostileTcp } from './targets.ts';

export interface FuzzOptions {
  readonly answers: number;
  readonly seed: number;
  /** Of each way to look. */
  readonly timeoutMs?: number;
  /** Kinds of probes to look with. Default: all. */
  readonly kinds?: readonly string[];
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  readonly looks: number;
  /** How often each outcome and code came, by the way to look. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** What a probe did against its contract, and good answers that were not HEALTHY; with the number of the answer. */
  readonly faults: readonly string[];
  /** Descriptors that were left open. */
  readonly descriptorsLeft: number;
  /** What memory grew by from the first quarter to the end, in bytes. */
  readonly grownBytes: number;
}

const ASKS_OTHERS: ReadonlySet<string> = new Set(['promql', 'feed', 'consul']);
/** Probes of one way to look that work at the same time. */
const AT_ONCE = 4;
/** Long enough for an answer that comes, and short, since many never come. */
const DEFAULT_TIMEOUT_MS = 150;
/** A good answer comes whatever else the machine does. */
const GOOD_TIMEOUT_MS = 10_000;

interface Way {
  readonly name: string;
  readonly kind: string;
  readonly protocol: Protocol | 'dns';
  readonly isSecure?: boolean;
  /** `target` is HOST:PORT. */
  readonly options: (target: string) => unknown;
}

const tls = { insecureSkipVerify: true };
const { CHECK, WATCH } = GrpcProbe_Mode;
const expect = '^\\+PONG$';
const STARTTLS = ['SMTP', 'FTP', 'IMAP', 'POP3', 'POSTGRES', 'LDAP'] as const;

const WAYS: readonly Way[] = [
  http('http', {}),
  http('http, followed', { followRedirects: 3, expect: ['body != "x"'] }),
  http('http, kept', { keepAlive: true }),
  { ...http('https', { tls }), isSecure: true },
  {
    name: 'tcp',
    kind: 'tcp',
    protocol: 'tcp',
    options: (target) => create(TcpProbeSchema, { target, send: Buffer.from('PING\r\n'), expect }),
  },
  {
    name: 'tcp, tls',
    kind: 'tcp',
    protocol: 'tcp',
    isSecure: true,
    options: (target) => create(TcpProbeSchema, { target, tls, expect, send: Buffer.from('PING\r\n') }),
  },
  { name: 'tls', kind: 'tls', protocol: 'tls', options: (target) => create(TlsProbeSchema, { target }) },
  grpc('grpc CHECK', 'check', { mode: CHECK }),
  grpc('grpc CHECK, kept', 'check', { mode: CHECK, keepAlive: true }),
  { ...grpc('grpc CHECK, tls', 'check', { mode: CHECK, tls }), isSecure: true },
  grpc('grpc WATCH', 'watch', { mode: WATCH }),
  {
    name: 'openk',
    kind: 'openk',
    protocol: 'openk',
    options: (target) => create(OpenkProbeSchema, { server: `http://${target}`, component: 'pay' }),
  },
  {
    name: 'dns',
    kind: 'dns',
    protocol: 'dns',
    options: (resolver) => create(DnsProbeSchema, { name: 'web.example', resolver }),
  },
  { ...http('http, health_body', { healthBody: HttpProbe_HealthBody.AUTO }), protocol: 'health' },
  promql('promql', {}),
  promql('promql, max_age', { maxAge: { seconds: 60n } }),
  {
    name: 'feed',
    kind: 'feed',
    protocol: 'feed',
    // The place says nothing of the format.
    options: (target) => create(FeedProbeSchema, { url: `http://${target}/feed.json` }),
  },
  {
    name: 'consul',
    kind: 'consul',
    protocol: 'consul',
    options: (target) => create(ConsulProbeSchema, { server: `http://${target}`, service: 'web' }),
  },
  {
    name: 'websocket',
    kind: 'websocket',
    protocol: 'websocket',
    options: (target) => create(WebsocketProbeSchema, { url: `ws://${target}/`, send: 'PING', expect: '^PONG$' }),
  },
  ...STARTTLS.map((name): Way => {
    const starttls = StartTls[name];
    return {
      name: `tcp, starttls ${name}`,
      kind: 'tcp',
      protocol: `starttls ${name}`,
      options: (target) => create(TcpProbeSchema, { target, tls, starttls }),
    };
  }),
];

function http(name: string, init: object): Way {
  const options = (target: string) =>
    create(HttpProbeSchema, { url: `http${'tls' in init ? 's' : ''}://${target}/`, ...init });
  return { name, kind: 'http', protocol: 'http', options };
}

function promql(name: string, init: object): Way {
  const options = (target: string) =>
    create(PromqlProbeSchema, { server: `http://${target}`, query: 'up', healthy: 'value < 1.0', ...init });
  return { name, kind: 'promql', protocol: 'promql', options };
}

function grpc(name: string, protocol: Protocol, init: object): Way {
  return { name, kind: 'grpc', protocol, options: (target) => create(GrpcProbeSchema, { target, ...init }) };
}

export async function fuzzTargets(options: FuzzOptions): Promise<FuzzReport> {
  const { answers, seed, timeoutMs = DEFAULT_TIMEOUT_MS, onProgress } = options;
  const ways = WAYS.filter(({ kind }) => options.kinds?.includes(kind) ?? true);
  const descriptorsBefore = openDescriptors();
  const { server: identity } = await createCertificates();
  const lookup = createLookup();
  const createProbe = createProbeFactory({
    userAgent: 'openk/fuzz',
    clock: systemClock,
    dialer: createDialer({ clock: systemClock, lookup }),
  });
  const seen = new Map<string, Map<string, number>>();
  const faults: string[] = [];
  let looks = 0;
  let rssAtQuarter = 0;

  /** Looks, one after another, until the share of this way is done. */
  const lookOn = async (way: Way, worker: number, share: number) => {
    const first = seed + (WAYS.indexOf(way) * AT_ONCE + worker) * 1_000_003;
    let number = first;
    const next = () => createRandom(number);
    const answer = () => hostileAnswer(way.protocol as Protocol, next());
    const target =
      way.protocol === 'dns'
        ? await startHostileDns(next)
        : await startHostileTcp(
            answer,
            way.isSecure ? { ...identity, ALPNProtocols: [way.kind === 'http' ? 'http/1.1' : 'h2'] } : undefined,
          );
    const address = 'target' in target ? target.target : target.address;
    const { probe } = createProbe(
      { kind: way.kind, options: way.options(address) },
      { componentId: 'fuzz', push: () => {} },
    );
    const fault = (what: string) => void faults.push(`${way.name}, answer ${number}: ${what}`);
    for (let look = 0; look < share; look++) {
      number = first + look;
      const mustBeHealthy = isJudged(way) && answer().isGood;
      const { text, isHealthy } = await lookOnce(probe, mustBeHealthy ? GOOD_TIMEOUT_MS : timeoutMs, fault);
      const counts = seen.get(way.name) ?? new Map<string, number>();
      seen.set(way.name, counts.set(text, (counts.get(text) ?? 0) + 1));
      if (mustBeHealthy && !isHealthy) fault(`a good answer was ${text}`);
      // Who is only asked about others is no reason to call them down.
      if (ASKS_OTHERS.has(way.kind) && text.startsWith('UNHEALTHY TIMEOUT')) fault(`a late answer was ${text}`);
      looks++;
      if (looks % 1000 === 0) onProgress?.(looks);
      if (rssAtQuarter === 0 && looks * 4 >= answers) rssAtQuarter = settledRss();
    }
    await probe.close();
    await target.close();
  };

  const share = Math.ceil(answers / (ways.length * AT_ONCE));
  await Promise.all(ways.flatMap((way) => Array.from({ length: AT_ONCE }, (_, worker) => lookOn(way, worker, share))));
  lookup.close();
  // Descriptors are closed in the turns after.
  for (let turn = 0; turn < 1_000 && openDescriptors() > descriptorsBefore; turn++) await nextTurn();
  return {
    looks,
    seen,
    faults,
    descriptorsLeft: openDescriptors() - descriptorsBefore,
    grownBytes: settledRss() - rssAtQuarter,
  };
}

/** A kept connection may bring no answer of its own, a sample of 2026 is old, and nobody shakes hands behind starttls. */
function isJudged({ name, protocol }: Way): boolean {
  return protocol !== 'dns' && !protocol.includes('tls') && !/kept|max_age/.test(name);
}

async function lookOnce(probe: Probe, timeoutMs: number, fault: (what: string) => void) {
  const result = await runProbe(probe, {
    timeoutMs,
    clock: systemClock,
    cancel: new AbortController().signal,
    traceHeaders: { traceparent: TRACEPARENT },
    onDefect: (error) => fault(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
  await result.settled;
  if (result.kind === 'cancelled') throw new Error('nobody cancels');
  const { outcome, reason } = result.observation;
  return { text: `${outcome} ${reason.code}`, isHealthy: outcome === 'HEALTHY' };
}

function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // Not on this operating system: nothing can be said.
    return 0;
  }
}

function settledRss(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
