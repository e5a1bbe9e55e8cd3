// Alerting of Gatus as channels and routes of OpenK: a provider, with what a group or an endpoint changes of it, is a channel; the alerts that are sent
// there alike are a route.
import { formatDuration } from '../../config/duration.ts';
import type { ChannelDraft, Draft, RouteDraft } from '../draft.ts';
import { slug } from '../ids.ts';
import { outcomeOf, type ReportItem } from '../report.ts';
import { writeUrl } from '../secret-url.ts';
import type { Secrets } from '../secrets.ts';
import type { SourceMap } from '../source-yaml.ts';
import { type Environment, resolveMarks, withoutMarks, writeMarks } from './environment.ts';
import type { GatusAlert, GatusProvider } from './read-gatus.ts';

/** What has alerts. */
export interface Alerted {
  readonly component: string;
  readonly group: string;
  readonly alerts: readonly GatusAlert[];
  /** Time between two results; undefined where they are pushed. */
  readonly intervalMs: number | undefined;
  /** Steps of suites get no defaults of the provider. */
  readonly hasDefaults: boolean;
}

export interface AlertDrafts {
  readonly channels: readonly ChannelDraft[];
  readonly routes: readonly RouteDraft[];
  readonly items: readonly ReportItem[];
}

interface Options {
  readonly env: Environment;
  readonly secrets: Secrets;
}

/** Texts of a provider's settings, with marks. */
type Settings = ReadonlyMap<string, string>;

interface ChannelKind {
  /** The channel, or why there is none. */
  readonly make: (settings: Settings, write: Write) => Draft | string;
  /** Why Gatus drops the provider. */
  readonly missing: (text: (key: string) => string) => string | undefined;
  readonly differences?: (settings: Settings) => readonly string[];
}

interface Write {
  readonly plain: (key: string) => string;
  readonly secret: (key: string) => string;
  readonly url: (key: string) => string;
  readonly text: (key: string) => string;
}

const needs =
  (...keys: readonly string[]) =>
  (text: (key: string) => string) => {
    const key = keys.find((each) => text(each) === '');
    return key === undefined ? undefined : `${key} is not set`;
  };
const webhook = (kind: string): ChannelKind => ({
  make: (_settings, { secret }) => ({ [kind]: { webhook_url: secret('webhook-url') } }),
  missing: needs('webhook-url'),
  differences: (settings) => [
    ...(settings.has('title') ? ['the title of its messages is OpenK\u2019s'] : []),
    ...(settings.has('message-content') ? ['nobody is mentioned in its messages (message-content)'] : []),
  ],
});

const KINDS: Readonly<Record<string, ChannelKind>> = {
  slack: webhook('slack'),
  discord: webhook('discord'),
  'teams-workflows': webhook('teams'),
  teams: {
    ...webhook('teams'),
    differences: () => [
      'it is a connector of Office 365, which Microsoft ends: make a workflow, and put its address in',
    ],
  },
  pagerduty: {
    make: (_settings, { secret }) => ({ pagerduty: { routing_key: secret('integration-key') } }),
    missing: (text) => (text('integration-key').length === 32 ? undefined : 'integration-key has not 32 characters'),
  },
  ntfy: {
    make: (settings, { plain, secret, url }) => ({
      ntfy: {
        ...(settings.has('url') && { url: url('url') }),
        topic: plain('topic'),
        ...(settings.has('token') && { token: secret('token') }),
      },
    }),
    missing: needs('topic'),
    differences: (settings) =>
      ['priority', 'email', 'click', 'disable-firebase', 'disable-cache']
        .filter((key) => settings.has(key))
        .map((key) => (key === 'priority' ? 'its priority is that of the severity' : `${key} is not sent`)),
  },
  telegram: {
    make: (settings, { plain, secret, url }) => ({
      telegram: {
        token: secret('token'),
        chat_id: plain('id'),
        ...(settings.has('topic-id') && { message_thread_id: plain('topic-id') }),
        ...(settings.has('api-url') && { api_url: url('api-url') }),
      },
    }),
    missing: needs('token', 'id'),
  },
  matrix: {
    make: (settings, { plain, secret, url }) => ({
      matrix: {
        homeserver: settings.has('server-url') ? url('server-url') : 'https://matrix-client.matrix.org',
        token: secret('access-token'),
        room: plain('internal-room-id'),
      },
    }),
    missing: needs('access-token', 'internal-room-id'),
  },
  email: {
    make: (settings, { plain, secret, text }) => ({
      email: {
        smtp: `${plain('host')}:${text('port')}`,
        from: plain('from'),
        to: text('to')
          .split(',')
          .map((address) => address.trim()),
        ...(settings.has('username') && { username: plain('username') }),
        ...(settings.has('password') && { password: secret('password') }),
      },
    }),
    missing: needs('from', 'to', 'host', 'port'),
    differences: (settings) => [
      ...(settings.get('port') === '465' ? [] : ['nothing is sent without STARTTLS']),
      ...(settings.has('client') ? ['its client options do not count'] : []),
    ],
  },
  custom: {
    make: (_settings, { text, secret }) => {
      if (text('method') !== 'POST')
        return `OpenK sends webhooks by POST, and this one is by ${text('method') || 'GET'}`;
      return { webhook: { url: secret('url') } };
    },
    missing: needs('url'),
    differences: (settings) => [
      'it is sent OpenK\u2019s JSON, and not the body of the file (alerts.channels[].webhook.body makes another)',
      ...(settings.has('placeholders') ? ['its placeholders do not count'] : []),
    ],
  },
};

