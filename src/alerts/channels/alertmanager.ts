// Alertmanager (API v2). An alert there is what its labels say, and it ends by itself unless it is said again: so what changes is no
// label, and what is open is repeated. Every member of a cluster gets it, since they exchange silences and what was sent, and no
// alerts.
import type { AlertmanagerChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Alert, SendResult } from '../../core/alert.ts';
import { reasonText } from '../../core/observation.ts';
import { createRedactor } from '../../core/redactor.ts';
import { timeJson } from './alert-json.ts';
import type { ChannelFault, ChannelKind } from './channel-kind.ts';
import { type Attempt, createHttpSender } from './http-sender.ts';
import { plainText } from './plain-text.ts';
import { below, checkUrl, secretsOfUrl } from './url-secrets.ts';
import { checkHeaders, lowerNames } from './webhook.ts';
import { namesText, wordingOf } from './wording.ts';

const DEFAULT_RESEND_MS = 60_000;
/** What was not said again for so many times is over. */
const EXPIRES_AFTER = 3;
/**
 * By how much an end is said to be earlier. One that lies in Alertmanager's future, since its clock is behind ours, ends nothing: the
 * alert then lives until it would have expired.
 */
const CLOCKS_DIFFER_MS = 60_000;
/** Alerts in one request, as Prometheus sends them. */
const MAX_BATCH = 256;
const MAX_DESCRIPTION = 4000;
/** Labels that every alert has. */
const OWN_LABELS = ['alertname', 'component', 'route'];

/** As POST /api/v2/alerts takes it. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export const alertmanager: ChannelKind<AlertmanagerChannel> = {
  kind: 'alertmanager',
  check({ urls, labels, componentLabels, headers }) {
    return [
      ...urls.flatMap((url, index) => checkUrl(url, ['urls', index])),
      ...Object.keys(labels).flatMap((name) => checkLabel(name, ['labels', name])),
      ...checkComponentLabels(componentLabels, labels),
      ...checkHeaders(headers, ['headers']),
    ];
  },
  create({ urls, labels, componentLabels, resendEvery, headers }, context) {
    const resendMs = resendEvery ? Number(resendEvery.seconds) * 1000 + resendEvery.nanos / 1e6 : DEFAULT_RESEND_MS;
    const own = lowerNames(headers);
    const members = urls.map((url) => new URL(url));
    const secrets = [...members.flatMap(secretsOfUrl), ...Object.values(headers)];
    const post = createHttpSender(context, createRedactor(secrets));
    const identity: Identity = { labels, componentLabels };
    /** What is repeated and what ends must not overtake each other: an alert that is over would be open again. */
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = (attempt: Attempt, send: () => Promise<SendResult>): Promise<SendResult> => {
      const turn = Promise.race([last, aborted(attempt.signal)]).then(() =>
        attempt.signal.aborted ? notSent() : send(),
      );
      last = Promise.allSettled([last, turn]);
      return turn;
    };
    const toAll = async (alerts: readonly Alert[], endsMs: number, attempt: Attempt): Promise<SendResult> => {
      const bodies = batchesOf(alerts, (alert) => postedAlert(alert, endsMs, identity));
      return together(await Promise.all(members.map((member) => toMember(member, bodies, attempt))));
    };
    const toMember = async (member: URL, bodies: Batches, attempt: Attempt): Promise<SendResult> => {
      const url = below(member.href, 'api/v2/alerts');
      let result: SendResult = { kind: 'accepted' };
      for (let index = 0; index < bodies.count && result.kind !== 'retry'; index++) {
        const answered = await post({ url, headers: own, body: bodies.body(index) }, attempt);
        // One that is refused keeps none of the others from being taken.
        if (answered.kind !== 'accepted') result = answered;
      }
      return result;
    };
    return {
      send({ message: { alert, type }, nowMs }, signal) {
        const isOver = type === 'alert.resolved' || alert.state === 'RESOLVED';
        const endsMs = isOver ? nowMs - CLOCKS_DIFFER_MS : nowMs + EXPIRES_AFTER * resendMs;
        const attempt = { signal, nowMs };
        return inTurn(attempt, () => toAll([alert], endsMs, attempt));
      },
      repeat: {
        everyMs: resendMs,
        send(open, signal) {
          const nowMs = context.clock.nowMs();
          const endsMs = nowMs + EXPIRES_AFTER * resendMs;
          const attempt = { signal, nowMs };
          return inTurn(attempt, () => toAll(open, endsMs, attempt));
        },
      },
    };
  },
};

