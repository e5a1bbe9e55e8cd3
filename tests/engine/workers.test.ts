// Who probes what, and what counts: as workers come, go, freeze and come back, under a fake clock.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isProbed, type ProbedDefinition } from '../../src/engine/prober.ts';
import { WORKER_LEASE_MS } from '../../src/engine/worker-leases.ts';
import {
  type WorkerBatch,
  type WorkerLink,
  type WorkerNews,
  WorkerReplaced,
  type Workers,
} from '../../src/engine/worker-ports.ts';
import { createWorkers, START_GRACE_MS } from '../../src/engine/workers.ts';
import { probe } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { saw } from './aggregator-world.ts';

function at(place: string | undefined, ...ids: readonly string[]): ProbedDefinition[] {
  return ids.map((id) => ({ ...probe(id), ...(place !== undefined && { place }) })).filter(isProbed);
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`);

/** A worker as the test moves it: what it has, by what it was told. */
class TestWorker {
  readonly has = new Map<string, string>();
  readonly paces = new Map<string, number>();
  readonly id: string;
  readonly #workers: Workers;
  readonly #incarnation: string;
  readonly #kinds: ReadonlySet<string>;
  readonly #place: string | undefined;
  #link: WorkerLink | undefined;
  #end = () => {};
  sequence = 0;
  /** As a stream does whose connection takes more. */
  readsAtOnce = false;

  constructor(workers: Workers, id: string, place?: string, incarnation = `${id}-1`, kinds = ['tcp']) {
    this.id = id;
    this.#workers = workers;
    this.#incarnation = incarnation;
    this.#kinds = new Set(kinds);
    this.#place = place;
  }

  join(principal = 'key:agent') {
    const joined = this.#workers.join({
      id: this.id,
      incarnation: this.#incarnation,
      principal,
      place: this.#place,
      version: '1.2.3',
      kind: 'agent',
      takes: ({ subject }) => this.#kinds.has(subject.kind),
    });
    if (joined.ok) {
      this.#end();
      this.#link = joined.link;
      this.#end = joined.link.subscribe(() => {
        if (this.readsAtOnce) this.read();
      });
    }
    return joined;
  }

  /** Takes what there is to be known. */
  read(): WorkerNews | undefined {
    const news = this.#link?.read();
    if (news?.kind === 'snapshot') {
      this.has.clear();
      for (const { id, definition } of news.assignments) this.has.set(definition.id, id);
    }
    if (news?.kind === 'change') {
      for (const id of news.removed) this.has.delete(id);
      for (const { id, definition } of news.assigned) this.has.set(definition.id, id);
      for (const { component, intervalMs } of news.paces) this.paces.set(component, intervalMs);
    }
    return news;
  }

  batch(components: readonly string[], more: Partial<WorkerBatch> = {}): WorkerBatch {
    return {
      id: this.id,
      incarnation: this.#incarnation,
      principal: 'key:agent',
      sequence: ++this.sequence,
      seen: components.map((component) => ({
        component,
        assignment: this.has.get(component) ?? 'none',
        observation: saw('HEALTHY'),
        ageMs: 0,
      })),
      lost: 0,
      skewMs: 0,
      isLast: false,
      ...more,
    };
  }

  say(components: readonly string[] = [...this.has.keys()], more?: Partial<WorkerBatch>) {
    return this.#workers.take(this.batch(components, more));
  }

  unlink() {
    this.#end();
  }
}

/** @param earlyMs how much sooner a timer comes than the clock says that it should, as those of Node do by parts of a millisecond */
function createWorld({ place, earlyMs = 0 }: { readonly place?: string; readonly earlyMs?: number } = {}) {
  const clock = createFakeClock();
  const gone: string[] = [];
  const workers = createWorkers({
    clock: { ...clock, after: (ms, callback) => clock.after(Math.max(1, ms - earlyMs), callback) },
    self: { id: 'self', place },
    nonce: 'test',
    listener: { onGone: ({ id }, why) => gone.push(`${id} ${why}`) },
  });
  const counted: { readonly id: string; readonly seenMs: number; readonly isElsewhere: boolean }[] = [];
  const unseen: string[] = [];
  const intervals = new Map<string, number>();
  let ownChanges = 0;
  workers.attach({
    observe: (id, _, seenMs, isElsewhere) => counted.push({ id, seenMs, isElsewhere }),
    unseen: (ids, { code, message }) => unseen.push(...ids.map((id) => `${id}: ${code} ${message}`)),
    intervalMs: ({ id, subject }) => intervals.get(id) ?? subject.schedule.intervalMs,
    freshUntilMs: () => Number.NEGATIVE_INFINITY,
    onOwnChanged: () => {
      ownChanges += 1;
    },
  });
  return { clock, workers, counted, unseen, intervals, gone, ownChanges: () => ownChanges };
}

describe('workers', () => {
  it('probes itself what has no place, or its own', () => {
    const { workers } = createWorld({ place: 'eu' });
    expect(workers.define([...at(undefined, 'a'), ...at('eu', 'b'), ...at('us', 'c')])).toBe(false);
    expect(workers.own().map(({ id }) => id)).toEqual(['a', 'b']);
    expect([workers.isOwn('a'), workers.isOwn('c')]).toEqual([true, false]);
  });

  it('shares what a place has among the workers there, each component to one of them', () => {
    const { workers } = createWorld();
    workers.define([...at('eu', ...many(100)), ...at('us', 'other')]);
    const two = [new TestWorker(workers, 'eu-1', 'eu'), new TestWorker(workers, 'eu-2', 'eu')];
    for (const worker of two) worker.join();
    for (const worker of two) worker.read();
    const all = two.flatMap(({ has }) => [...has.keys()]);
    expect(all.toSorted()).toEqual(many(100).toSorted());
    for (const { has } of two) expect(has.size).toBeGreaterThan(30);
  });

  it('counts what is of the own assignment, and nothing of one that moved, twice, or of nobody', () => {
    const { workers, counted } = createWorld();
    workers.define(at('eu', ...many(50)));
    const first = new TestWorker(workers, 'eu-1', 'eu');
    first.join();
    first.read();
    expect(first.say(['c0', 'nosuch'])).toEqual({ ok: true, counted: 1, refused: 1 });
    // Sent again, as when the answer was lost.
    expect(first.say(['c0'], { sequence: first.sequence - 1 })).toEqual({ ok: true, counted: 0, refused: 0 });
    const second = new TestWorker(workers, 'eu-2', 'eu');
    second.join();
    second.read();
    const moved = [...second.has.keys()];
    // The first one has not heard of it yet.
    expect(first.say(moved)).toEqual({ ok: true, counted: 0, refused: moved.length });
    expect(second.say(moved)).toEqual({ ok: true, counted: moved.length, refused: 0 });
    // Nor does it help to know the name of what somebody else has.
    const stolen = second.batch(moved);
    expect(workers.take({ ...first.batch([]), seen: stolen.seen })).toMatchObject({ counted: 0 });
    expect(first.read()).toMatchObject({ kind: 'change', removed: moved, assigned: [] });
    expect(counted.map(({ id }) => id)).toEqual(['c0', ...moved]);
    expect(counted[0]).toMatchObject({ isElsewhere: true });
    expect(new TestWorker(workers, 'stranger').say(['c0'])).toEqual({ ok: false });
    expect(first.say(['c0'], { principal: 'key:other' })).toEqual({ ok: false });
  });

  it('gives what a silent worker had to others, and back when it returns; what it saw meanwhile does not count', async () => {
    const { clock, workers, counted, gone } = createWorld();
    workers.define(at('eu', ...many(50)));
    const [first, second] = [new TestWorker(workers, 'eu-1', 'eu'), new TestWorker(workers, 'eu-2', 'eu')];
    first.join();
    second.join();
    first.read();
    second.read();
    const had = [...first.has.keys()];
    for (let ms = 0; ms < WORKER_LEASE_MS; ms += 2_000) {
      expect(gone).toEqual([]);
      await clock.advance(2_000);
      second.say([]);
    }
    expect(gone).toEqual(['eu-1 silent']);
    second.read();
    expect(second.has.size).toBe(50);
    expect(second.say(had)).toMatchObject({ counted: had.length });
    // It wakes up as if nothing had been.
    expect(first.say(had)).toEqual({ ok: false });
    first.join();
    first.read();
    expect([...first.has.keys()].toSorted()).toEqual(had.toSorted());
    counted.length = 0;
    const late = first.batch(had);
    const lateSeen = late.seen.map((one) => ({ ...one, assignment: 'test-1' }));
    expect(workers.take({ ...late, seen: lateSeen })).toMatchObject({ counted: 0, refused: had.length });
    expect(second.say(had)).toMatchObject({ counted: 0, refused: had.length });
    expect(first.say(had)).toMatchObject({ counted: had.length });
  });

  it('has UNKNOWN what nobody of a place can look at, and takes what the only one there held, when it is back', async () => {
    const { clock, workers, unseen, counted } = createWorld();
    workers.define(at('eu', 'a', 'b'));
    workers.start();
    const only = new TestWorker(workers, 'eu-1', 'eu');
    only.join();
    only.read();
    await clock.advance(WORKER_LEASE_MS);
    expect(unseen).toEqual([]);
    await clock.advance(START_GRACE_MS);
    expect(unseen).toEqual([
      'a: PLACE_CUT_OFF no agent of place eu is connected',
      'b: PLACE_CUT_OFF no agent of place eu is connected',
    ]);
    expect(workers.cutOff()).toEqual(new Map([['eu', 2]]));
    only.join();
    expect(workers.cutOff()).toEqual(new Map());
    const nowMs = clock.monotonicMs();
    const batch = only.batch(['a', 'a', 'b']);
    const ages = [8_000, 3_000, -5_000];
    const seen = batch.seen.map((one, n) => ({ ...one, ageMs: ages[n]! }));
    expect(workers.take({ ...batch, seen })).toMatchObject({ counted: 3, refused: 0 });
    // Its clock may be wrong, and nothing was seen in the future.
    expect(counted.map(({ seenMs }) => nowMs - seenMs)).toEqual([8_000, 3_000, 0]);
    only.read();
    expect(only.has.size).toBe(2);
  });

  it('has UNKNOWN what nobody looks at after the start, though the timer comes a moment early', async () => {
    const { clock, workers, unseen, gone } = createWorld({ earlyMs: 0.4 });
    workers.define(at('eu', 'a'));
    workers.start();
    new TestWorker(workers, 'eu-1', 'eu').join();
    await clock.advance(START_GRACE_MS - 1);
    expect([gone, unseen]).toEqual([['eu-1 silent'], []]);
    await clock.advance(1);
    expect(unseen).toEqual(['a: PLACE_CUT_OFF no agent of place eu is connected']);
  });

  it('gives workers time to come after the start, and says what they cannot', async () => {
    const { clock, workers, unseen } = createWorld();
    workers.define(at('eu', 'a'));
    workers.start();
    await clock.advance(START_GRACE_MS - 1);
    expect(unseen).toEqual([]);
    new TestWorker(workers, 'eu-1', 'eu', '1', ['http']).join();
    await clock.advance(1);
    expect(unseen).toEqual(['a: PLACE_CUT_OFF no agent of place eu can or may probe it (tcp)']);
    workers.define(at('us', 'b'));
    expect(unseen.at(-1)).toBe('b: PLACE_CUT_OFF no agent of place us is connected');
  });

  it('hands over at once what a worker has that ends', async () => {
    const { workers, gone } = createWorld();
    workers.define(at('eu', ...many(20)));
    const [first, second] = [new TestWorker(workers, 'eu-1', 'eu'), new TestWorker(workers, 'eu-2', 'eu')];
    first.join();
    second.join();
    first.read();
    expect(first.say(undefined, { isLast: true })).toMatchObject({ counted: first.has.size });
    second.read();
    expect(second.has.size).toBe(20);
    expect(gone).toEqual(['eu-1 left']);
  });

  it('is one worker of an id: another process takes the place of the one before, another credential does not', () => {
    const { workers, gone } = createWorld();
    workers.define(at('eu', 'a'));
    const before = new TestWorker(workers, 'eu-1', 'eu', 'first');
    before.join();
    before.read();
    const after = new TestWorker(workers, 'eu-1', 'eu', 'second');
    expect(after.join('key:other')).toEqual({ ok: false, why: 'id-taken' });
    expect(new TestWorker(workers, 'self', 'eu').join()).toEqual({ ok: false, why: 'id-taken' });
    after.join();
    after.read();
    expect(gone).toEqual(['eu-1 replaced']);
    expect(() => before.read()).toThrow(WorkerReplaced);
    expect(before.say()).toEqual({ ok: false });
    expect(after.say()).toMatchObject({ counted: 1 });
  });

  it('is not gone where only its stream is for a moment, and is where that does not come back', async () => {
    const { clock, workers, gone } = createWorld();
    workers.define(at('eu', 'a'));
    const worker = new TestWorker(workers, 'eu-1', 'eu');
    worker.join();
    worker.read();
    worker.unlink();
    await clock.advance(WORKER_LEASE_MS - 1_000);
    expect(worker.say()).toMatchObject({ counted: 1 });
    worker.join();
    worker.read();
    expect(worker.say()).toMatchObject({ counted: 1 });
    worker.unlink();
    for (let ms = 0; ms < WORKER_LEASE_MS; ms += 1_000) {
      await clock.advance(1_000);
      worker.say([]);
    }
    expect(gone).toEqual(['eu-1 silent']);
  });

  it('takes nobody for silent while it was frozen itself', async () => {
    const { clock, workers, gone } = createWorld();
    workers.define(at('eu', 'a'));
    const worker = new TestWorker(workers, 'eu-1', 'eu');
    worker.join();
    worker.read();
    clock.freeze(60_000);
    await clock.advance(0);
    expect(gone).toEqual([]);
    expect(worker.say()).toMatchObject({ counted: 1 });
    await clock.advance(WORKER_LEASE_MS);
    expect(gone).toEqual(['eu-1 silent']);
  });

  it('tells the pace where it is another after a look, and definitions that change', () => {
    const { workers, intervals } = createWorld();
    const [a] = at('eu', 'a');
    workers.define([a!]);
    const worker = new TestWorker(workers, 'eu-1', 'eu');
    worker.join();
    expect(worker.read()).toMatchObject({ assignments: [{ intervalMs: 10_000, freshForMs: 0 }] });
    worker.say();
    expect(worker.read()).toBeUndefined();
    intervals.set('a', 2_000);
    worker.say();
    expect(worker.read()).toMatchObject({ paces: [{ component: 'a', intervalMs: 2_000 }] });
    const name = worker.has.get('a');
    workers.define([{ ...a!, subject: { ...a!.subject, schedule: { ...a!.subject.schedule, timeoutMs: 7 } } }]);
    expect(worker.read()).toMatchObject({ assigned: [{ id: name, intervalMs: 2_000 }] });
    workers.define([{ ...a!, subject: { ...a!.subject, fingerprint: 'another' } }]);
    const batch = worker.batch(['a']);
    expect(workers.take(batch)).toMatchObject({ counted: 0, refused: 1 });
    worker.read();
    expect(worker.has.get('a')).not.toBe(name);
    workers.define([]);
    expect(worker.read()).toMatchObject({ removed: ['a'] });
  });

  it('says that something is gone also to who asks as soon as it is woken', () => {
    const { workers } = createWorld();
    workers.define(at(undefined, ...many(60)));
    const [first, second] = [new TestWorker(workers, 'first'), new TestWorker(workers, 'second')];
    first.readsAtOnce = true;
    first.join();
    first.read();
    second.join();
    second.read();
    expect([...first.has.keys()].filter((id) => second.has.has(id))).toEqual([]);
    expect(first.has.size + second.has.size + workers.own().length).toBe(60);
  });

  it('shares its own place with workers there, and counts of itself only what is its own', () => {
    const { workers, ownChanges } = createWorld();
    workers.define(at(undefined, ...many(60)));
    expect(workers.own()).toHaveLength(60);
    const worker = new TestWorker(workers, 'helper');
    worker.join();
    worker.read();
    expect(worker.has.size).toBeGreaterThan(15);
    expect(workers.own()).toHaveLength(60 - worker.has.size);
    expect(workers.ownCount()).toBe(60 - worker.has.size);
    expect(ownChanges()).toBe(1);
    for (const id of worker.has.keys()) expect(workers.isOwn(id)).toBe(false);
    worker.say([], { isLast: true });
    expect(workers.own()).toHaveLength(60);
    expect(ownChanges()).toBe(2);
  });

  it('whatever workers do, each component counts from one of them at a time, and from one of its place', async () => {
    const COMPONENTS = many(6);
    const step = fc.record({
      who: fc.nat({ max: 3 }),
      what: fc.constantFrom('join', 'read', 'say', 'say late', 'restart', 'leave', 'unlink', 'wait', 'wait long'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, workers, counted } = createWorld();
        workers.define([...at('eu', ...COMPONENTS.slice(0, 3)), ...at(undefined, ...COMPONENTS.slice(3))]);
        workers.start();
        let restarts = 0;
        const all = [0, 1, 2, 3].map((n) => new TestWorker(workers, `w${n}`, n < 2 ? 'eu' : undefined));
        const others = all.map((one) => [one]);
        const kept: WorkerBatch[] = [];
        for (const { who, what } of steps) {
          const worker = all[who]!;
          const read = () => {
            try {
              worker.read();
            } catch {
              worker.has.clear();
            }
          };
          counted.length = 0;
          if (what === 'join') worker.join();
          if (what === 'read') read();
          if (what === 'say') kept.push(worker.batch(COMPONENTS));
          if (what === 'say late' && kept.length > 0) kept.push(kept[who % kept.length]!);
          if (what === 'restart') {
            restarts += 1;
            all[who] = new TestWorker(workers, worker.id, who < 2 ? 'eu' : undefined, `again-${restarts}`);
            others[who]!.push(all[who]!);
            all[who]!.join();
          }
          if (what === 'leave') worker.say([], { isLast: true });
          if (what === 'unlink') worker.unlink();
          if (what === 'wait') await clock.advance(3_000);
          if (what === 'wait long') await clock.advance(WORKER_LEASE_MS);
          if (what.startsWith('say') && kept.length > 0) workers.take(kept.at(-1)!);
          const here = new Set(counted.map(({ id }) => id));
          // Whatever counts from one of them now counts from none of the others, with what they know by now.
          for (const other of others.flat()) {
            if (other.id === (kept.at(-1)?.id ?? '')) continue;
            const before = counted.length;
            workers.take({ ...other.batch([...here]), sequence: 1_000_000 + ++other.sequence });
            expect(counted.slice(before)).toEqual([]);
          }
          for (const id of here) {
            expect(workers.isOwn(id)).toBe(false);
            expect(kept.at(-1)!.id < 'w2').toBe(COMPONENTS.indexOf(id) < 3);
          }
        }
        workers.close();
        for (const one of others.flat()) one.unlink();
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
