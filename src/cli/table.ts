// A table of components as lines of text that fit a terminal. Pure.
import { styleText } from 'node:util';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import { cut } from './columns.ts';
import type { HealthSnapshot } from './health-snapshot.ts';
import {
  inStatusColor,
  type KnownStatus,
  pendingText,
  reasonText,
  sinceText,
  statusName,
  statusOf,
  WORST_FIRST,
} from './health-text.ts';
import { printable } from './text.ts';

export interface TableOptions {
  readonly snapshot: HealthSnapshot;
  /** Above the table: the server, and how the connection to it is. */
  readonly title: string;
  readonly columns: number;
  /** Lines there are; what does not fit is counted in the last one. */
  readonly rows: number;
  readonly color: boolean;
}

const STATUS_WIDTH = 'MAINTENANCE'.length;
const SINCE_WIDTH = '2026-01-01 00:00:00Z'.length;
const MAX_NAME_WIDTH = 40;
/** Title, summary, an empty line, the heading. */
const HEADER_LINES = 4;

export function renderTable({ snapshot, title, columns, rows, color }: TableOptions): string[] {
  const components = [...snapshot.all()].sort(byStatusThenId);
  const nameWidth = Math.min(MAX_NAME_WIDTH, longestName(components));
  const space = Math.max(rows - HEADER_LINES, 1);
  const shown = components.length > space ? components.slice(0, space - 1) : components;
  const hidden = components.length - shown.length;
  return [
    inBold(cut(title, columns), color),
    cut(summary(components, snapshot.revision), columns),
    '',
    heading(nameWidth, columns, color),
    ...shown.map((health) => row(health, nameWidth, columns, color)),
    ...(hidden > 0 ? [cut(`… and ${hidden} more`, columns)] : []),
  ];
}

/** A heading and a line for each, the worst first. Where nothing limits the columns, nothing is cut. */
export function componentTable(all: readonly ComponentHealth[], columns: number, color: boolean): string[] {
  const nameWidth = Math.min(Number.isFinite(columns) ? MAX_NAME_WIDTH : columns, longestName(all));
  const rows = all.toSorted(byStatusThenId).map((health) => row(health, nameWidth, columns, color));
  return [heading(nameWidth, columns, color), ...rows];
}

function longestName(components: readonly ComponentHealth[]): number {
  return components.reduce((width, { component }) => Math.max(width, component.length), 'COMPONENT'.length);
}

function heading(nameWidth: number, columns: number, color: boolean): string {
  const names = ['STATUS'.padEnd(STATUS_WIDTH), 'COMPONENT'.padEnd(nameWidth), 'SINCE'.padEnd(SINCE_WIDTH), 'REASON'];
  return inBold(cut(names.join('  '), columns), color);
}

function inBold(text: string, color: boolean): string {
  return color ? styleText('bold', text, { validateStream: false }) : text;
}

function row(health: ComponentHealth, nameWidth: number, columns: number, color: boolean): string {
  const status = statusOf(health);
  const name = padTo(printable(health.component), nameWidth);
  const since = sinceText(health).replace('T', ' ').replace(/\.\d+/, '').padEnd(SINCE_WIDTH);
  // What is about to change comes first, since what does not fit is cut.
  const why = [pendingText(health), reasonText(health)].filter((text) => text !== '').join('; ');
  const plain = cut(`${statusName(status).padEnd(STATUS_WIDTH)}  ${name}  ${since}  ${why}`, columns);
  // Coloured after cutting, so that no escape sequence is cut in two.
  return inStatusColor(status, plain.slice(0, STATUS_WIDTH), color) + plain.slice(STATUS_WIDTH).trimEnd();
}

function summary(components: readonly ComponentHealth[], revision: bigint): string {
  const counts = new Map<KnownStatus, number>();
  for (const health of components) counts.set(statusOf(health), (counts.get(statusOf(health)) ?? 0) + 1);
  const parts = WORST_FIRST.flatMap((status) => {
    const count = counts.get(status);
    return count === undefined ? [] : [`${count} ${statusName(status)}`];
  });
  const noun = components.length === 1 ? 'component' : 'components';
  return [`${components.length} ${noun}`, ...parts, `revision ${revision}`].join('  ');
}

function byStatusThenId(a: ComponentHealth, b: ComponentHealth): number {
  const order = WORST_FIRST.indexOf(statusOf(a)) - WORST_FIRST.indexOf(statusOf(b));
  if (order !== 0) return order;
  return a.component < b.component ? -1 : 1;
}

function padTo(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}