const DEFAULT_FAILURES = 3;
const DEFAULT_SUCCESSES = 2;

export function translateAlerts(
  providers: readonly GatusProvider[],
  all: readonly Alerted[],
  options: Options,
): AlertDrafts {
  const channels = new Map<
    string,
    { readonly id: string; readonly draft: Draft | string; readonly differences: readonly string[] }
  >();
  const routes = new Map<string, { readonly route: RouteDraft; readonly item: ReportItem }>();
  const lost = new Map<string, ReportItem & { readonly count: number }>();
  const count = (name: string, place: string, outcome: 'LOST' | 'OFF', why: string) => {
    const before = lost.get(`${name} ${why}`)?.count ?? 0;
    const text = `${why} (${before + 1} ${before === 0 ? 'alert' : 'alerts'})`;
    const words = outcome === 'LOST' ? { differences: [], losses: [text] } : { differences: [text], losses: [] };
    lost.set(`${name} ${why}`, { kind: 'alert', name, place, outcome, ...words, count: before + 1 });
  };

  for (const alerted of all) {
    for (const written of alerted.alerts) {
      const provider = providers.find(({ type }) => type === written.type);
      const alert = withDefaults(written, alerted.hasDefaults ? provider?.defaultAlert : undefined);
      if (alert.enabled === false) continue;
      const kind = KINDS[alert.type];
      if (provider === undefined) {
        count(alert.type, alert.place, 'OFF', 'Gatus sends nothing either: there is no such provider under alerting');
        continue;
      }
      if (kind === undefined) {
        count(alert.type, alert.place, 'LOST', `OpenK has no channel for ${alert.type}`);
        continue;
      }
      const settings = settingsOf(provider, alerted.group, alert);
      const missing = kind.missing((key) => resolveMarks(settings.get(key) ?? '', options.env));
      // What is of a variable that is not set here may well be set there.
      if (missing !== undefined && [...settings.values()].every((text) => withoutMarks(text) === text)) {
        count(alert.type, alert.place, 'OFF', `Gatus sends nothing either: ${missing}`);
        continue;
      }
      const channelKey = JSON.stringify([alert.type, ...settings]);
      if (!channels.has(channelKey))
        channels.set(
          channelKey,
          makeChannel(
            kind,
            alert.type,
            settings,
            alerted.group,
            provider,
            options,
            [...channels.values()].map(({ id }) => id),
          ),
        );
      const channel = channels.get(channelKey)!;
      if (typeof channel.draft === 'string') {
        count(alert.type, alert.place, 'LOST', channel.draft);
        continue;
      }
      addRoute(routes, channel.id, alert, alerted, channel.differences);
    }
  }
  return {
    channels: [...channels.values()].flatMap(({ id, draft }) =>
      typeof draft === 'string' ? [] : [{ id, channel: draft }],
    ),
    routes: [...routes.values()].map(({ route }) => route),
    items: [
      ...[...routes.values()].map(({ item }) => item),
      ...[...lost.values()].map(({ count: _count, ...item }) => item),
    ],
  };
}

