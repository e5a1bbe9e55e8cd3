// What an Uptime Kuma watches as an OpenK configuration.
import { isIP } from 'node:net';
import { formatDuration } from '../../config/duration.ts';
import { type Block, type Draft, type GroupDraft, literal, type PageDraft } from '../draft.ts';
import { assignIds, slug } from '../ids.ts';
import type { Imported, Judge } from '../imported.ts';
import { outcomeOf, type ReportItem } from '../report.ts';
import { createSecrets, isSecretName, type Secrets } from '../secrets.ts';
import { maskUrl } from '../shown-source.ts';
import { maintenanceOf } from './maintenance.ts';
import { boolOf, type KumaData, numberOf, type Row, textOf } from './model.ts';
import { probeOf } from './monitor-probe.ts';
import { type Notified, translateNotifications } from './notifications.ts';

export interface KumaOptions {
  /** For tokens that OpenK does not take as they are. */
  readonly randomToken: () => string;
  /** Wall clock: maintenance that is over is no maintenance. */
  readonly nowMs: number;
}

const ROOT_ID = 'system';
const DEFAULT_INTERVAL_S = 60;
/** Kuma gives up after this share of the interval where nothing else is said. */
const TIMEOUT_SHARE = 0.8;
/** How much later than its interval Kuma takes a push. */
const PUSH_BUFFER_S = 1;
const MAX_TIMEOUT_MS = 600_000;
const PING_TOKEN = /^[A-Za-z0-9_-]{16,128}$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
/** Texts of a monitor that are shown where it could not be had. */
const SHOWN_COLUMNS = [
  'name',
  'type',
  'url',
  'hostname',
  'port',
  'interval',
  'keyword',
  'json_path',
  'expected_value',
  'docker_container',
];

export function importKuma(data: KumaData, { randomToken, nowMs }: KumaOptions): Imported {
  const secrets = createSecrets();
  const blocks: Block[] = [];
  const items: ReportItem[] = [];
  const judges: Judge[] = [];
  const notified: Notified[] = [];
  const names = data.monitors.map((monitor) => textOf(monitor, 'name') || `monitor ${textOf(monitor, 'id')}`);
  const ids = assignIds(
    data.monitors.map((monitor, at) => ({ identity: textOf(monitor, 'id'), wish: names[at]!.toLowerCase() })),
    new Set([ROOT_ID]),
  );
  const idOf = new Map(data.monitors.map((monitor, at) => [Number(monitor.id), ids[at]!]));
  const members = new Map<string, string[]>();

  for (const [at, monitor] of data.monitors.entries()) {
    const id = ids[at]!;
    const base = { kind: 'monitor', name: names[at]!, place: '' };
    const parent = parentOf(monitor, data.monitors);
    if (parent !== undefined) members.set(idOf.get(parent)!, [...(members.get(idOf.get(parent)!) ?? []), id]);
    if (textOf(monitor, 'type') === 'group') continue;
    const made =
      textOf(monitor, 'type') === 'push'
        ? push(monitor, id, secrets, randomToken)
        : probeOf(monitor, { secrets, id, proxies: data.proxies });
    const isOff = !boolOf(monitor, 'active', true);
    if ('lost' in made) {
      blocks.push({
        kind: 'COMMENT',
        shown: shownMonitor(monitor),
        comments: [`${isOff ? 'paused there' : 'NOT IMPORTED'}: monitor ${base.name}`, ...made.lost],
      });
      items.push({
        ...base,
        outcome: isOff ? 'OFF' : 'LOST',
        differences: isOff ? made.lost : [],
        losses: isOff ? [] : made.lost,
      });
      continue;
    }
    const differences = [...made.differences, ...domainExpiry(monitor)];
    const losses = [...made.losses];
    const component: Draft = {
      ...commonKeys(monitor, id, names[at]!),
      ...labelsOf(data.tags.get(Number(monitor.id)) ?? [], differences),
      ...made.probe,
      ...scheduleOf(monitor, differences),
      ...maintenanceOf(monitor, data, nowMs, differences, losses),
    };
    if (isOff) {
      blocks.push({ kind: 'COMMENT', shown: component, comments: [`paused there: monitor ${base.name}`] });
      items.push({ ...base, outcome: 'OFF', differences: [], losses: [] });
      continue;
    }
    blocks.push({
      kind: 'COMPONENT',
      id,
      component,
      comments: [
        ...losses.map((loss) => `LOST: ${loss}`),
        ...differences.map((difference) => `differs: ${difference}`),
      ],
    });
    items.push({ ...base, outcome: outcomeOf(differences, losses), component: id, differences, losses });
    if ('judged' in made && made.judged !== undefined)
      judges.push({ component: id, names: [base.name, textOf(monitor, 'id')], ...made.judged });
    notified.push(notifiedOf(monitor, id, data));
  }
  const groups: GroupDraft[] = [];
  const there = new Set(blocks.flatMap((block) => (block.kind === 'COMPONENT' ? [block.id] : [])));
  for (const [at, monitor] of data.monitors.entries()) {
    if (textOf(monitor, 'type') !== 'group') continue;
    const made = groupOf(monitor, { id: ids[at]!, name: names[at]!, data, nowMs, members, there });
    items.push(made.item);
    if (made.group === undefined) continue;
    groups.push(made.group);
    notified.push(notifiedOf(monitor, ids[at]!, data));
  }
  const alerts = translateNotifications(data.notifications, notified, secrets);
  items.push(...alerts.items);
  return {
    config: {
      title: [
        'yaml-language-server: $schema=openk.schema.json',
        '',
        'Made of an Uptime Kuma by `openk import uptime-kuma`.',
      ],
      before: {
        defaults: { interval: `${DEFAULT_INTERVAL_S}s`, timeout: '48s', unhealthy_threshold: 1, healthy_threshold: 1 },
      },
      blocks,
      groups,
      channels: alerts.channels,
      routes: alerts.routes,
      witnesses: [],
      pages: pagesOf(data, idOf, items),
    },
    items,
    notes: [
      'Retries are thresholds: `maxretries: 2` is `unhealthy_threshold: 3`.',
      'History, users, API keys and incidents stay in Kuma.',
      'Requests name OpenK as their user agent, and not Uptime-Kuma.',
    ],
    unknownKeys: [],
    secrets: secrets.values,
    variables: [],
    judges,
  };
}

