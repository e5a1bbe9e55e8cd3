// A table of components as lines of text that fit a terminal. Pure.
import { styleText } from 'node:util';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import { counted } from '../core/counted.ts';
import { cut } from './columns.ts';
import {
  ageText,
  inStatusColor,
  type KnownStatus,
  pendingText,
  sinceText,
  statusName,
  statusOf,
  WORST_FIRST,
} from './health-text.ts';
import { printable } from './text.ts';

export interface TableOptions {
  readonly components: readonly ComponentHealth[];
  readonly revision: bigint;
  /** Above the table: the server, and how the connection to it is. */
  readonly title: string;
  readonly columns: number;
  /** Lines there are; what does not fit is counted in the last one. */
  readonly rows: number;
  readonly color: boolean;
  /** Epoch milliseconds, for ages. */
  readonly nowMs: number;
}

/** Widths of a table's columns, in characters. */
interface Layout {
  readonly status: number;
  readonly name: number;
  readonly time: number;
  /** Of the whole line. */
  readonly columns: number;
  /** Undefined: times instead of ages, for who reads it later. */
  readonly nowMs: number | undefined;
  readonly color: boolean;
}

const MAX_NAME_WIDTH = 60;
/** Of a line: what names may take, so that there is room for reasons. */
const MAX_NAME_SHARE = 0.35;
const MIN_NAME_WIDTH = 12;
/** Title, summary, an empty line, the heading. */
const HEADER_LINES = 4;

export function renderTable({ components, revision, title, columns, rows, color, nowMs }: TableOptions): string[] {
  const sorted = components.toSorted(worstFirst);
  const space = Math.max(rows - HEADER_LINES, 1);
  const shown = sorted.length > space ? sorted.slice(0, space - 1) : sorted;
  const hidden = sorted.length - shown.length;
  return [
    inBold(cut(title, columns), color),
    cut(summary(components, revision), columns),
    '',
    ...tableLines(shown, { columns, nowMs, color }),
    ...(hidden > 0 ? [cut(`… and ${hidden} more`, columns)] : []),
  ];
}

/**
 * A heading and a line for each, the worst first. Where nothing limits the columns, nothing is cut.
 * @param nowMs left out: times in place of ages
 */
export function componentTable(
  all: readonly ComponentHealth[],
  { columns, color, nowMs }: { readonly columns: number; readonly color: boolean; readonly nowMs?: number },
): string[] {
  return tableLines(all.toSorted(worstFirst), { columns, color, nowMs });
}

function tableLines(
  all: readonly ComponentHealth[],
  { columns, color, nowMs }: Pick<Layout, 'columns' | 'color' | 'nowMs'>,
): string[] {
  const widest = (heading: string, texts: readonly string[]) =>
    texts.reduce((width, text) => Math.max(width, text.length), heading.length);
  const maxName = Number.isFinite(columns)
    ? Math.min(MAX_NAME_WIDTH, Math.max(MIN_NAME_WIDTH, Math.floor(columns * MAX_NAME_SHARE)))
    : columns;
  const layout: Layout = {
    status: widest(
      'STATUS',
      all.map((health) => statusName(statusOf(health))),
    ),
    name: Math.min(
      maxName,
      widest(
        'COMPONENT',
        all.map(({ component }) => printable(component)),
      ),
    ),
    time: widest(
      timeHeading(nowMs),
      all.map((health) => timeText(health, nowMs)),
    ),
    columns,
    nowMs,
    color,
  };
  const heading = line(['STATUS', 'COMPONENT', timeHeading(nowMs), 'REASON'], layout);
  return [inBold(heading, color), ...all.map((health) => row(health, layout))];
}

function timeHeading(nowMs: number | undefined): string {
  return nowMs === undefined ? 'SINCE' : 'FOR';
}

function timeText(health: ComponentHealth, nowMs: number | undefined): string {
  if (nowMs !== undefined) return ageText(health.since, nowMs);
  return sinceText(health).replace('T', ' ').replace(/\.\d+/, '');
}

function line([status = '', name = '', time = '', why = '']: readonly string[], layout: Layout): string {
  const fields = [status.padEnd(layout.status), padTo(name, layout.name), time.padEnd(layout.time), why];
  return cut(fields.join('  ').trimEnd(), layout.columns);
}

function inBold(text: string, color: boolean): string {
  return color ? styleText('bold', text, { validateStream: false }) : text;
}

function row(health: ComponentHealth, layout: Layout): string {
  const status = statusOf(health);
  const name = statusName(status);
  const plain = line([name, printable(health.component), timeText(health, layout.nowMs), why(health, layout)], layout);
  // Coloured after cutting, so that no escape sequence is cut in two.
  return inStatusColor(status, plain.slice(0, name.length), layout.color) + plain.slice(name.length);
}

/** What is about to change or goes on comes first, then what it comes of, since what does not fit is cut. */
function why(health: ComponentHealth, { nowMs }: Layout): string {
  const { causedBy, run } = health;
  const ran = nowMs === undefined ? '' : ` ${ageText(run?.start, nowMs)}`;
  return [
    run === undefined ? '' : `running${ran}`,
    pendingText(health),
    causedBy.length === 0 ? '' : `caused by ${causedBy.map(printable).join(', ')}`,
    reasonInShort(health),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

/** The code first, which says it in a word; of a group the members to blame, as its code says no more than its status. */
function reasonInShort({ reason, memberCounts }: ComponentHealth): string {
  const { code = '', message = '' } = reason ?? {};
  if (memberCounts !== undefined && code.startsWith('MEMBERS_') && message !== '') {
    const [, counts = message, names] = /^(.*) \(([^()]*)\)$/.exec(message) ?? [];
    return printable(names === undefined ? counts : `${names}: ${counts}`);
  }
  return printable([code, message].filter((text) => text !== '').join(': '));
}

function summary(components: readonly ComponentHealth[], revision: bigint): string {
  const counts = new Map<KnownStatus, number>();
  for (const health of components) counts.set(statusOf(health), (counts.get(statusOf(health)) ?? 0) + 1);
  const parts = WORST_FIRST.flatMap((status) => {
    const count = counts.get(status);
    return count === undefined ? [] : [`${count} ${statusName(status)}`];
  });
  return [counted(components.length, 'component'), ...parts, ...causesText(components), `revision ${revision}`].join(
    '  ',
  );
}

/** `1 cause, 37 consequences` */
function causesText(components: readonly ComponentHealth[]): string[] {
  const bad = components.filter(isBad);
  if (bad.length === 0) return [];
  const consequences = bad.filter(isConsequence).length;
  const causes = counted(bad.length - consequences, 'cause');
  return [consequences === 0 ? causes : `${causes}, ${counted(consequences, 'consequence')}`];
}

function isBad(health: ComponentHealth): boolean {
  const status = statusOf(health);
  return status === HealthStatus.UNHEALTHY || status === HealthStatus.DEGRADED;
}

/** As the dashboard counts: it depends on something that is bad, or is a group with such a member. */
function isConsequence({ causedBy, memberCounts: members }: ComponentHealth): boolean {
  return causedBy.length > 0 || (members !== undefined && members.unhealthy + members.degraded > 0);
}

/** Of the same status causes come before what follows from them. */
function worstFirst(a: ComponentHealth, b: ComponentHealth): number {
  return (
    WORST_FIRST.indexOf(statusOf(a)) - WORST_FIRST.indexOf(statusOf(b)) ||
    Number(isConsequence(a)) - Number(isConsequence(b)) ||
    (a.component < b.component ? -1 : 1)
  );
}

function padTo(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}
