// Several OpenK on one database, each on a machine of its own, in a world in which everything that may go wrong does, at times that a
// seed chooses.
import { createSeeded } from '../seeded.ts';
import { createChecks, Violation, type Watcher, writerOf } from './checks.ts';
import { createDatabase } from './database.ts';
import { createEvents } from './events.ts';
import { faultsOf } from './faults.ts';
import { startSimulated } from './instance.ts';
import { createLink, type Link } from './link.ts';
import { createMachine, type Machine } from './machine.ts';
import { type Mutation, NONE } from './mutations.ts';
import type { Place } from './place.ts';
import { createReceiver } from './receiver.ts';

export interface Outcome {
  /** Undefined: all held. */
  readonly violation: string | undefined;
  /** What happened until then, in order. */
  readonly log: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  readonly events: number;
  readonly commits: number;
  readonly takeOvers: number;
  readonly accepted: number;
  /** The longest that nobody decided who could have, in milliseconds. */
  readonly longestWithoutMs: number;
}

const INSTANCES = 3;
/** Faults until then. */
const TROUBLE_MS = 25_000;
/** All is as it should be again by so long after that. */
const SETTLED_MS = 45_000;
/** What is promised. */
const TAKE_OVER_MS = 15_000;
const LOOK_MS = 250;
const REPORT_MS = 1_500;
const ALERT_MS = 300;
/** Less than the margin that the lease has for it. */
const ON_THE_WAY_MS = 1_900;
const RESTART_MS = 1_000;
/** In the middle of five minutes. */
const START_MS = Date.UTC(2026, 0, 1, 12, 2, 30);