/** The id of its group; undefined where following it leads in a circle. */
function parentOf(monitor: Row, all: readonly Row[]): number | undefined {
  const seen = new Set([Number(monitor.id)]);
  const first = numberOf(monitor, 'parent');
  for (let id = first; id !== 0; ) {
    const parent = all.find((each) => Number(each.id) === id);
    if (parent === undefined || seen.has(id)) return undefined;
    seen.add(id);
    id = numberOf(parent, 'parent');
  }
  return first === 0 ? undefined : first;
}

interface GroupOptions {
  readonly id: string;
  readonly name: string;
  readonly data: KumaData;
  readonly nowMs: number;
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Components that are there. */
  readonly there: ReadonlySet<string>;
}

function groupOf(monitor: Row, { id, name, data, nowMs, members, there }: GroupOptions) {
  const base = { kind: 'group', name, place: '' };
  const own = members.get(id) ?? [];
  const reaches = (member: string, seen: ReadonlySet<string>): boolean =>
    there.has(member) ||
    (!seen.has(member) && (members.get(member) ?? []).some((each) => reaches(each, new Set([...seen, member]))));
  const isOff = !boolOf(monitor, 'active', true);
  if (isOff || !reaches(id, new Set())) {
    const differences = isOff ? [] : ['nobody watches any of its members; in Kuma it is pending'];
    return { item: { ...base, outcome: 'OFF' as const, differences, losses: [] }, group: undefined };
  }
  const differences =
    numberOf(monitor, 'maxretries') > 0 ? ['it has no retries: its status is that of its members'] : [];
  const losses: string[] = [];
  const keys: Draft = {
    ...commonKeys(monitor, undefined, name),
    ...labelsOf(data.tags.get(Number(monitor.id)) ?? [], differences),
    ...maintenanceOf(monitor, data, nowMs, differences, losses),
  };
  const item: ReportItem = { ...base, outcome: outcomeOf(differences, losses), component: id, differences, losses };
  return { item, group: { id, keys, members: own } };
}

function notifiedOf(monitor: Row, component: string, data: KumaData): Notified {
  const remindMs = numberOf(monitor, 'resend_interval') * intervalOf(monitor) * 1000;
  return { component, notifications: data.notified.get(Number(monitor.id)) ?? [], remindMs };
}

/** Kuma asks the registry of a name that has one. */
function domainExpiry(monitor: Row): readonly string[] {
  const host = URL.parse(textOf(monitor, 'url'))?.hostname || textOf(monitor, 'hostname');
  if (!boolOf(monitor, 'domain_expiry_notification') || isIP(host) !== 0 || !/[^.]\.[a-z]/i.test(host)) return [];
  return ['nobody hears that its domain is about to expire: OpenK asks no registry'];
}

