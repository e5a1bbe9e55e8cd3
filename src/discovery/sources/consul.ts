// Instances of services in Consul's catalog, by blocking queries (developer.hashicorp.com/consul/api-docs/features/blocking): each answers when
// something has changed since an index. An index that goes back means that the server has begun anew, and the index of the client does so too.

import type { ConsulDiscovery } from '../../../gen/openk/config/v1/config_pb.ts';
import { parseForeignJson } from '../../core/foreign-json.ts';
import { pause } from '../../core/pause.ts';
import { retryDelayMs } from '../../core/retry-delay.ts';
import { HINTS, hintLabels } from '../hints.ts';
import { AskFault, createHttpReader } from '../http.ts';
import { sanitized } from '../labels.ts';
import type { Source, SourceContext, SourceReading, Target } from '../source.ts';

const DEFAULT_SERVER = 'http://localhost:8500';
const WAIT_S = 300;
/** The server waits up to a sixteenth longer. */
const TIMEOUT_MS = (WAIT_S + WAIT_S / 16 + 10) * 1000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Of services that are watched where none are named: each is a question that stays open. */
const MAX_SERVICES = 500;
const RETRY = { firstMs: 1000, maxMs: 30_000, spread: 0.5 };

interface Instance {
  readonly Node?: { readonly Node?: string; readonly Address?: string; readonly Datacenter?: string };
  readonly Service?: {
    readonly ID?: string;
    readonly Service?: string;
    readonly Address?: string;
    readonly Port?: number;
    readonly Tags?: readonly string[] | null;
    readonly Meta?: Readonly<Record<string, string>> | null;
  };
  readonly Checks?: readonly { readonly Status?: string }[];
}

interface Watch {
  close(): Promise<void>;
}

interface Watched extends Watch {
  targets: readonly Target[] | undefined;
  fault: string | undefined;
}

