// The page as a whole: in from a feed, out by signals, with time and frames by hand.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { effect } from '@preact/signals-core';
import type { FromFeed } from '../../web/src/feed/messages.ts';
import { Page } from '../../web/src/model/page.ts';
import { idsOf, live, update } from './world.ts';

let now: number;
let send: (message: FromFeed) => void;
let frames: (() => void)[];
let visited: string[];
let asked: (readonly string[])[];
let page: Page;

beforeEach(() => {
  now = 1_000_000;
  frames = [];
  visited = [];
  asked = [];
  page = new Page(
    {
      subscribe: (listener) => {
        send = listener;
      },
      call: () => new Promise(() => {}),
      askLatencies: (ids) => asked.push(ids),
      retry() {},
    },
    {
      now: () => now,
      beforeFrame: (run) => frames.push(run),
      query: '?status=UNHEALTHY',
      navigate: (query, how) => visited.push(`${how} ${query}`),
    },
  );
});

/** Draws a picture @param later than the one before, in milliseconds */
function frame(later = 50) {
  now += later;
  for (const run of frames.splice(0)) run();
}

describe('the page', () => {
  it('takes many messages into one frame', () => {
    let drawn = 0;
    const end = effect(() => {
      page.order.value;
      drawn++;
    });
    send(live());
    for (let n = 0; n < 100; n++) send(update({ id: `c${n}`, status: 'UNHEALTHY' }));
    expect(drawn).toBe(1);
    expect(frames.length).toBe(1);
    frame();
    expect(drawn).toBe(2);
    expect(page.order.value.length).toBe(100);
    expect(page.counts.value.UNHEALTHY).toBe(100);
    end();
  });

  it('has all in order as soon as all is there, before the frame that draws it, whatever came right before', () => {
    send(update({ id: 'b', status: 'UNHEALTHY' }));
    frame();
    expect(page.counts.value.UNHEALTHY).toBe(0);
    send(update({ id: 'a', status: 'UNHEALTHY' }));
    send({ type: 'begun', revision: '1', at: now });
    expect(idsOf(page.components, page.order.value)).toEqual(['a', 'b']);
    expect(page.counts.value.UNHEALTHY).toBe(2);
    expect(page.causes.value.list.length).toBe(2);
    expect(page.freshness.value.state).toBe('begun');
  });

  it('makes no new list of what is in the same order', () => {
    send(update({ id: 'a', status: 'UNHEALTHY' }, { id: 'b' }));
    send(live());
    frame();
    const before = page.order.value;
    send(update({ id: 'a', status: 'UNHEALTHY', message: 'still' }, { id: 'b', message: 'other' }));
    frame();
    expect(page.order.value).toBe(before);
  });

  it.each(['worst', 'name', 'since'] as const)('shows what comes to be as asked, in whichever order: %s', (sort) => {
    page.go({ sort });
    send(update({ id: 'a' }, { id: 'b' }));
    send(live());
    frame();
    expect(page.order.value).toEqual([]);
    send({ ...update({ id: 'b', status: 'UNHEALTHY' }), about: [] });
    frame();
    expect(idsOf(page.components, page.order.value)).toEqual(['b']);
    page.go({ statuses: [] });
    expect(page.order.value.length).toBe(2);
  });

  it('sorts a storm no more often than twenty times a second, and never loses its end', () => {
    send(live());
    frame();
    let versions = -1;
    const end = effect(() => {
      page.version.value;
      versions++;
    });
    for (let n = 0; n < 60; n++) {
      send(update({ id: `c${n}`, status: 'UNHEALTHY' }));
      frame(1000 / 60);
    }
    expect(versions).toBeLessThanOrEqual(20);
    while (frames.length > 0) frame(1000 / 60);
    expect(page.order.value.length).toBe(60);
    expect(page.causes.value.list.length).toBe(60);
    end();
  });

  it('keeps rows where they are while somebody scrolls, for a second at the most; what a row says goes on', () => {
    send(update({ id: 'a', status: 'UNHEALTHY' }, { id: 'b' }));
    send(live());
    frame();
    const shown = () => idsOf(page.components, page.order.value);
    expect(shown()).toEqual(['a']);
    page.scrolled();
    send(update({ id: 'b', status: 'UNHEALTHY' }));
    frame();
    expect(shown()).toEqual(['a']);
    expect(page.counts.value.UNHEALTHY).toBe(2);
    expect(page.causes.value.list.length).toBe(2);
    frame(150);
    expect(shown()).toEqual(['a', 'b']);
    expect(frames).toEqual([]);

    send(update({ id: 'a', status: 'HEALTHY' }));
    const heldAt = now;
    while (shown().length === 2) {
      page.scrolled();
      frame();
    }
    expect(now - heldAt).toBe(1_000);
    // What is asked for is shown at once.
    send(update({ id: 'a', status: 'DEGRADED' }));
    page.scrolled();
    frame();
    page.go({ statuses: [] });
    expect(shown()).toEqual(['b', 'a']);
  });

  it('shows what came with the step of a scroll, and says once a second that its title may be another', () => {
    send(update({ id: 'a', status: 'UNHEALTHY' }));
    send(live('1', now));
    page.scrolled();
    expect(page.counts.value.UNHEALTHY).toBe(1);
    const { value } = page.glance;
    // The frame that was asked for has nothing left to show but what is held.
    for (let later = 0; later < 900; later += 100) {
      send(live('1', now));
      frame(100);
    }
    expect(page.glance.value).toBe(value);
    send(live('1', now));
    frame(100);
    expect(page.glance.value).toBe(value + 1);
    page.tick();
    expect(page.glance.value).toBe(value + 2);
  });

  it('goes somewhere, and comes back', () => {
    page.go({ component: 'a', at: 0 });
    page.go({ text: 'b', at: undefined }, 'replace');
    page.go({ text: 'b' });
    expect(visited).toEqual([
      'push ?status=UNHEALTHY&c=a&at=1970-01-01T00:00:00.000Z',
      'replace ?q=b&status=UNHEALTHY&c=a',
    ]);
    page.went('');
    expect(page.address.value.component).toBe('');
    expect(page.isFiltered.value).toBe(false);
  });

  it('knows how everything is: the group of everything, or the worst of all', () => {
    send(update({ id: 'a', status: 'UNHEALTHY' }, { id: 'b', status: 'MAINTENANCE' }));
    send(live());
    frame();
    expect(page.overall.value).toEqual({ status: 'UNHEALTHY' });
    const members = { total: 2, UNHEALTHY: 1, DEGRADED: 0, UNKNOWN: 0, MAINTENANCE: 1, HEALTHY: 0 };
    send(
      update(
        { id: 'a', status: 'UNHEALTHY', parents: ['system'] },
        { id: 'b', parents: ['system'] },
        { id: 'system', status: 'DEGRADED', members },
      ),
    );
    frame();
    expect(page.overall.value).toEqual({ status: 'DEGRADED', index: 2 });
  });

  it('says what changed, summed up, once in five seconds', () => {
    send(update({ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }, { id: 'e' }));
    send(live());
    frame();
    page.tick();
    expect(page.announcement.value).toBe('');
    for (const id of ['a', 'b', 'c', 'd']) send(update({ id, status: 'UNHEALTHY' }));
    send(update({ id: 'e', status: 'UNHEALTHY' }));
    send(update({ id: 'e' }));
    frame();
    page.tick();
    expect(page.announcement.value).toBe('4 are UNHEALTHY now: a, b, c and 1 more');
    send(update({ id: 'a' }));
    frame(1_000);
    page.tick();
    expect(page.announcement.value).toMatch(/^4 are/);
    now += 4_000;
    page.tick();
    expect(page.announcement.value).toBe('a is HEALTHY now');
  });

  it('is lost where the feed says nothing any more, frames or not', () => {
    send(live('7', now));
    frame();
    expect(page.freshness.value.state).toBe('live');
    now += 16_001;
    page.tick();
    expect(page.freshness.value.state).toBe('lost');
    send(live('8', now));
    page.tick();
    expect(page.freshness.value.state).toBe('live');
  });
});