function commonKeys(monitor: Row, id: string | undefined, name: string): Draft {
  const shown = [...name.replace(/\p{Cc}+/gu, ' ')].slice(0, 128).join('');
  const description = textOf(monitor, 'description');
  return {
    ...(id !== undefined && { id }),
    ...(shown !== id && { display_name: literal(shown) }),
    ...(description !== '' && { description: literal(description) }),
  };
}

function labelsOf(tags: readonly (readonly [name: string, value: string])[], differences: string[]): Draft {
  const labels: Record<string, string> = {};
  for (const [name, value] of tags) {
    const key = LABEL.test(name) ? name : slug(name);
    if (key === '' || labels[key] !== undefined)
      differences.push(`the tag "${name}" is no label: it has no name that OpenK takes, or is there already`);
    else labels[key] = literal(value === '' ? 'true' : value);
  }
  return Object.keys(labels).length === 0 ? {} : { labels };
}

function intervalOf(monitor: Row): number {
  return numberOf(monitor, 'interval') || DEFAULT_INTERVAL_S;
}

function scheduleOf(monitor: Row, differences: string[]): Draft {
  if (textOf(monitor, 'type') === 'push') return {};
  const interval = intervalOf(monitor);
  const retries = numberOf(monitor, 'maxretries');
  const retryInterval = numberOf(monitor, 'retry_interval');
  const timeoutMs = Math.min(
    Math.round((numberOf(monitor, 'timeout') || interval * TIMEOUT_SHARE) * 1000),
    MAX_TIMEOUT_MS,
  );
  if (retries > 0 && retryInterval > 0 && retryInterval !== interval) {
    differences.push(
      `it is asked every ${retryInterval}s as long as it is not healthy (unhealthy_interval); in Kuma only until it counts as down`,
    );
  }
  return {
    ...(interval !== DEFAULT_INTERVAL_S && { interval: formatDuration(interval * 1000) }),
    ...(timeoutMs !== DEFAULT_INTERVAL_S * TIMEOUT_SHARE * 1000 && { timeout: formatDuration(timeoutMs) }),
    ...(retries > 0 && { unhealthy_threshold: retries + 1 }),
    ...(retries > 0 &&
      retryInterval > 0 &&
      retryInterval !== interval && { unhealthy_interval: formatDuration(retryInterval * 1000) }),
  };
}

function push(monitor: Row, id: string, secrets: Secrets, randomToken: () => string) {
  const token = textOf(monitor, 'push_token');
  const losses: string[] = [];
  const differences: string[] = [];
  if (boolOf(monitor, 'upside_down'))
    return { lost: ['it is upside down, and OpenK calls nothing healthy because it does not report'] };
  const isGood = PING_TOKEN.test(token);
  if (!isGood)
    losses.push(
      'its token is not of 16 to 128 letters, digits, - or _: a new one is made, and who pushes has to use it',
    );
  const retries = numberOf(monitor, 'maxretries');
  if (retries > 0) differences.push('a report that it is down counts at once; in Kuma it goes through the retries');
  const graceS = retries * (numberOf(monitor, 'retry_interval') || intervalOf(monitor)) + PUSH_BUFFER_S;
  const probe = {
    heartbeat: {
      period: formatDuration(intervalOf(monitor) * 1000),
      grace: formatDuration(graceS * 1000),
      ping_token: secrets.keep(['KUMA', id, 'PUSH_TOKEN'], isGood ? token : randomToken()),
    },
  };
  return { probe, differences, losses };
}

function pagesOf(data: KumaData, idOf: ReadonlyMap<number, string>, items: ReportItem[]): readonly PageDraft[] {
  const ids = assignIds(data.pages.map(({ slug: wish }) => ({ identity: wish, wish })));
  return data.pages.map(({ slug: name, title, description, isPublished, groups }, at) => {
    const differences = ['its looks, incidents and domain names are not taken over'];
    items.push({ kind: 'status page', name, place: '', outcome: 'DIFFERENT', differences, losses: [] });
    return {
      id: ids[at]!,
      keys: {
        title: literal(title || name),
        ...(description !== '' && { description: literal(description) }),
        access: isPublished ? 'PUBLIC' : 'PRIVATE',
      },
      groups: groups.map((group) => ({
        title: literal(group.name),
        components: group.monitors.flatMap((id) => idOf.get(id) ?? []),
      })),
    };
  });
}

function shownMonitor(monitor: Row): Draft {
  return Object.fromEntries(
    SHOWN_COLUMNS.flatMap((name) => {
      const value = monitor[name];
      if (value === null || value === undefined || value === '') return [];
      return [[name, isSecretName(name) ? '***' : typeof value === 'string' ? maskUrl(value) : value]];
    }),
  );
}
