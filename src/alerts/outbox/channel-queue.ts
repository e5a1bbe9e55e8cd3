// What waits for one channel, by alert: of each alert only the first may be under way, and the others follow in their order.
import type { Delivery } from '../../core/alert.ts';

export interface Waiting {
  readonly delivery: Delivery;
  /** Monotonic milliseconds. */
  readonly dueMs: number;
  /** Monotonic milliseconds: what is not accepted by then is given up. */
  readonly giveUpMs: number;
  /** The store has it, or is to have it. */
  readonly isKept: boolean;
}

export interface ChannelQueue {
  /** Those under way included. */
  readonly size: number;
  /** Behind what waits of its alert. */
  push(waiting: Waiting): void;
  /**
   * The oldest that is due, which is under way from now on, until `done` or `again`; and what has become needless: messages about
   * alerts that are over, before anything was sent of them.
   */
  take(nowMs: number): { readonly next: Waiting | undefined; readonly needless: readonly Waiting[] };
  /** What was under way is over: what follows may go. */
  done(waiting: Waiting): void;
  /** What was under way waits again, first of its alert. */
  again(waiting: Waiting): void;
  /** Of the first that is due next; undefined where nothing but what is under way waits. */
  nextDueMs(): number | undefined;
  /** Brings forward what waits. */
  hasten(dueMs: () => number): void;
  /** Takes away what is to be given up by now and is not under way. */
  expire(nowMs: number): readonly Waiting[];
}

interface Line {
  waiting: Waiting[];
  isUnderWay: boolean;
}

export function createChannelQueue(): ChannelQueue {
  /** By alert. */
  const lines = new Map<string, Line>();
  let size = 0;

  const shift = (alert: string, line: Line, count: number): Waiting[] => {
    size -= count;
    const gone = line.waiting.splice(0, count);
    if (line.waiting.length === 0) lines.delete(alert);
    return gone;
  };
  const oldestDue = (nowMs: number) => {
    let found: { readonly alert: string; readonly line: Line } | undefined;
    for (const [alert, line] of lines) {
      const head = line.waiting[0]!;
      if (line.isUnderWay || head.dueMs > nowMs) continue;
      if (found === undefined || head.delivery.number < found.line.waiting[0]!.delivery.number) found = { alert, line };
    }
    return found;
  };

  return {
    get size() {
      return size;
    },
    push(waiting) {
      const { alert } = waiting.delivery;
      const line = lines.get(alert);
      if (line === undefined) lines.set(alert, { waiting: [waiting], isUnderWay: false });
      else line.waiting.push(waiting);
      size += 1;
    },
    take(nowMs) {
      const needless: Waiting[] = [];
      for (;;) {
        const found = oldestDue(nowMs);
        if (found === undefined) return { next: undefined, needless };
        const { alert, line } = found;
        const count = countNeedless(line.waiting);
        if (count === 0) {
          line.isUnderWay = true;
          return { next: line.waiting[0], needless };
        }
        needless.push(...shift(alert, line, count));
      }
    },
    done({ delivery: { alert } }) {
      const line = lines.get(alert)!;
      line.isUnderWay = false;
      shift(alert, line, 1);
    },
    again(waiting) {
      const line = lines.get(waiting.delivery.alert)!;
      line.isUnderWay = false;
      line.waiting[0] = waiting;
    },
    nextDueMs() {
      let least: number | undefined;
      for (const { waiting, isUnderWay } of lines.values()) {
        const { dueMs } = waiting[0]!;
        if (!isUnderWay && (least === undefined || dueMs < least)) least = dueMs;
      }
      return least;
    },
    hasten(dueMs) {
      for (const line of lines.values()) {
        const head = line.waiting[0]!;
        if (!line.isUnderWay) line.waiting[0] = { ...head, dueMs: Math.min(head.dueMs, dueMs()) };
      }
    },
    expire(nowMs) {
      const expired: Waiting[] = [];
      for (const [alert, line] of [...lines]) {
        if (line.isUnderWay) continue;
        const first = line.waiting.findIndex(({ giveUpMs }) => giveUpMs > nowMs);
        expired.push(...shift(alert, line, first < 0 ? line.waiting.length : first));
      }
      return expired;
    },
  };
}

/** How many at the front say that an alert is there, and that it is over, to somebody who surely knows nothing of it. */
function countNeedless(waiting: readonly Waiting[]): number {
  const { message, mayHaveArrived } = waiting[0]!.delivery;
  if (message.type !== 'alert.opened' || mayHaveArrived) return 0;
  return waiting.findIndex(({ delivery }) => delivery.message.type === 'alert.resolved') + 1;
}