export function createConsulSource(options: ConsulDiscovery, context: SourceContext): Source {
  const { clock, onChange, random, network } = context;
  const { server, token, services, tags, tls, datacenter } = options;
  const base = new URL(consulUrl(server));
  const http = createHttpReader(context);
  const how = { tls: network.tlsOptions(tls), headers: token === '' ? {} : { 'x-consul-token': token } };
  const watched = new Map<string, Watched>();
  const ended = new Set<Promise<void>>();
  let catalogFault: string | undefined;
  let isListed = services.length > 0;
  let isOver = false;

  /** Asks again and again until it is closed. `take` gets each answer. */
  const watch = (
    path: string,
    take: (answer: unknown) => void,
    onFault: (fault: string | undefined) => void,
  ): Watch => {
    const closing = new AbortController();
    const { signal } = closing;
    const run = async () => {
      let index = 0;
      let failures = 0;
      while (!signal.aborted) {
        try {
          const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
          if (datacenter !== '') url.searchParams.set('dc', datacenter);
          if (index > 0) url.searchParams.set('index', String(index));
          url.searchParams.set('wait', `${WAIT_S}s`);
          const { body, headers } = await http.read(
            { ...how, url },
            { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
            signal,
          );
          let answer: unknown;
          try {
            answer = parseForeignJson(body.toString('utf8'));
          } catch {
            throw new AskFault(`${url.host} answered what is no JSON, or nested too deep`);
          }
          take(answer);
          onFault(undefined);
          failures = 0;
          const next = Number(headers['x-consul-index'] ?? 0);
          // One that went back, or is none, would wait for what is long past.
          index = Number.isSafeInteger(next) && next > 0 && next >= index ? next : 0;
          // Also a catalog that changes all the time is asked about once a second.
          await pause(clock, retryDelayMs(0, RETRY, random), signal);
        } catch (error) {
          if (signal.aborted) return;
          index = 0;
          onFault(error instanceof AskFault ? error.message : 'it cannot be asked');
          await pause(clock, retryDelayMs(failures++, RETRY, random), signal);
        }
      }
    };
    const running = run();
    return {
      close() {
        closing.abort(new Error('closed'));
        return running;
      },
    };
  };
  const changed = () => {
    if (
      catalogFault !== undefined ||
      (isListed && [...watched.values()].every(({ targets, fault }) => targets !== undefined || fault !== undefined))
    )
      onChange();
  };
  const watchService = (name: string) => {
    const one: Watched = {
      targets: undefined,
      fault: undefined,
      ...watch(
        `/v1/health/service/${encodeURIComponent(name)}`,
        (answer) => {
          if (!Array.isArray(answer)) throw new AskFault(`${base.host} answered no list of instances`);
          one.targets = (answer as readonly Instance[]).flatMap((instance) => toTarget(instance, tags) ?? []);
          changed();
        },
        (fault) => {
          if (one.fault === fault) return;
          one.fault = fault;
          changed();
        },
      ),
    };
    watched.set(name, one);
  };
  const takeCatalog = (answer: unknown) => {
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
      throw new AskFault(`${base.host} answered no list of services`);
    const names = Object.entries(answer)
      .filter(([name, its]) => name !== 'consul' && tags.every((tag) => Array.isArray(its) && its.includes(tag)))
      .map(([name]) => name)
      .sort();
    isOver = names.length > MAX_SERVICES;
    const wanted = new Set(names.slice(0, MAX_SERVICES));
    for (const [name, one] of watched) {
      if (wanted.has(name)) continue;
      watched.delete(name);
      const end = one.close().finally(() => ended.delete(end));
      ended.add(end);
    }
    for (const name of wanted) if (!watched.has(name)) watchService(name);
    isListed = true;
    changed();
  };
  for (const name of services) watchService(name);
  const catalog =
    services.length > 0
      ? undefined
      : watch('/v1/catalog/services', takeCatalog, (fault) => {
          if (catalogFault === fault) return;
          catalogFault = fault;
          changed();
        });

  return {
    read(): SourceReading {
      const all = [...watched.values()];
      const isKnown = isListed && (all.length === 0 || all.some(({ targets }) => targets !== undefined));
      const over = isOver ? [`there are more than ${MAX_SERVICES} services: name those that are meant`] : [];
      const faults = [
        catalogFault ?? [],
        [...watched].map(([name, { fault }]) => (fault === undefined ? [] : `${name}: ${fault}`)),
      ];
      return {
        targets: isKnown ? all.flatMap(({ targets }) => targets ?? []) : undefined,
        faults: [],
        lost: [...new Set([...over, ...faults.flat(2)])],
      };
    },
    async close() {
      await Promise.all([catalog?.close(), ...[...watched.values()].map((one) => one.close()), ...ended]);
    },
  };
}

export function consulUrl(server: string): string {
  if (server === '') return DEFAULT_SERVER;
  return /^https?:\/\//i.test(server) ? server : `http://${server}`;
}

/** Undefined: it has not all of the tags, or nothing that could be asked. */
function toTarget(
  { Node: node = {}, Service: service = {}, Checks: checks = [] }: Instance,
  wanted: readonly string[],
): Target | undefined {
  const { ID: id = '', Service: name = '', Port: port = 0 } = service;
  const tags = service.Tags ?? [];
  const host = service.Address || node.Address || '';
  if (host === '' || !wanted.every((tag) => tags.includes(tag))) return undefined;
  const meta = service.Meta ?? {};
  const statuses = checks.map(({ Status }) => Status);
  const health = ['critical', 'warning'].find((status) => statuses.includes(status)) ?? 'passing';
  return {
    name: `${name}.${node.Node ?? ''}.${id}`,
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    labels: {
      ...Object.fromEntries(
        Object.entries(meta).map(([key, value]) => [
          `__meta_consul_service_metadata_${sanitized(key)}`.slice(0, 256),
          String(value),
        ]),
      ),
      service: name,
      __meta_consul_address: node.Address ?? '',
      __meta_consul_dc: node.Datacenter ?? '',
      __meta_consul_health: health,
      __meta_consul_node: node.Node ?? '',
      __meta_consul_service: name,
      __meta_consul_service_address: service.Address ?? '',
      __meta_consul_service_id: id,
      __meta_consul_service_port: String(port),
      __meta_consul_tags: `,${tags.join(',')},`,
      ...hintLabels(Object.fromEntries(HINTS.map((hint) => [hint, meta[`openk-${hint}`]]))),
    },
  };
}
