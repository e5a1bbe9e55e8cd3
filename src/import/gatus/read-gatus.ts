// A Gatus configuration as data, with the defaults of Gatus. What Gatus refuses is a fault of its item.
import { Keys, readBool, readWhole } from '../keys.ts';
import type { UnknownKey } from '../report.ts';
import type { SourceMap, SourceValue } from '../source-yaml.ts';
import { type Condition, parseCondition } from './condition.ts';
import { type Environment, resolveMarks } from './environment.ts';
import { parseGoDuration } from './go-numbers.ts';

/** Text with marks for variables, and as Gatus sees it here. */
export interface Marked {
  readonly raw: string;
  readonly text: string;
}

export interface GatusAlert {
  readonly place: string;
  readonly type: string;
  readonly enabled: boolean | undefined;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly reminderMs: number;
  readonly description: string | undefined;
  readonly sendOnResolved: boolean | undefined;
  readonly override: SourceMap | undefined;
}

export interface GatusWindow {
  readonly place: string;
  readonly enabled: boolean;
  readonly start: string;
  readonly durationMs: number;
  readonly timezone: string;
  readonly every: readonly string[];
}

export interface GatusClient {
  readonly proxyUrl: Marked | undefined;
  readonly insecure: boolean;
  readonly ignoreRedirect: boolean;
  readonly timeoutMs: number;
  readonly dnsResolver: string | undefined;
  readonly oauth2:
    | {
        readonly tokenUrl: Marked;
        readonly clientId: Marked;
        readonly clientSecret: Marked;
        readonly scopes: readonly Marked[];
      }
    | undefined;
  readonly hasIdentityAwareProxy: boolean;
  readonly network: string;
  readonly tls:
    | { readonly certificateFile: Marked; readonly privateKeyFile: Marked; readonly renegotiation: string }
    | undefined;
  readonly tunnel: string | undefined;
  readonly storesCookies: boolean;
}

export interface GatusCondition {
  /** With marks. */
  readonly raw: string;
  readonly text: string;
  /** Undefined: Gatus refuses it. */
  readonly condition: Condition | undefined;
}

export interface GatusEndpoint {
  readonly source: SourceMap;
  readonly place: string;
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly url: Marked;
  readonly method: string;
  readonly body: Marked;
  readonly graphql: boolean;
  readonly headers: ReadonlyMap<string, Marked>;
  readonly labels: ReadonlyMap<string, Marked>;
  readonly intervalMs: number;
  readonly conditions: readonly GatusCondition[];
  readonly alerts: readonly GatusAlert[];
  readonly windows: readonly GatusWindow[];
  readonly dns: { readonly type: string; readonly name: string } | undefined;
  readonly ssh: { readonly hasCredentials: boolean } | undefined;
  readonly client: GatusClient;
  readonly usesContext: boolean;
  readonly alwaysRun: boolean;
  /** Why Gatus does not start with it. */
  readonly faults: readonly string[];
}

export interface GatusExternal {
  readonly source: SourceMap;
  readonly place: string;
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly token: Marked;
  readonly heartbeatMs: number;
  readonly alerts: readonly GatusAlert[];
  readonly windows: readonly GatusWindow[];
  readonly faults: readonly string[];
}

export interface GatusSuite {
  readonly source: SourceMap;
  readonly place: string;
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly endpoints: readonly GatusEndpoint[];
  readonly hasContext: boolean;
}

export interface GatusProvider {
  readonly type: string;
  readonly place: string;
  readonly config: SourceMap;
  readonly defaultAlert: GatusAlert | undefined;
  /** By group, the last one of a group counting. */
  readonly overrides: readonly { readonly group: string; readonly config: SourceMap }[];
}

export interface GatusSetting {
  readonly key: string;
  readonly place: string;
  readonly value: SourceValue;
}

export interface GatusConfig {
  readonly endpoints: readonly GatusEndpoint[];
  readonly externals: readonly GatusExternal[];
  readonly suites: readonly GatusSuite[];
  readonly providers: readonly GatusProvider[];
  readonly maintenance: GatusWindow | undefined;
  /** Everything else at the top. */
  readonly settings: readonly GatusSetting[];
  readonly unknownKeys: readonly UnknownKey[];
}

