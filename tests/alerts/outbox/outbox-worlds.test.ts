// Whatever channels answer, the store does and whenever OpenK is killed: nothing is lost, messages about one alert stay in their
// order, and one comes twice only where its answer was lost.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Delivery, MessageType, SendResult } from '../../../src/core/alert.ts';
import { alert, delivery } from '../../store/alerts.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createSeeded } from '../../support/seeded.ts';
import { createOutboxStore, createOutboxWorld, type OutboxWorld } from './outbox-world.ts';

type Answer = 'accept' | 'lie' | 'lost' | 'unreachable' | 'busy' | 'refuse' | 'hang';
/** `lie`: it takes the message, and answers that it did not. `lost`: it takes it, and no answer comes. */
const ANSWERS: Answer[] = ['accept', 'accept', 'lie', 'lost', 'unreachable', 'busy', 'refuse', 'hang'];
const TAKES: readonly Answer[] = ['accept', 'lie', 'lost', 'hang'];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      key: fc.nat(1),
      isEnd: fc.boolean(),
      /** The store has it, and its answer is still on the way. */
      isLate: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), as: fc.constantFrom(...ANSWERS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      mode: fc.constantFrom('keep' as const, 'refuse' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'stop' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const publish = (isEnd: boolean, isLate = false): Step => ({ kind: 'publish', key: 0, isEnd, isLate });
const [NOW, REFUSE, KILL]: Step[] = [{ kind: 'wait', ms: 0 }, { kind: 'store', mode: 'refuse' }, { kind: 'kill' }];
/** What chance finds only in thousands of worlds. */
const FOUND: readonly Step[][] = [
  // It was sent and the store could not take that; the next process begins to send when the end is there already.
  [NOW!, REFUSE!, publish(false), NOW!, KILL!, publish(true)],
  [NOW!, publish(false), REFUSE!, NOW!, publish(true), KILL!],
  // What is read from the store is published a moment later: two of it, and the second would go with the end.
  [publish(false, true), NOW!, NOW!, publish(true)],
];

const RESULT: Record<Answer, SendResult | undefined> = {
  accept: { kind: 'accepted' },
  lie: { kind: 'retry', error: 'the answer was 500', perhapsDelivered: true },
  lost: { kind: 'retry', error: 'the connection was cut', perhapsDelivered: true },
  unreachable: { kind: 'retry', error: 'no connection', perhapsDelivered: false },
  busy: { kind: 'retry', error: 'the answer was 429', perhapsDelivered: false, afterMs: 2_000 },
  refuse: { kind: 'refused', error: 'the answer was 400' },
  hang: undefined,
};

it('sends each in order, loses none, and repeats none but where the answer was lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
      const seeded = createSeeded(seed);
      const clock = createFakeClock();
      const store = createOutboxStore();
      const all: Delivery[] = [];
      /** What the receiver has, in the order of its coming. */
      const received: { readonly id: string; readonly key: string; readonly isAnswered: boolean }[] = [];
      let answer: Answer = 'accept';
      /** A process that was killed says nothing any more, and hears nothing. */
      const begin = () => {
        let isAlive = true;
        const own = createOutboxStore();
        Object.assign(own, {
          waitingDeliveries: store.waitingDeliveries,
          deliveries: store.deliveries,
          saveDeliveries: (deliveries: readonly Delivery[]) =>
            isAlive ? store.saveDeliveries(deliveries) : new Promise(() => {}),
          add: store.add,
        });
        const world = createOutboxWorld({ clock, store: own, random: () => seeded() / 2 ** 32 });
        world.channel('hook').script = (message) => {
          if (!isAlive) return { kind: 'refused', error: 'nobody asks' };
          const result = RESULT[answer];
          if (TAKES.includes(answer)) {
            received.push({ id: message.id, key: message.message.alert.id, isAnswered: answer === 'accept' });
          }
          return result ?? (new Promise(() => {}) as never);
        };
        world.outbox.start();
        return { world, kill: () => (isAlive = false) };
      };
      let running = begin();
      const worlds: OutboxWorld[] = [running.world];
      const killedAt: number[] = [];
      const generations = new Map<number, number>();
      /** What the store has, and of which the process has not heard yet that it has. */
      let unheard: Delivery[] = [];
      const publish = (key: number, isEnd: boolean, isLate: boolean) => {
        const generation = generations.get(key) ?? 0;
        const of = `k${key}-${generation}`;
        const isFirst = !all.some((each) => each.alert === of);
        const type: MessageType = isFirst ? 'alert.opened' : isEnd ? 'alert.resolved' : 'alert.updated';
        if (type === 'alert.resolved') generations.set(key, generation + 1);
        const made = delivery(all.length + 1, {
          alert: of,
          message: { type, atMs: clock.nowMs(), alert: alert(of) },
          createdMs: clock.nowMs(),
        });
        all.push(made);
        store.add([made]);
        unheard.push(made);
        if (!isLate) hear();
      };
      const hear = () => running.world.outbox.take({ deliveries: unheard.splice(0) });
      for (const each of steps) {
        if (each.kind === 'publish') publish(each.key, each.isEnd, each.isLate);
        else if (each.kind === 'wait') {
          await clock.advance(each.ms);
          hear();
        } else if (each.kind === 'answer') answer = each.as;
        else if (each.kind === 'store') store.mode = each.mode;
        else {
          if (each.kind === 'stop') {
            const closed = running.world.outbox.close();
            await clock.advance(20_000);
            await closed;
          }
          running.kill();
          unheard = [];
          killedAt.push(received.length);
          running = begin();
          worlds.push(running.world);
        }
      }
      hear();
      store.mode = 'keep';
      answer = 'accept';
      for (let hours = 0; hours < 4; hours++) await clock.advance(1_800_000);
      const wasStoreDown = steps.some((each) => each.kind === 'store' && each.mode === 'refuse');

      // Nothing waits for ever.
      for (const { state } of store.kept.values()) expect(state).not.toBe('WAITING');
      const ids = received.map(({ id }) => id);
      for (const { id, alert: of, message } of all) {
        const { state } = store.kept.get(id)!;
        if (state === 'ACCEPTED') expect(ids).toContain(id);
        // Of what is dropped nobody was told anything, and of its end neither.
        if (state === 'DROPPED') expect(received.filter(({ key }) => key === of)).toEqual([]);
        if (message.type === 'alert.resolved' && received.some(({ key }) => key === of)) {
          expect(['ACCEPTED', 'FAILED']).toContain(state);
        }
      }
      for (const key of new Set(all.map((each) => each.alert))) {
        const made = all.filter((each) => each.alert === key).map(({ id }) => id);
        const own = received.filter((each) => each.key === key).map(({ id }) => made.indexOf(id));
        // A store that is down forgets what was sent: then what follows is sent again too.
        if (!wasStoreDown) expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      for (const [at, { id, isAnswered }] of received.entries()) {
        const again = ids.indexOf(id, at + 1);
        if (again < 0 || !isAnswered || wasStoreDown) continue;
        // It was answered, and a kill came before that was kept.
        expect(killedAt.some((killed) => at < killed && killed <= again)).toBe(true);
      }
      const closed = running.world.outbox.close();
      await clock.advance(20_000);
      await closed;
      expect(worlds.flatMap(({ defects }) => defects)).toEqual([]);
    }),
    { numRuns: 150, examples: FOUND.map((steps) => [steps, 1]) },
  );
}, 120_000);
