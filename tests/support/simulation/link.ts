// The network between one machine and the database, and the connections over it, as `pg` has them.
import type { Connection } from '../../../src/store/postgres/pool.ts';
import type { Database, Result, Session } from './database.ts';
import type { Events } from './events.ts';
import type { Machine } from './machine.ts';

export interface Link {
  /** As a pool of `pg` does, with its bounds and time-outs. */
  connect(): Promise<Connection>;
  /** Nothing gets through, either way; it is sent again until it does. */
  cut(): void;
  heal(): void;
  readonly isCut: boolean;
  /** One way, at most; mostly it is much less. */
  slow(ms: number): void;
  readonly isSlow: boolean;
  /** Every connection breaks; whether what is on the way arrives, and how late, chance says. */
  reset(): void;
  /** The process is gone: its machine says so to the other side. */
  end(): void;
}

export interface LinkOptions {
  readonly events: Events;
  readonly random: () => number;
  readonly machine: Machine;
  readonly database: Database;
  /** Who connects. */
  readonly client: string;
}

const USUAL_MS = 20;
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 12_000;
/** At most. */
const LATE_MS = 4_000;

interface Line {
  isBroken: boolean;
  isIdle: boolean;
  break(error: Error, isFromHere: boolean): void;
  query(text: string, values: readonly unknown[]): Promise<Result>;
}

export function createLink({ events, random, machine, database, client }: LinkOptions): Link {
  let slowMs = USUAL_MS;
  let isCut = false;
  let isOver = false;
  let held: (() => void)[] = [];
  const lines = new Set<Line>();
  const waiting: { resolve(line: Line): void; reject(error: Error): void }[] = [];

  const travel = (arrives: () => void) => {
    // Mostly fast, seldom slow.
    events.after(1 + random() ** 3 * slowMs, () => {
      if (isCut) held.push(arrives);
      else arrives();
    });
  };
  const receive = (take: () => void) => travel(() => machine.deliver(0, take));
  const timedOut = (message: string) => new Error(message);
  const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  const createLine = (): Line => {
    let session: Session | undefined;
    let fail: ((error: Error) => void) | undefined;
    /** Nothing of what is on its way arrives. */
    let isClosed = false;
    /** What lies between may hold what is on its way for so long after its sender is gone. */
    let lateMs = 0;
    /** By the time of the machine: one timer for all questions, since nearly all are answered. */
    let timer = () => {};
    let isTimed = false;
    let untilMs = 0;
    const watch = (forMs: number) => {
      isTimed = true;
      timer = machine.clock.after(forMs, () => {
        isTimed = false;
        const leftMs = untilMs - machine.processMs();
        if (line.isBroken || fail === undefined) return;
        if (leftMs > 0.001) watch(leftMs);
        else line.break(timedOut('Query read timeout'), true);
      });
    };
    const line: Line = {
      isBroken: false,
      isIdle: false,
      break(error, isFromHere) {
        if (line.isBroken) return;
        line.isBroken = true;
        timer();
        lines.delete(line);
        if (isFromHere) {
          const end = () => session?.end();
          isClosed = random() < 0.3;
          lateMs = random() ** 2 * LATE_MS;
          // After what was sent before.
          if (isCut) held.push(() => events.after(lateMs + 1, end));
          else events.after(slowMs + lateMs + 1, end);
        }
        // Nothing runs any more that could learn of it.
        if (machine.isDead) return;
        fail?.(error);
        fail = undefined;
        serve();
      },
      query(text, values) {
        return new Promise<Result>((resolve, reject) => {
          if (machine.isDead) return;
          if (line.isBroken) return reject(lost());
          untilMs = machine.processMs() + ANSWER_TIMEOUT_MS;
          if (!isTimed) watch(ANSWER_TIMEOUT_MS);
          fail = reject;
          const answer = (result: Result | Error) => {
            if (line.isBroken) return;
            fail = undefined;
            if (result instanceof Error) reject(result);
            else resolve(result);
          };
          const ask = () => {
            session ??= open();
            session?.execute(text, values, (result) => receive(() => answer(result)));
          };
          travel(() => {
            if (!line.isBroken) ask();
            else if (!isClosed) events.after(lateMs, ask);
          });
        });
      },
    };
    const open = (): Session | undefined => {
      try {
        return database.connect(client, (error) => receive(() => line.break(error, false)));
      } catch (error) {
        receive(() => line.break(error as Error, false));
        return undefined;
      }
    };
    return line;
  };
  const serve = () => {
    while (waiting.length > 0) {
      const idle = [...lines].find(({ isIdle }) => isIdle);
      if (idle === undefined && lines.size >= MAX_CONNECTIONS) return;
      const line = idle ?? createLine();
      lines.add(line);
      line.isIdle = false;
      waiting.shift()!.resolve(line);
    }
  };

  return {
    async connect() {
      const line = await new Promise<Line>((resolve, reject) => {
        let stop = () => {};
        const one = {
          resolve(found: Line) {
            stop();
            resolve(found);
          },
          reject,
        };
        waiting.push(one);
        serve();
        if (!waiting.includes(one)) return;
        stop = machine.clock.after(CONNECT_TIMEOUT_MS, () => {
          waiting.splice(waiting.indexOf(one), 1);
          reject(timedOut('timeout exceeded when trying to connect'));
        });
      });
      return {
        query: (text, values = []) => line.query(text, values) as ReturnType<Connection['query']>,
        release(error) {
          if (error !== undefined) line.break(error, true);
          line.isIdle = !line.isBroken;
          serve();
        },
      };
    },
    cut() {
      isCut = true;
    },
    heal() {
      isCut = false;
      const now = held;
      held = [];
      for (const arrives of now) travel(arrives);
    },
    get isCut() {
      return isCut;
    },
    slow(ms) {
      slowMs = ms === 0 ? USUAL_MS : ms;
    },
    get isSlow() {
      return slowMs > USUAL_MS;
    },
    reset() {
      for (const line of [...lines]) machine.deliver(0, () => line.break(lost(), true));
    },
    end() {
      if (isOver) return;
      isOver = true;
      for (const line of [...lines]) line.break(lost(), true);
    },
  };
}