const SETTINGS = [
  'storage',
  'security',
  'web',
  'ui',
  'remote',
  'connectivity',
  'tunneling',
  'announcements',
  'concurrency',
  'metrics',
  'debug',
  'skip-invalid-config-update',
  'disable-monitoring-lock',
] as const;
/** What may stand under alerting. */
const PROVIDERS =
  'aws-ses clickup custom datadog discord email github gitlab gitea googlechat gotify homeassistant ifttt ilert incident-io line matrix mattermost messagebird newrelic n8n ntfy opsgenie pagerduty plivo pushover rocketchat sendgrid signal signl4 slack splunk squadcast teams teams-workflows telegram twilio vonage webex zapier zulip'.split(
    ' ',
  );
const MIN_REMINDER_MS = 300_000;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_SUITE_INTERVAL_MS = 600_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_WINDOW_MS = 86_400_000;

export function readGatus(root: SourceMap, env: Environment): GatusConfig {
  const unknownKeys: UnknownKey[] = [];
  const keys = new Keys(root);
  const read = new Reader(env, unknownKeys);
  const maps = (name: string) => keys.list(name).filter((item) => item.kind === 'MAP');
  const endpoints = maps('endpoints').map((map) => read.endpoint(map, 'ENDPOINT'));
  const externals = maps('external-endpoints').map((map) => read.external(map));
  const suites = maps('suites').map((map) => read.suite(map));
  const alerting = keys.map('alerting');
  const alertingKeys = new Keys(alerting);
  alertingKeys.ignore(...PROVIDERS);
  unknownKeys.push(...alertingKeys.unknown());
  const providers =
    alerting === undefined ? [] : [...alerting.entries].flatMap(([type, value]) => read.provider(type, value));
  const maintenanceMap = keys.map('maintenance');
  const maintenance = maintenanceMap && read.window(maintenanceMap, []);
  const settings = SETTINGS.flatMap((key) => {
    const value = keys.value(key);
    return value === undefined ? [] : [{ key, place: value.place, value }];
  });
  return {
    endpoints,
    externals,
    suites,
    providers,
    maintenance,
    settings,
    unknownKeys: [...keys.unknown(), ...unknownKeys],
  };
}

class Reader {
  readonly #env: Environment;
  readonly #unknown: UnknownKey[];

  constructor(env: Environment, unknown: UnknownKey[]) {
    this.#env = env;
    this.#unknown = unknown;
  }