export async function simulate(seed: number, mutation: Mutation = NONE): Promise<Outcome> {
  const seeded = createSeeded(seed);
  const random = () => seeded() / 2 ** 32;
  const events = createEvents();
  const checks = createChecks();
  const log: string[] = [];
  const figures = { events: 0, commits: 0, takeOvers: 0, accepted: 0, longestWithoutMs: 0 };
  let violation: string | undefined;
  const note = (what: string) => log.push(`${(events.nowMs / 1000).toFixed(3)} ${what}`);
  /** What is found wrong ends it, wherever it is found. */
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation ??= error.message;
    }
  };
  let committedMs = 0;
  /** Holders that hold the database or have held it, and know of it. */
  const deciders = new Set<string>();
  const database = createDatabase(events, (commit) => {
    figures.commits += 1;
    committedMs = commit.atMs;
    guard(() => checks.committed(commit));
  });

  const receiver = createReceiver(events, random, guard);

  /** Holders that were asked to end: they begin nothing any more, and wait for what they have sent. */
  const ending = new Set<string>();
  let processes = 0;
  const places: Place[] = Array.from({ length: INSTANCES }, (_, at) => {
    const machine = newMachine();
    return {
      name: `openk-${at + 1}`,
      machine,
      link: newLink(machine, ''),
      process: undefined,
      holder: '',
      wellSinceMs: undefined,
    };
  });
  function newMachine(): Machine {
    const machine = createMachine({
      events,
      random,
      speed: 1 + (random() - 0.5) / 1_000,
      wallMs: START_MS + (random() - 0.5) * 4_000,
    });
    return machine;
  }
  function newLink(machine: Machine, client: string): Link {
    return createLink({ events, random, machine, database, client });
  }
  const run = (place: Place) => {
    processes += 1;
    const holder = `${processes}/${place.name}//${processes}`;
    const machine = newMachine();
    const link = newLink(machine, holder);
    Object.assign(place, { machine, link, holder, process: undefined });
    note(`${holder} starts`);
    startSimulated({
      machine,
      link,
      random,
      holder,
      mutation,
      receiver,
      isWell,
      onHeld: (forMs) => {
        deciders.add(holder);
        if (!ending.has(holder)) guard(() => checks.holds(holder, forMs, database.state, events.nowMs));
      },
      onLost() {
        note(`${holder} has lost the database`);
        endSoon(place, holder);
      },
      onTakeOver() {
        figures.takeOvers += 1;
        note(`${holder} has taken over`);
      },
    }).then(
      (process) => {
        if (place.holder === holder && !machine.isDead) place.process = process;
        note(`${holder} is ready`);
      },
      (error: unknown) => {
        note(`${holder} cannot start: ${String(error)}`);
        if (place.holder === holder) kill(place, RESTART_MS);
      },
    );
  };
  const kill = (place: Place, restartMs: number) => {
    if (place.machine.isDead) return;
    note(`${place.holder} ends`);
    place.machine.kill();
    place.link.end();
    place.process = undefined;
    events.after(restartMs, () => run(place));
  };
  /** In order; whatever it does, it is ended then, as a service manager does. */
  const endSoon = (place: Place, holder: string) => {
    const end = () => {
      if (place.holder === holder) kill(place, RESTART_MS);
    };
    ending.add(place.holder);
    place.process?.close().then(() => place.machine.deliver(0, end), end);
    events.after(10_000, end);
  };

  /** How what is watched really is. */
  const well = new Map<string, boolean>();
  let isCalm = false;
  function isWell(component: string): boolean {
    return well.get(component) ?? true;
  }
  const turn = () => {
    if (isCalm) return;
    const component = random() < 0.5 ? 'a' : 'c';
    well.set(component, !isWell(component));
    events.after(500 + random() * 6_000, turn);
  };

  /** One that takes over shows what it decides before it says so, and so does one that has lost the database by then and is about to end. */
  const standsBy = ({ process, machine, holder }: Place) =>
    process !== undefined &&
    !deciders.has(holder) &&
    !machine.isDead &&
    !machine.isStopped &&
    process.instance.heldBy() !== undefined &&
    !process.instance.isOutdated();
  const decides = ({ process, machine }: Place) =>
    process !== undefined && !machine.isDead && !machine.isStopped && process.instance.heldBy() === undefined;

  interface Watching {
    readonly watcher: Watcher;
    at: Place | undefined;
    stop(): void;
  }
  const watchings: Watching[] = places.map(() => ({ watcher: checks.watcher(), at: undefined, stop: () => {} }));
  const move = (watching: Watching, to: Place | undefined) => {
    watching.stop();
    watching.at = undefined;
    watching.stop = () => {};
    if (to === undefined || !standsBy(to)) return;
    const { aggregator: reader } = to.process!.instance;
    // There is nothing yet.
    if (reader.revision === 0 || !watching.watcher.attach(reader)) return;
    watching.at = to;
    watching.stop = reader.subscribe(undefined, () => {
      // What it decides itself is shown before it is kept where the database fails.
      if (standsBy(to)) guard(() => watching.watcher.look(reader));
    });
  };

  const alert = () => {
    events.after(ALERT_MS * (0.5 + random()), alert);
    for (const place of places) {
      const { machine, process, holder } = place;
      if (process === undefined || machine.isDead) continue;
      machine.deliver(0, () => {
        if (ending.has(holder) || !process.lease.isProven()) return;
        // Whatever becomes of the sender: what the network has cannot be called back.
        events.after(1 + random() * ON_THE_WAY_MS, () => {
          if (!ending.has(holder)) guard(() => checks.mayAct(holder, database.state, events.nowMs));
        });
      });
    }
  };
  let reports = 0;
  const report = () => {
    events.after(REPORT_MS * (0.5 + random()), report);
    const place = places.find(decides);
    if (place === undefined) return;
    const { machine, process, holder } = place;
    reports += 1;
    const message = `report ${reports}`;
    machine.deliver(0, () => {
      process!.instance.aggregator.report('b', { outcome: reports % 3 === 0 ? 'UNHEALTHY' : 'HEALTHY', message }).then(
        (answer) => {
          if (!answer.ok || !answer.isDurable || machine.isDead) return;
          figures.accepted += 1;
          guard(() => checks.accepted(holder, answer.health.revision));
        },
        // It has ended, or stands by.
        () => {},
      );
    });
  };

  let orphanSinceMs: number | undefined;
  let databaseUpSinceMs = 0;
  const lookAtTakeOver = () => {
    const { nowMs } = events;
    for (const place of places) {
      const { machine, link, process } = place;
      const isFine =
        !machine.isDead &&
        !machine.isStopped &&
        !machine.isSlow &&
        !link.isCut &&
        !link.isSlow &&
        process !== undefined;
      place.wellSinceMs = isFine ? (place.wellSinceMs ?? nowMs) : undefined;
    }
    const { holder } = writerOf(database.state);
    // One that is slow is not gone.
    const held = places.find(
      ({ holder: own, machine, link }) => own === holder && !machine.isDead && !machine.isStopped && !link.isCut,
    );
    const since = places.map(({ wellSinceMs }) => wellSinceMs).filter((at) => at !== undefined);
    const isOrphaned = held === undefined && since.length > 0 && database.isRunning;
    if (!isOrphaned) orphanSinceMs = undefined;
    else orphanSinceMs = Math.max(orphanSinceMs ?? nowMs, Math.min(...since), databaseUpSinceMs, committedMs);
    if (orphanSinceMs === undefined) return;
    const withoutMs = nowMs - orphanSinceMs;
    figures.longestWithoutMs = Math.max(figures.longestWithoutMs, withoutMs);
    if (withoutMs > TAKE_OVER_MS) throw new Violation(`nobody has taken over for ${withoutMs} ms`);
  };
  const look = () => {
    guard(() => {
      lookAtTakeOver();
      for (const watching of watchings) {
        if (watching.at === undefined || !standsBy(watching.at) || random() < 0.02) {
          move(watching, places[Math.floor(random() * places.length)]);
        }
      }
    });
    events.after(LOOK_MS, look);
  };
  /** Why it is not as it should be; undefined: it is. */
  const unsettled = (): string | undefined => {
    const deciding = places.filter(decides);
    if (deciding.length !== 1) return `${deciding.length} instances decide`;
    const writer = writerOf(database.state);
    const [one] = deciding;
    if (one!.holder !== writer.holder) return `${writer.holder} holds the database, and ${one!.holder} decides`;
    if (one!.process!.instance.stats().journal.failing) return 'the database takes nothing';
    if (!one!.process!.lease.isProven()) return 'the lease is not proven';
    const behind = places.find(
      (place) => place !== one && !(standsBy(place) && place.process!.instance.aggregator.revision === writer.revision),
    );
    if (behind !== undefined) return `${behind.name} is behind`;
    const open = one!
      .process!.instance.alerts.list()
      .flatMap(({ id, openedMs }) => (openedMs === undefined ? [] : [id]));
    const believed = receiver.open();
    if (open.toSorted().join() === believed.toSorted().join()) return undefined;
    return `the alerts ${believed.join(' and ')} are open for who is sent them, and ${open.join(' and ')} are`;
  };

  for (const [at, place] of places.entries()) events.after(at * 400 * random(), () => run(place));
  events.after(500, turn);
  events.after(REPORT_MS, report);
  events.after(ALERT_MS, alert);
  events.after(LOOK_MS, look);
  for (const { atMs, what, happens } of faultsOf(random, TROUBLE_MS)) {
    events.after(atMs, () => {
      const holder = places.find((place) => place.holder === writerOf(database.state).holder);
      const place = holder !== undefined && random() < 0.6 ? holder : places[Math.floor(random() * places.length)]!;
      note(`${what} at ${place.name}`);
      happens({
        place,
        after: events.after,
        kill: (restartMs) => kill(place, restartMs),
        end: () => endSoon(place, place.holder),
        restartDatabase(forMs) {
          database.restart(forMs);
          databaseUpSinceMs = events.nowMs + forMs;
        },
      });
    });
  }
  events.after(TROUBLE_MS + 5_000, () => {
    note('all faults are over');
    isCalm = true;
    well.clear();
    for (const { machine, link } of places) {
      machine.wakeUp();
      machine.slow(0);
      link.slow(0);
      link.heal();
    }
  });
  const afterEach = () => {
    figures.events += 1;
    for (const { process, machine, holder } of places) {
      if (
        process === undefined ||
        ending.has(holder) ||
        machine.isDead ||
        machine.isStopped ||
        !process.lease.isProven()
      )
        continue;
      guard(() => checks.mayAct(holder, database.state, events.nowMs));
    }
  };
  const SLICE_MS = 500;
  let untilMs = 0;
  let why: string | undefined = 'it has not begun';
  while (violation === undefined && untilMs < TROUBLE_MS + 5_000 + SETTLED_MS && why !== undefined) {
    untilMs += SLICE_MS;
    await events.runUntil(untilMs, afterEach);
    if (untilMs > TROUBLE_MS + 8_000) why = unsettled();
  }
  if (violation === undefined && why !== undefined) violation = `it does not settle: ${why}`;
  guard(() => checks.atTheEnd());
  return { violation, log, figures };
}
