// What goes wrong, when, and for how long. Each fault ends by itself.
import type { Place } from './place.ts';

export interface Stage {
  readonly place: Place;
  after(delayMs: number, happens: () => void): void;
  kill(restartMs: number): void;
  /** In order. */
  end(): void;
  restartDatabase(forMs: number): void;
}

export interface Fault {
  readonly atMs: number;
  readonly what: string;
  happens(stage: Stage): void;
}

type Make = (random: () => number) => Omit<Fault, 'atMs'>;

/** From much less to all of it. */
const upTo = (random: () => number, most: number) => most * random() ** 2;

const KINDS: readonly Make[] = [
  (random) => {
    const restartMs = 500 + random() * 20_000;
    return { what: 'kill -9', happens: ({ kill }) => kill(restartMs) };
  },
  () => ({ what: 'SIGTERM', happens: ({ end }) => end() }),
  (random) => {
    const forMs = upTo(random, 20_000);
    return {
      what: `frozen for ${Math.round(forMs)} ms`,
      happens({ place: { machine }, after }) {
        machine.freeze();
        after(forMs, machine.wakeUp);
      },
    };
  },
  (random) => {
    const forMs = upTo(random, 20_000);
    return {
      what: `asleep for ${Math.round(forMs)} ms`,
      happens({ place: { machine }, after }) {
        machine.sleep();
        after(forMs, machine.wakeUp);
      },
    };
  },
  (random) => {
    const forMs = upTo(random, 20_000);
    return {
      what: `cut off for ${Math.round(forMs)} ms`,
      happens({ place: { link }, after }) {
        link.cut();
        after(forMs, link.heal);
      },
    };
  },
  (random) => {
    const times = 1 + Math.floor(random() * 30);
    const everyMs = 20 + random() * 500;
    return {
      what: `connections break ${times} times, every ${Math.round(everyMs)} ms`,
      happens({ place: { link }, after }) {
        for (let at = 0; at < times; at++) after(at * everyMs, link.reset);
      },
    };
  },
  (random) => {
    const ms = 100 + upTo(random, 6_000);
    const forMs = 1_000 + random() * 8_000;
    return {
      what: `the network takes up to ${Math.round(ms)} ms for ${Math.round(forMs)} ms`,
      happens({ place: { link }, after }) {
        link.slow(ms);
        after(forMs, () => link.slow(0));
      },
    };
  },
  (random) => {
    const ms = 100 + upTo(random, 4_000);
    const forMs = 1_000 + random() * 8_000;
    return {
      what: `all takes up to ${Math.round(ms)} ms for ${Math.round(forMs)} ms`,
      happens({ place: { machine }, after }) {
        machine.slow(ms);
        after(forMs, () => machine.slow(0));
      },
    };
  },
  (random) => {
    const byMs = (random() < 0.5 ? -1 : 1) * (500 + upTo(random, 3_600_000));
    return {
      what: `wall clock set by ${Math.round(byMs)} ms`,
      happens: ({ place: { machine } }) => machine.setWall(byMs),
    };
  },
  (random) => {
    const forMs = upTo(random, 5_000);
    return {
      what: `the database is away for ${Math.round(forMs)} ms`,
      happens: ({ restartDatabase }) => restartDatabase(forMs),
    };
  },
];

/** Some of a few kinds, which may come together: what none of them does alone two may do, and chance seldom chooses just these of all. */
export function faultsOf(random: () => number, untilMs: number): readonly Fault[] {
  const kinds = Array.from({ length: 1 + Math.floor(random() * 4) }, () => KINDS[Math.floor(random() * KINDS.length)]!);
  const count = 2 + Math.floor(random() * 7);
  return Array.from({ length: count }, () => ({
    atMs: 1_500 + random() * (untilMs - 1_500),
    ...kinds[Math.floor(random() * kinds.length)]!(random),
  }));
}
