import { describe, expect, it } from '@jest/globals';
import type { Observation } from '../../src/core/observation.ts';
import { Cancelled } from '../../src/core/probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createHeldStream } from '../../src/probes/held-stream.ts';
import { probeRun } from '../support/probe-run.ts';
import { createPushes } from '../support/pushes.ts';

const healthy: Observation = { outcome: 'HEALTHY', reason: { code: 'OK', message: '' } };
const unhealthy: Observation = { outcome: 'UNHEALTHY', reason: { code: 'NOT_SERVING', message: '' } };

/** A stream whose peer is the test. */
function createPeer() {
  const messages: (Observation | Error | 'end')[] = [];
  let wake = () => {};
  const peer = {
    opened: 0,
    dropped: 0,
    ended: 0,
    verified: Promise.resolve(),
    say(message: Observation | Error | 'end') {
      messages.push(message);
      wake();
    },
  };
  async function* open(signal: AbortSignal): AsyncGenerator<Observation> {
    peer.opened++;
    signal.addEventListener('abort', () => wake());
    try {
      while (!signal.aborted) {
        const message = messages.shift();
        if (message === 'end') return;
        if (message instanceof Error) throw message;
        if (message !== undefined) yield message;
        else {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        }
      }
      throw new Error('aborted');
    } finally {
      peer.ended++;
    }
  }
  const pushes = createPushes();
  const breaks: unknown[] = [];
  const held = createHeldStream({
    source: { open, verify: () => peer.verified, drop: () => void peer.dropped++ },
    clock: systemClock,
    onMessage: pushes.push,
    onBreak: (error) => {
      breaks.push(error);
      pushes.push(unhealthy);
    },
  });
  return { peer, held, pushes, breaks };
}

describe('a stream that is released', () => {
  it('between runs ends without a word', async () => {
    const { peer, held, pushes } = createPeer();
    peer.say(healthy);
    await held.run(probeRun());
    held.release();
    await held.close();
    expect([peer.opened, peer.ended, peer.dropped, pushes.all.length]).toEqual([1, 1, 0, 0]);
  });

  it('in a run ends after its answer', async () => {
    const { peer, held, pushes } = createPeer();
    const run = held.run(probeRun());
    held.release();
    peer.say(healthy);
    expect(await run).toMatchObject(healthy);
    peer.say(unhealthy);
    expect(await held.run(probeRun())).toMatchObject(unhealthy);
    expect([peer.opened, peer.dropped, pushes.all.length]).toEqual([2, 0, 0]);
    await held.close();
  });

  it('takes nothing where there is none', () => {
    createPeer().held.release();
  });
});

describe('a stream that ends by itself', () => {
  it('between runs ends without a word; the next run opens it anew', async () => {
    const { peer, held, pushes } = createPeer();
    peer.say(healthy);
    peer.say('end');
    await held.run(probeRun());
    await turn();
    peer.say(unhealthy);
    expect(await held.run(probeRun())).toMatchObject(unhealthy);
    expect([peer.opened, pushes.all.length]).toEqual([2, 0]);
    await held.close();
  });

  it('in a run answers by its last message', async () => {
    const { peer, held } = createPeer();
    peer.say(healthy);
    await held.run(probeRun());
    peer.verified = new Promise(() => {});
    const run = held.run(probeRun());
    peer.say('end');
    expect(await run).toMatchObject(healthy);
  });
});

describe('a run', () => {
  it('is answered by a message that comes while the peer is asked for a sign of life', async () => {
    const { peer, held, pushes } = createPeer();
    peer.say(healthy);
    await held.run(probeRun());
    peer.verified = new Promise(() => {});
    const run = held.run(probeRun());
    peer.say(unhealthy);
    expect(await run).toMatchObject(unhealthy);
    expect(pushes.all).toEqual([]);
    await held.close();
  });

  it('fails with what the sign of life fails with, and drops the connection', async () => {
    const { peer, held, breaks } = createPeer();
    peer.say(healthy);
    await held.run(probeRun());
    const error = new Error('dead');
    peer.verified = Promise.reject(error);
    await expect(held.run(probeRun())).rejects.toBe(error);
    expect([peer.dropped, breaks]).toEqual([1, []]);
  });

  it('is not disturbed by the late sign of life of one before', async () => {
    const { peer, held } = createPeer();
    peer.say(healthy);
    await held.run(probeRun());
    const late = Promise.withResolvers<void>();
    peer.verified = late.promise;
    const deadline = new AbortController();
    const dead = held.run(probeRun(deadline.signal));
    const reason = new Cancelled('enough');
    deadline.abort(reason);
    await expect(dead).rejects.toBe(reason);
    expect(peer.dropped).toBe(1);

    const next = held.run(probeRun());
    late.reject(new Error('dead'));
    await turn();
    peer.say(unhealthy);
    expect(await next).toMatchObject(unhealthy);
    expect([peer.opened, peer.dropped]).toEqual([2, 1]);
    await held.close();
  });

  it('in flight at close is cancelled', async () => {
    const { held } = createPeer();
    const run = held.run(probeRun());
    const rejected = expect(run).rejects.toBeInstanceOf(Cancelled);
    await held.close();
    await rejected;
  });
});

it('a chatty peer gets one message through in a turn of the event loop', async () => {
  const { peer, held, pushes } = createPeer();
  peer.say(healthy);
  await held.run(probeRun());
  for (let message = 0; message < 100; message++) peer.say(unhealthy);
  await turn();
  await turn();
  expect(pushes.all.length).toBeLessThanOrEqual(3);
  while (pushes.all.length < 100) await turn();
  await held.close();
});

it('a message that comes right behind another one does not overtake the answer of the run', async () => {
  const { peer, held, pushes } = createPeer();
  peer.say(healthy);
  peer.say(unhealthy);
  await held.run(probeRun());
  // As long a way as an engine may have to go with an answer.
  for (let step = 0; step < 50; step++) await Promise.resolve();
  expect(pushes.all).toEqual([]);
  expect(await pushes.next()).toEqual(unhealthy);
  await held.close();
});

it('a break between runs is told once', async () => {
  const { peer, held, pushes, breaks } = createPeer();
  peer.say(healthy);
  await held.run(probeRun());
  const error = new Error('broken');
  peer.say(error);
  await pushes.next();
  expect(breaks).toEqual([error]);
  expect([peer.opened, peer.ended]).toEqual([1, 1]);
  await held.close();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
