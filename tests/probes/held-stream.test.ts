import { describe, expect, it } from '@jest/globals';
import type { Observation } from '../../src/core/observation.ts';
import { Cancelled } from '../../src/core/probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createHeldStream } from '../../src/probes/held-stream.ts';
import { probeRun } from '../support/probe-run.ts';
import { createPushes } from '../support/pushes.ts';

const healthy: Observation = { outcome: 'HEALTHY', reason: { code: 'OK', message: '' } };
const unhealthy: Observation = { outcome: 'UNHEALTHY', reason: { code: 'NOT_SERVING', message: '' } };

/** Streams whose peer is the test. */
function createPeer() {
  const streams: Stream[] = [];
  async function* open({ signal, release }: { signal: AbortSignal; release: () => void }): AsyncGenerator<Observation> {
    const messages: (Observation | Error | 'end')[] = [];
    let wake = () => {};
    const stream: Stream = {
      ended: false,
      release,
      say(message) {
        messages.push(message);
        wake();
      },
    };
    streams.push(stream);
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
      stream.ended = true;
    }
  }
  const pushes = createPushes();
  const breaks: unknown[] = [];
  const held = createHeldStream({
    open,
    clock: systemClock,
    onMessage: pushes.push,
    onBreak: (error) => {
      breaks.push(error);
      pushes.push(unhealthy);
    },
  });
  /** A run that has its answer. */
  const run = async (message: Observation) => {
    const answer = held.run(probeRun());
    latest().say(message);
    return answer;
  };
  const latest = () => streams.at(-1) as Stream;
  return { streams, latest, held, run, pushes, breaks };
}

interface Stream {
  ended: boolean;
  release(): void;
  say(message: Observation | Error | 'end'): void;
}

describe('a stream that is released', () => {
  it('between runs ends without a word', async () => {
    const { latest, held, run, pushes } = createPeer();
    await run(healthy);
    latest().release();
    await held.close();
    expect([latest().ended, pushes.all.length]).toEqual([true, 0]);
  });

  it('in its run ends after its answer', async () => {
    const { streams, latest, held, run, pushes } = createPeer();
    const answer = held.run(probeRun());
    latest().release();
    latest().say(healthy);
    expect(await answer).toMatchObject(healthy);
    expect(await run(unhealthy)).toMatchObject(unhealthy);
    expect(streams.map(({ ended }) => ended)).toEqual([true, false]);
    expect(pushes.all).toEqual([]);
    await held.close();
  });
});

describe('a stream that ends by itself', () => {
  it('between runs ends without a word; the next run opens another', async () => {
    const { streams, latest, held, run, pushes } = createPeer();
    await run(healthy);
    latest().say('end');
    await turn();
    expect(await run(unhealthy)).toMatchObject(unhealthy);
    expect([streams.length, pushes.all.length]).toEqual([2, 0]);
    await held.close();
  });

  it('before its first message fails the run', async () => {
    const { latest, held } = createPeer();
    const answer = held.run(probeRun());
    latest().say('end');
    await expect(answer).rejects.toThrow('ended without a word');
    await held.close();
  });
});

describe('a run', () => {
  it('opens a stream of its own, and lets the one before go once it has its answer', async () => {
    const { streams, held, run, pushes } = createPeer();
    await run(healthy);
    const next = held.run(probeRun());
    streams[0]?.say(unhealthy);
    expect(await pushes.next()).toEqual(unhealthy);
    streams[1]?.say(healthy);
    expect(await next).toMatchObject(healthy);
    streams[0]?.say(unhealthy);
    streams[1]?.say(unhealthy);
    expect(await pushes.next()).toEqual(unhealthy);
    await turn();
    expect(pushes.all).toHaveLength(2);
    expect(streams.map(({ ended }) => ended)).toEqual([true, false]);
    await held.close();
  });

  it('that fails lets go of the stream before, too', async () => {
    const { streams, latest, held, run, breaks } = createPeer();
    await run(healthy);
    const error = new Error('refused');
    const next = held.run(probeRun());
    latest().say(error);
    await expect(next).rejects.toBe(error);
    await turn();
    expect(streams.map(({ ended }) => ended)).toEqual([true, true]);
    expect(breaks).toEqual([]);
    await held.close();
  });

  it('at its deadline lets go of both', async () => {
    const { streams, held, run, breaks } = createPeer();
    await run(healthy);
    const deadline = new AbortController();
    const next = held.run(probeRun(deadline.signal));
    const reason = new Cancelled('enough');
    deadline.abort(reason);
    await expect(next).rejects.toBe(reason);
    await turn();
    expect(streams.map(({ ended }) => ended)).toEqual([true, true]);
    expect(breaks).toEqual([]);
    await held.close();
  });

  it('makes no news of a break of the stream before: it sees for itself', async () => {
    const { streams, held, run, pushes } = createPeer();
    await run(healthy);
    const next = held.run(probeRun());
    streams[0]?.say(new Error('broken'));
    await turn();
    streams[1]?.say(healthy);
    expect(await next).toMatchObject(healthy);
    expect(pushes.all).toEqual([]);
    await held.close();
  });

  it('in flight at close is cancelled', async () => {
    const { held, latest } = createPeer();
    const run = held.run(probeRun());
    const rejected = expect(run).rejects.toBeInstanceOf(Cancelled);
    await held.close();
    await rejected;
    expect(latest().ended).toBe(true);
  });
});

it('a chatty peer gets one message through in a turn of the event loop', async () => {
  const { latest, held, run, pushes } = createPeer();
  await run(healthy);
  for (let message = 0; message < 100; message++) latest().say(unhealthy);
  await turn();
  await turn();
  expect(pushes.all.length).toBeLessThanOrEqual(3);
  while (pushes.all.length < 100) await turn();
  await held.close();
});

it('a message that comes right behind another one does not overtake the answer of the run', async () => {
  const { latest, held, pushes } = createPeer();
  const answer = held.run(probeRun());
  latest().say(healthy);
  latest().say(unhealthy);
  await answer;
  // As long a way as an engine may have to go with an answer.
  for (let step = 0; step < 50; step++) await Promise.resolve();
  expect(pushes.all).toEqual([]);
  expect(await pushes.next()).toEqual(unhealthy);
  await held.close();
});

it('a break between runs is told once', async () => {
  const { latest, held, run, pushes, breaks } = createPeer();
  await run(healthy);
  const error = new Error('broken');
  latest().say(error);
  await pushes.next();
  expect(breaks).toEqual([error]);
  expect(latest().ended).toBe(true);
  await held.close();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
