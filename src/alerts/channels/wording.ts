// What people read of a message, whatever channel brings it: a title, lines and links, as plain bounded text without markup. Every
// channel escapes it and cuts it to its own limits.
import type { Alert, AlertMessage, MessageType, Severity } from '../../core/alert.ts';
import { reasonText } from '../../core/observation.ts';
import { printable } from '../../core/printable.ts';
import type { BurnSpeed } from '../../core/slo/objective.ts';

export interface Wording {
  /** One line that says what has happened. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly links: readonly Link[];
  /** How it is to look: over, or how urgent. */
  readonly tone: Tone;
}

export interface Line {
  /** Left out: a sentence of its own. */
  readonly label?: string;
  readonly text: string;
}

export interface Link {
  readonly title: string;
  /** http or https. */
  readonly url: string;
}

export type Tone = 'GOOD' | Severity;

const MAX_NAME = 200;
const MAX_TEXT = 800;
const MAX_NAMES = 10;
const MAX_LINKS = 5;

export function wordingOf({ type, alert }: AlertMessage): Wording {
  const name = nameOf(alert);
  const tone = type === 'alert.resolved' || alert.state === 'RESOLVED' ? 'GOOD' : alert.severity;
  const links = linksOf(alert);
  switch (type) {
    case 'openk.test':
      return {
        title: 'Test of OpenK',
        lines: [{ text: 'This is a test message. Nothing is wrong.' }],
        links,
        tone: 'INFO',
      };
    case 'openk.notice':
      return { title: `OpenK: ${printable(reasonText(alert.reason), MAX_TEXT)}`, lines: sinceOf(alert), links, tone };
    default:
      return { title: `${name} ${verb(type, alert)}`, lines: linesOf(alert), links, tone };
  }
}

/** What a component does, or did. */
function verb(type: Exclude<MessageType, 'openk.test' | 'openk.notice'>, alert: Alert): string {
  const { burn, status, isFlapping, resolution } = alert;
  if (type === 'alert.resolved' && resolution === 'REMOVED') return 'is not watched any more';
  if (burn !== undefined) {
    const burns = `burns its error budget ${PACE[burn]}`;
    switch (type) {
      case 'alert.opened':
        return isFlapping ? `${burns}, again and again` : burns;
      case 'alert.updated':
        return `now ${burns}`;
      case 'alert.reminded':
        return `still ${burns}`;
      case 'alert.acknowledged':
        return `${burns}, somebody takes care of it`;
      case 'alert.resolved':
        return `does not burn its error budget any more`;
    }
  }
  switch (type) {
    case 'alert.opened':
      return `is ${isFlapping ? 'flapping: ' : ''}${status}`;
    case 'alert.updated':
      return `is now ${status}`;
    case 'alert.reminded':
      return `is still ${status}`;
    case 'alert.acknowledged':
      return `is ${status}, somebody takes care of it`;
    case 'alert.resolved':
      return `has recovered: ${status}`;
  }
}

const PACE: Readonly<Record<BurnSpeed, string>> = { FAST: 'fast', MEDIUM: 'too fast', SLOW: 'slowly' };

/** What a component is called: the same in every message about it. */
export function nameOf({ displayName, component }: Pick<Alert, 'displayName' | 'component'>): string {
  return printable(displayName ?? component, MAX_NAME);
}

/** `2026-11-29 07:13:40 UTC` */
export function timeText(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `checkout, cart and 37 more`. @param count how many there are, of which these may be the first */
export function namesText(ids: readonly string[], count = ids.length): string {
  const named = ids.slice(0, MAX_NAMES).map((id) => printable(id, MAX_NAME));
  const others = count - named.length;
  return others > 0 ? `${named.join(', ')} and ${others} more` : named.join(', ');
}

/** `1 d 2 h`, in its two largest units. */
export function durationText(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  const shown = first < 0 ? units.slice(-1) : units.slice(first, first + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

function linesOf(alert: Alert): readonly Line[] {
  const { component, displayName, reason, cause, consequences, consequenceCount, acknowledgement } = alert;
  const isOver = alert.state === 'RESOLVED';
  const lines: Line[] = [];
  const add = (label: string, text: string) => {
    const shown = printable(text, MAX_TEXT).trim();
    if (shown !== '') lines.push({ label, text: shown });
  };
  if (alert.isFlapping && !isOver) {
    lines.push({ text: 'It changes all the time: nothing more is sent until it has settled.' });
  }
  add('Reason', reasonText(reason));
  lines.push(...sinceOf(alert));
  if (cause.length > 0) add('Cause', namesText(cause));
  if (consequenceCount > 0)
    add(isOver ? 'Was the cause of' : 'Is the cause of', namesText(consequences, consequenceCount));
  if (acknowledgement !== undefined) {
    const { author, note, atMs } = acknowledgement;
    add('Acknowledged by', `${author}, ${timeText(atMs)}${note === '' ? '' : `: ${note}`}`);
  }
  if (displayName !== undefined && displayName !== component) add('Component', component);
  return lines;
}

function sinceOf({ sinceMs, resolvedMs }: Alert): readonly Line[] {
  const since = timeText(sinceMs);
  if (resolvedMs === undefined) return [{ label: 'Since', text: since }];
  return [{ label: 'Was so', text: `from ${since} to ${timeText(resolvedMs)}, ${durationText(resolvedMs - sinceMs)}` }];
}

/** Only such as a browser follows; anything else could run something. */
function linksOf({ links }: Alert): readonly Link[] {
  return links.slice(0, MAX_LINKS).flatMap(({ title, url }) => {
    const parsed = URL.parse(url);
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) return [];
    return [{ title: printable(title, MAX_NAME).trim() || parsed.host, url: parsed.href }];
  });
}
