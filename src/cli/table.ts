// A table of components as lines of text that fit a terminal. Pure.
import { styleText } from 'node:util';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
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
  const bold = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  const components = [...snapshot.all()].sort(byStatusThenId);
  const nameWidth = Math.min(
    MAX_NAME_WIDTH,
    components.reduce((width, { component }) => Math.max(width, component.length), 'COMPONENT'.length),
  );
  const heading = `${'STATUS'.padEnd(STATUS_WIDTH)}  ${'COMPONENT'.padEnd(nameWidth)}  ${'SINCE'.padEnd(SINCE_WIDTH)}  REASON`;
  const space = Math.max(rows - HEADER_LINES, 1);
  const shown = components.length > space ? components.slice(0, space - 1) : components;
  const hidden = components.length - shown.length;
  return [
    bold(cut(title, columns)),
    cut(summary(components, snapshot.revision), columns),
    '',
    bold(cut(heading, columns)),
    ...shown.map((health) => row(health, nameWidth, columns, color)),
    ...(hidden > 0 ? [cut(`… and ${hidden} more`, columns)] : []),
  ];
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

/** By code points: half of one would be no text. */
function cut(text: string, width: number): string {
  const points = [...text];
  return points.length <= width ? text : `${points.slice(0, Math.max(width - 1, 0)).join('')}…`;
}