function addRoute(
  routes: Map<string, { readonly route: RouteDraft; readonly item: ReportItem }>,
  channel: string,
  alert: GatusAlert,
  { component, intervalMs }: Alerted,
  channelDifferences: readonly string[],
): void {
  const failures = alert.failureThreshold > 0 ? alert.failureThreshold : DEFAULT_FAILURES;
  const successes = alert.successThreshold > 0 ? alert.successThreshold : DEFAULT_SUCCESSES;
  const forMs = (failures - 1) * (intervalMs ?? 0);
  const resolveMs = (successes - 1) * (intervalMs ?? 0);
  const key = JSON.stringify([channel, failures, successes, alert.sendOnResolved, alert.reminderMs, intervalMs]);
  const before = routes.get(key);
  const id =
    before?.route.id ??
    routeId(
      channel,
      failures,
      successes,
      [...routes.values()].map(({ route }) => route.id),
    );
  const differences = [
    ...channelDifferences,
    ...(alert.sendOnResolved === true ? [] : ['its end is sent too, which Gatus does with send-on-resolved alone']),
    ...(intervalMs === undefined && (failures > 1 || successes > 1)
      ? ['it is sent at once, where Gatus counts what is pushed']
      : []),
  ];
  routes.set(key, {
    route: {
      id,
      keys: {
        ...(forMs > 0 && { for: formatDuration(forMs) }),
        ...(resolveMs > 0 && { resolve_after: formatDuration(resolveMs) }),
        group_by: 'COMPONENT',
        ...(alert.reminderMs > 0 && { remind_every: formatDuration(alert.reminderMs) }),
        flapping: { changes: 0 },
        continue: true,
      },
      components: [...new Set([...(before?.route.components ?? []), component])],
      channels: [channel],
    },
    item: {
      kind: 'alert',
      name: `${alert.type} after ${failures}, over after ${successes}`,
      place: before?.item.place ?? alert.place,
      outcome: outcomeOf(differences, []),
      differences,
      losses: [],
    },
  });
}

function routeId(channel: string, failures: number, successes: number, taken: readonly string[]): string {
  const id = `${channel}-${failures}-${successes}`;
  for (let count = 1; ; count++) {
    const wish = count === 1 ? id : `${id}-${count}`;
    if (!taken.includes(wish)) return wish;
  }
}

/** Field by field; 0 is as none. */
function withDefaults(alert: GatusAlert, defaults: GatusAlert | undefined): GatusAlert {
  if (defaults === undefined) return alert;
  return {
    ...alert,
    enabled: alert.enabled ?? defaults.enabled,
    sendOnResolved: alert.sendOnResolved ?? defaults.sendOnResolved,
    description: alert.description ?? defaults.description,
    failureThreshold: alert.failureThreshold || defaults.failureThreshold,
    successThreshold: alert.successThreshold || defaults.successThreshold,
    reminderMs: alert.reminderMs || defaults.reminderMs,
  };
}

/** The provider's, under those of the group, under those of the alert. */
function settingsOf(provider: GatusProvider, group: string, alert: GatusAlert): Settings {
  const ofGroup = provider.overrides.find((override) => override.group === group);
  const layers = [provider.config, ofGroup?.config, alert.override].map(textsOf);
  return new Map(layers.flatMap((layer) => [...layer]));
}

function textsOf(map: SourceMap | undefined): Settings {
  const texts = [...(map?.entries ?? [])].flatMap(([key, value]): [string, string][] => {
    if (key === 'group' || key === 'default-alert' || key === 'overrides') return [];
    if (value.kind === 'TEXT') return value.text === '' ? [] : [[key, value.text]];
    return [[key, '']];
  });
  return new Map(texts);
}

function makeChannel(
  kind: ChannelKind,
  type: string,
  settings: Settings,
  group: string,
  provider: GatusProvider,
  { env, secrets }: Options,
  taken: readonly string[],
) {
  const ofGroup = provider.overrides.some((override) => override.group === group);
  const wish = slug(ofGroup ? `${type}-${group}` : type);
  let id = wish;
  for (let count = 2; taken.includes(id); count++) id = `${wish}-${count}`;
  const raw = (key: string) => settings.get(key) ?? '';
  const isOwn = (piece: string) => withoutMarks(piece) !== '';
  const write: Write = {
    plain: (key) => writeMarks(raw(key)),
    text: (key) => resolveMarks(raw(key), env),
    secret: (key) =>
      isOwn(raw(key)) ? secrets.keep(['GATUS', id, key], resolveMarks(raw(key), env)) : writeMarks(raw(key)),
    url: (key) =>
      writeUrl(raw(key), secrets, ['GATUS', id, key], {
        write: writeMarks,
        isOwn,
        resolve: (piece) => resolveMarks(piece, env),
      }),
  };
  const made = kind.make(settings, write);
  const headers = provider.config.entries.get('headers');
  const draft =
    type === 'custom' && typeof made !== 'string' && headers?.kind === 'MAP'
      ? {
          webhook: {
            ...(made.webhook as Draft),
            headers: Object.fromEntries(
              [...headers.entries].flatMap(([name, value]) =>
                value.kind !== 'TEXT'
                  ? []
                  : [
                      [
                        name,
                        isOwn(value.text)
                          ? secrets.keep(['GATUS', id, name], resolveMarks(value.text, env))
                          : writeMarks(value.text),
                      ],
                    ],
              ),
            ),
          },
        }
      : made;
  return { id, draft, differences: kind.differences?.(settings) ?? [] };
}