  endpoint(source: SourceMap, kind: 'ENDPOINT' | 'STEP'): GatusEndpoint {
    const keys = new Keys(source);
    const faults: string[] = [];
    const name = this.#text(keys, 'name').text;
    const intervalMs = this.#duration(keys, 'interval') ?? 0;
    const conditions = keys.list('conditions').flatMap((value) => {
      if (value.kind !== 'TEXT') return [];
      const text = resolveMarks(value.text, this.#env);
      return [{ raw: value.text, text, condition: parseCondition(text) }];
    });
    const client = this.#client(keys.keys('client'));
    const dnsMap = keys.map('dns');
    const sshMap = keys.map('ssh');
    const endpoint = {
      source,
      place: source.place,
      name,
      group: this.#text(keys, 'group').text,
      enabled: this.#bool(keys, 'enabled') ?? true,
      url: this.#text(keys, 'url'),
      method: this.#text(keys, 'method').text || 'GET',
      body: this.#text(keys, 'body'),
      graphql: this.#bool(keys, 'graphql') ?? false,
      headers: this.#texts(keys.map('headers')),
      labels: this.#texts(keys.map('extra-labels')),
      intervalMs: intervalMs === 0 ? DEFAULT_INTERVAL_MS : intervalMs,
      conditions,
      alerts: this.#alerts(keys, faults),
      windows: this.#windows(keys, faults),
      dns: dnsMap && this.#dns(dnsMap),
      ssh: sshMap && this.#ssh(sshMap),
      client,
      usesContext: false,
      alwaysRun: false,
    };
    const stored = kind === 'STEP' ? keys.map('store') : undefined;
    const alwaysRun = kind === 'STEP' ? (this.#bool(keys, 'always-run') ?? false) : false;
    keys.ignore('ui');
    if (name === '') faults.push('it has no name');
    if (endpoint.url.text === '') faults.push('it has no url');
    if (conditions.length === 0) faults.push('it has no conditions');
    for (const { text, condition } of conditions) {
      if (condition === undefined) faults.push(`the condition "${text}" has no operator with blanks around it`);
    }
    this.#finish(keys, faults);
    const raw = [endpoint.url.raw, endpoint.body.raw, ...[...endpoint.headers.values()].map((value) => value.raw)];
    const usesContext =
      stored !== undefined ||
      [...raw, ...conditions.map(({ text }) => text)].some((text) => text.includes('[CONTEXT]'));
    return { ...endpoint, usesContext, alwaysRun, faults };
  }

  external(source: SourceMap): GatusExternal {
    const keys = new Keys(source);
    const faults: string[] = [];
    const name = this.#text(keys, 'name').text;
    const token = this.#text(keys, 'token');
    const heartbeat = keys.keys('heartbeat');
    const heartbeatMs = this.#duration(heartbeat, 'interval') ?? 0;
    const external = {
      source,
      place: source.place,
      name,
      group: this.#text(keys, 'group').text,
      enabled: this.#bool(keys, 'enabled') ?? true,
      token,
      heartbeatMs,
      alerts: this.#alerts(keys, faults),
      windows: this.#windows(keys, faults),
    };
    if (name === '') faults.push('it has no name');
    if (token.raw === '') faults.push('it has no token');
    if (heartbeatMs !== 0 && heartbeatMs < 10_000) faults.push('its heartbeat.interval is shorter than 10s');
    this.#finish(heartbeat, faults);
    this.#finish(keys, faults);
    return { ...external, faults };
  }

  suite(source: SourceMap): GatusSuite {
    const keys = new Keys(source);
    const endpoints = keys
      .list('endpoints')
      .flatMap((item) => (item.kind === 'MAP' ? [this.endpoint(item, 'STEP')] : []));
    const suite = {
      source,
      place: source.place,
      name: this.#text(keys, 'name').text,
      group: this.#text(keys, 'group').text,
      enabled: this.#bool(keys, 'enabled') ?? true,
      intervalMs: this.#duration(keys, 'interval') || DEFAULT_SUITE_INTERVAL_MS,
      endpoints,
      hasContext: keys.has('context'),
    };
    keys.ignore('timeout');
    this.#finish(keys, []);
    return suite;
  }

  provider(type: string, value: SourceValue): readonly GatusProvider[] {
    if (value.kind !== 'MAP') return [];
    const keys = new Keys(value);
    const defaults = keys.map('default-alert');
    const overrides = keys.list('overrides').flatMap((item) => {
      if (item.kind !== 'MAP') return [];
      return [{ group: this.#text(new Keys(item), 'group').text, config: item }];
    });
    return [
      { type, place: value.place, config: value, defaultAlert: defaults && this.#alert(defaults, [], type), overrides },
    ];
  }

  window(map: SourceMap, faults: string[]): GatusWindow {
    const keys = new Keys(map);
    const enabled = this.#bool(keys, 'enabled') ?? true;
    const every = keys.list('every').flatMap((day) => (day.kind === 'TEXT' ? [day.text] : []));
    const start = this.#text(keys, 'start').text;
    const durationMs = this.#duration(keys, 'duration') ?? 0;
    if (enabled) {
      const wrongDay = every.find((day) => !DAYS.includes(day));
      if (wrongDay !== undefined) faults.push(`"${wrongDay}" is no day of the week such as Monday`);
      if (!/^([01]\d|2[0-3]).[0-5]\d$/.test(start))
        faults.push(`start of a maintenance window is no time such as 23:00`);
      if (!(durationMs > 0 && durationMs <= MAX_WINDOW_MS))
        faults.push('duration of a maintenance window is not above 0 and up to 24h');
    }
    const timezone = this.#text(keys, 'timezone').text || 'UTC';
    this.#finish(keys, faults);
    return { place: map.place, enabled, start, durationMs, timezone, every };
  }

  #windows(keys: Keys, faults: string[]): readonly GatusWindow[] {
    return keys.list('maintenance-windows').flatMap((item) => (item.kind === 'MAP' ? [this.window(item, faults)] : []));
  }

  #alerts(keys: Keys, faults: string[]): readonly GatusAlert[] {
    return keys.list('alerts').flatMap((item) => (item.kind === 'MAP' ? [this.#alert(item, faults)] : []));
  }

  #alert(map: SourceMap, faults: string[], type?: string): GatusAlert {
    const keys = new Keys(map);
    const reminderMs = this.#duration(keys, 'minimum-reminder-interval') ?? 0;
    const description = keys.text('description');
    if (reminderMs !== 0 && reminderMs < MIN_REMINDER_MS)
      faults.push('minimum-reminder-interval of an alert is shorter than 5m');
    const alert = {
      place: map.place,
      type: this.#text(keys, 'type').text || (type ?? ''),
      enabled: this.#bool(keys, 'enabled'),
      failureThreshold: keys.read('failure-threshold', readWhole, 'whole number') ?? 0,
      successThreshold: keys.read('success-threshold', readWhole, 'whole number') ?? 0,
      reminderMs,
      description: description && resolveMarks(description.text, this.#env),
      sendOnResolved: this.#bool(keys, 'send-on-resolved'),
      override: keys.map('provider-override'),
    };
    if (/["\\]/.test(alert.description ?? '')) faults.push('the description of an alert has a " or a \\');
    this.#finish(keys, faults);
    return alert;
  }

  #client(keys: Keys): GatusClient {
    const oauth2 = keys.map('oauth2');
    const tls = keys.map('tls');
    const timeoutMs = this.#duration(keys, 'timeout') ?? 0;
    const client: GatusClient = {
      proxyUrl: keys.has('proxy-url') ? this.#text(keys, 'proxy-url') : undefined,
      insecure: this.#bool(keys, 'insecure') ?? false,
      ignoreRedirect: this.#bool(keys, 'ignore-redirect') ?? false,
      timeoutMs: timeoutMs < 1 ? DEFAULT_TIMEOUT_MS : timeoutMs,
      dnsResolver: this.#text(keys, 'dns-resolver').text || undefined,
      oauth2: oauth2 && this.#oauth2(oauth2),
      hasIdentityAwareProxy: keys.has('identity-aware-proxy'),
      network: this.#text(keys, 'network').text || 'ip',
      tls: tls && this.#tls(tls),
      tunnel: this.#text(keys, 'tunnel').text || undefined,
      storesCookies: this.#bool(keys, 'store-cookies') ?? false,
    };
    this.#finish(keys, []);
    return client;
  }

  #oauth2(map: SourceMap): GatusClient['oauth2'] {
    const keys = new Keys(map);
    const scopes = keys.list('scopes').flatMap((scope) => (scope.kind === 'TEXT' ? [this.#marked(scope.text)] : []));
    const read = {
      tokenUrl: this.#text(keys, 'token-url'),
      clientId: this.#text(keys, 'client-id'),
      clientSecret: this.#text(keys, 'client-secret'),
      scopes,
    };
    this.#finish(keys, []);
    return read;
  }

  #tls(map: SourceMap): GatusClient['tls'] {
    const keys = new Keys(map);
    const read = {
      certificateFile: this.#text(keys, 'certificate-file'),
      privateKeyFile: this.#text(keys, 'private-key-file'),
      renegotiation: this.#text(keys, 'renegotiation').text,
    };
    this.#finish(keys, []);
    return read;
  }

  #dns(map: SourceMap): GatusEndpoint['dns'] {
    const keys = new Keys(map);
    const dns = { type: this.#text(keys, 'query-type').text, name: this.#text(keys, 'query-name').text };
    this.#finish(keys, []);
    return dns;
  }

  #ssh(map: SourceMap): GatusEndpoint['ssh'] {
    const keys = new Keys(map);
    const credentials = ['username', 'password', 'private-key'].map((name) => this.#text(keys, name).raw);
    this.#finish(keys, []);
    return { hasCredentials: credentials.some((text) => text !== '') };
  }

  #finish(keys: Keys, faults: string[]): void {
    this.#unknown.push(...keys.unknown());
    faults.push(...keys.faults.map(({ message }) => message));
  }

  #marked(raw: string): Marked {
    return { raw, text: resolveMarks(raw, this.#env) };
  }

  #text(keys: Keys, name: string): Marked {
    return this.#marked(keys.text(name)?.text ?? '');
  }

  #texts(map: SourceMap | undefined): ReadonlyMap<string, Marked> {
    return new Map(
      [...(map?.entries ?? [])].flatMap(([name, value]) =>
        value.kind === 'TEXT' ? [[name, this.#marked(value.text)]] : [],
      ),
    );
  }

  #bool(keys: Keys, name: string): boolean | undefined {
    return keys.read(name, (text) => readBool(resolveMarks(text, this.#env)), 'true or false');
  }

  #duration(keys: Keys, name: string): number | undefined {
    return keys.read(name, (text) => parseGoDuration(resolveMarks(text, this.#env)), 'duration such as 30s or 5m');
  }
}

/** As Gatus makes the key of a group and a name, by which its badges and its push URLs call an endpoint. */
export function gatusKey(group: string, name: string): string {
  const clean = (text: string) =>
    text
      .toLowerCase()
      .trim()
      .replace(/[/_., #+&]/g, '-');
  return `${clean(group)}_${clean(name)}`;
}
