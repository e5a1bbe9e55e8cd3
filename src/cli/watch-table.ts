// The live table in a terminal. Draws on the alternate screen, so that what was there before comes back at the end.

import { formatDuration } from '../config/duration.ts';
import type { Clock } from '../core/clock.ts';
import { cut } from './columns.ts';
import type { Output } from './context.ts';
import { createSnapshot } from './health-snapshot.ts';
import { type KnownStatus, statusOf } from './health-text.ts';
import { renderTable } from './table.ts';
import type { WatchView } from './watch-view.ts';

export interface TableViewOptions {
  readonly stdout: Output;
  readonly clock: Clock;
  readonly color: boolean;
  readonly server: string;
  /** Of these statuses only. Empty: of any. */
  readonly statuses: readonly KnownStatus[];
  /** Lines that stay below the table, cut to its width; on a low terminal the last of them are left out. */
  readonly footer?: readonly string[];
}

/** Changes within this time are drawn as one. */
export const REDRAW_MS = 100;

/** Ages grow. What is drawn then is written only where it differs. */
const AGE_MS = 1000;

/** What a footer leaves to the table. */
const MIN_TABLE_ROWS = 10;

/** ECMA-48 and xterm control sequences; DECAWM off keeps wide characters from breaking a row in two. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
/** Both before a line: behind one that is as wide as the terminal they would take the last character. */
const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** For a terminal that does not know its size, or says 0, as some do. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export function createTableView({ stdout, clock, color, server, statuses, footer = [] }: TableViewOptions): WatchView {
  const snapshot = createSnapshot();
  let title = `${server}  connecting`;
  let cancelDraw: (() => void) | undefined;
  let cancelAging: (() => void) | undefined;
  let drawn = '';

  const width = () => stdout.columns || DEFAULT_COLUMNS;
  const screen = (rows: number) => {
    const below = footer.slice(0, Math.max(0, rows - MIN_TABLE_ROWS)).map((line) => cut(line, width()));
    return [...table(rows - below.length), ...below];
  };
  const table = (rows: number) => {
    const all = [...snapshot.all()];
    const components = statuses.length === 0 ? all : all.filter((health) => statuses.includes(statusOf(health)));
    const { revision } = snapshot;
    return renderTable({ components, revision, title, columns: width(), rows, color, nowMs: clock.nowMs() });
  };
  const draw = () => {
    cancelDraw = undefined;
    cancelAging?.();
    // A terminal that is behind gets the latest state once it caught up, not every state on the way.
    if (stdout.writableNeedDrain) return schedule();
    const lines = screen(stdout.rows || DEFAULT_ROWS);
    const last = lines.length - 1;
    const text = lines.map((line, at) => (at < last ? CLEAR_TO_END_OF_LINE : CLEAR_BELOW) + line).join('\r\n');
    if (text !== drawn) stdout.write(HOME + text);
    drawn = text;
    cancelAging = clock.after(AGE_MS, draw);
  };
  const schedule = () => {
    cancelDraw ??= clock.after(REDRAW_MS, draw);
  };

  stdout.write(ENTER);
  const resized = () => {
    // What the terminal has made of the old lines is its own affair.
    drawn = '';
    schedule();
  };
  stdout.on('resize', resized);
  draw();
  return {
    async show(response) {
      snapshot.apply(response);
      title = `${server}  live`;
      schedule();
    },
    async lost(why, retryInMs) {
      title = `${why}; trying again in ${formatDuration(retryInMs)}`;
      schedule();
    },
    async close() {
      stdout.off('resize', resized);
      cancelDraw?.();
      cancelAging?.();
      // The last state stays in sight, below what the terminal showed before.
      const last = snapshot.size > 0 ? `${table(Number.POSITIVE_INFINITY).join('\n')}\n` : '';
      stdout.write(LEAVE + last);
    },
  };
}