it('is complete before its stream is open, does not call that live, and takes what can be asked for', () => {
  send(update({ id: 'a', status: 'UNHEALTHY' }));
  send({ type: 'begun', revision: '7', at: now });
  frame();
  expect(page.components.isLoading).toBe(false);
  expect(page.freshness.value.state).toBe('begun');
  expect(page.isReachable.value).toBe(true);
  send(live('7', now));
  frame();
  expect(page.freshness.value.state).toBe('live');
});

describe('latencies of what is in view', () => {
  it('are asked for late, all at once, and again after a minute', () => {
    send(live('1', now));
    frame();
    const series = ['a', 'b', 'gone'].map((id) => {
      page.latencies.want(id);
      return page.latencies.of(id);
    });
    page.latencies.release('gone');
    page.tick();
    expect(asked).toEqual([]);
    now += 300;
    page.tick();
    expect(asked).toEqual([['a', 'b']]);
    send({ type: 'latency', id: 'a', series: [100, undefined, 200] });
    expect(series[0]!.value).toEqual([]);
    frame();
    expect(series.map(({ value }) => value)).toEqual([[100, undefined, 200], [], []]);
    send(live('2', now));
    page.tick();
    expect(asked.length).toBe(1);
    now += 60_000;
    send(live('3', now));
    page.tick();
    expect(asked.length).toBe(2);
  });

  it('are not asked of what scrolls by, whenever the page was drawn last', () => {
    send(live('1', now));
    frame();
    page.tick();
    now += 800;
    page.latencies.want('by');
    now += 200;
    page.tick();
    expect(asked).toEqual([]);
  });

  it('are not asked while somebody scrolls', () => {
    send(live('1', now));
    frame();
    page.latencies.want('a');
    now += 1_000;
    page.scrolled();
    page.tick();
    expect(asked).toEqual([]);
    now += 1_000;
    send(live('2', now));
    frame();
    page.tick();
    expect(asked).toEqual([['a']]);
  });

  it('are not asked of a server that is lost', () => {
    page.latencies.want('a');
    send({ type: 'lost', at: now, reason: 'gone', retryAt: now });
    frame(1_000);
    page.tick();
    expect(asked).toEqual([]);
  });
});

it('shows what is asked for in the URL that it was opened with', () => {
  send(update({ id: 'a' }, { id: 'b', status: 'UNHEALTHY' }));
  send(live());
  frame();
  expect(idsOf(page.components, page.order.value)).toEqual(['b']);
});
