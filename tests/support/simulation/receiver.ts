// Somebody who is sent alerts over a network of his own, which works whatever becomes of the database: what he has heard, and whether that is
// as it should be.
import type { Channel, SendResult } from '../../../src/core/alert.ts';
import { Violation } from './checks.ts';
import type { Events } from './events.ts';
import type { Machine } from './machine.ts';

export interface Receiver {
  /** The way of one process to him. */
  channel(id: string, machine: Machine): Channel;
  /** Ids of alerts that he believes to be open. */
  open(): readonly string[];
}

/** One way, at most; mostly it is much less. */
const WAY_MS = 200;
/** Answers that are lost. */
const LOST = 0.02;

/** @param guard runs what may throw Violation */
export function createReceiver(events: Events, random: () => number, guard: (work: () => void) => void): Receiver {
  /** By alert and type of message: the id that it came with, which it has each time that it comes. */
  const heard = new Map<string, string>();
  const over = new Set<string>();
  const opened = new Set<string>();
  const travel = (arrives: () => void) => events.after(1 + random() ** 3 * WAY_MS, arrives);

  return {
    channel: (id, machine) => ({
      id,
      kind: 'simulated',
      send: ({ id: number, message: { type, alert } }, signal) =>
        new Promise<SendResult>((resolve) => {
          if (machine.isDead) return;
          signal.addEventListener('abort', () =>
            resolve({ kind: 'retry', error: 'it was cut off', perhapsDelivered: true }),
          );
          travel(() => {
            guard(() => {
              const what = `${type} of ${alert.id}`;
              const known = heard.get(what) ?? number;
              heard.set(what, known);
              if (known !== number) throw new Violation(`${what} was said twice, as ${known} and as ${number}`);
            });
            opened.add(alert.id);
            if (type === 'alert.resolved') over.add(alert.id);
            const answer: SendResult =
              random() < LOST
                ? { kind: 'retry', error: 'the answer was lost', perhapsDelivered: true }
                : { kind: 'accepted' };
            travel(() => machine.deliver(0, () => resolve(answer)));
          });
        }),
      close: async () => {},
    }),
    open: () => [...opened].filter((alert) => !over.has(alert)),
  };
}