interface Identity {
  readonly labels: Readonly<Record<string, string>>;
  readonly componentLabels: readonly string[];
}

/** @param endsMs epoch milliseconds */
export function postedAlert(alert: Alert, endsMs: number, { labels, componentLabels }: Identity): PostedAlert {
  const { title, lines, links } = wordingOf({ type: 'alert.updated', atMs: alert.updatedMs, alert });
  const startsMs = Math.min(alert.openedMs ?? alert.sinceMs, endsMs);
  const [link] = links;
  return {
    labels: filled({
      ...labels,
      ...Object.fromEntries(componentLabels.map((name) => [labelName(name), alert.labels[name] ?? ''])),
      alertname: 'OpenkAlert',
      component: alert.component,
      route: alert.route,
    }),
    annotations: filled({
      summary: title,
      description: plainText({ lines, links: [] }, MAX_DESCRIPTION, (text) => text.length),
      status: alert.status,
      severity: alert.severity.toLowerCase(),
      reason: reasonText(alert.reason),
      cause: namesText(alert.cause),
      consequences: namesText(alert.consequences, alert.consequenceCount),
      acknowledged_by: alert.acknowledgement?.author ?? '',
      alert: alert.id,
    }),
    startsAt: timeJson(startsMs),
    endsAt: timeJson(endsMs),
    ...(link && { generatorURL: link.url }),
  };
}

interface Batches {
  readonly count: number;
  /** JSON of one, made when it is first asked for: making those of ten thousand alerts at once would hold up everything else. */
  body(index: number): string;
}

function batchesOf(alerts: readonly Alert[], toPosted: (alert: Alert) => PostedAlert): Batches {
  const bodies: string[] = [];
  return {
    count: Math.ceil(alerts.length / MAX_BATCH),
    body(index) {
      const start = index * MAX_BATCH;
      bodies[index] ??= JSON.stringify(alerts.slice(start, start + MAX_BATCH).map(toPosted));
      return bodies[index];
    },
  };
}

/** Alertmanager drops empty values itself, and with them makes another alert of it. */
function filled(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(values).map(([name, value]) => [name, value.toWellFormed()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** One member that has it is enough: what is open is repeated to all of them, and what is over ends there by itself. */
function together(results: readonly SendResult[]): SendResult {
  const accepted = results.find(({ kind }) => kind === 'accepted');
  if (accepted !== undefined) return accepted;
  const retries = results.filter((result) => result.kind === 'retry');
  const [first] = retries;
  if (first === undefined) return results[0] ?? { kind: 'accepted' };
  return { ...first, perhapsDelivered: retries.some(({ perhapsDelivered }) => perhapsDelivered) };
}

function notSent(): SendResult {
  return { kind: 'retry', error: 'it was stopped before it was sent', perhapsDelivered: false };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Prometheus' names of labels. */
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `service.name` as Prometheus would call it. */
function labelName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
}

function checkLabel(name: string, path: ChannelFault['path']): readonly ChannelFault[] {
  if (OWN_LABELS.includes(name)) return [{ path, message: 'is a label that OpenK sets' }];
  const isName = LABEL_NAME.test(name) && !name.startsWith('__');
  return isName ? [] : [{ path, message: 'is no name of a label: letters, digits and _, no digit first, no __ first' }];
}

function checkComponentLabels(
  names: readonly string[],
  labels: Readonly<Record<string, string>>,
): readonly ChannelFault[] {
  const taken = new Set(Object.keys(labels));
  return names.flatMap((name, index) => {
    const path = ['component_labels', index];
    const label = labelName(name);
    const faults = name === '' ? [{ path, message: 'is empty' }] : checkLabel(label, path);
    if (faults.length > 0) return faults;
    if (taken.has(label)) return [{ path, message: 'is the same label as another one, as Alertmanager spells it' }];
    taken.add(label);
    return [];
  });
}
