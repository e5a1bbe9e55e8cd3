import { describe, expect, it } from '@jest/globals';
import type { FromFeed } from '../../web/src/feed/messages.ts';
import { type Freshness, freshnessAt, freshnessText, lostText, nextFreshness } from '../../web/src/model/freshness.ts';
import { clockTime } from '../../web/src/model/times.ts';

const AT = Date.parse('2026-11-29T12:03:07Z');
const LIVE: FromFeed = { type: 'live', revision: '4711', at: AT };
const BEGUN: FromFeed = { type: 'begun', revision: '4711', at: AT };
const LOST: FromFeed = { type: 'lost', at: AT, reason: 'server shut down', retryAt: AT + 5_000 };

describe('freshness', () => {
  it.each<{ messages: FromFeed[]; after: number; text: string; lost?: string }>([
    { messages: [], after: 0, text: 'connecting' },
    { messages: [{ type: 'reset' }], after: 0, text: 'connecting' },
    { messages: [LIVE], after: 2_400, text: 'live · revision 4711 · 2 s' },
    { messages: [BEGUN], after: 2_000, text: `as of ${clockTime(AT)} · connecting` },
    {
      messages: [BEGUN],
      after: 9_000,
      text: 'not live · 9 s old',
      lost: `As of ${clockTime(AT)}, not live: the stream of this browser does not open`,
    },
    {
      messages: [BEGUN, { ...LOST, at: 0 }],
      after: 2_000,
      text: 'not live · 2 s old',
      lost: `As of ${clockTime(AT)}, not live: server shut down; next try in 3 s`,
    },
    { messages: [BEGUN, LIVE], after: 0, text: 'live · revision 4711 · 0 s' },
    // The clock of the worker may be a little ahead.
    { messages: [LIVE], after: -300, text: 'live · revision 4711 · 0 s' },
    {
      messages: [LIVE, LOST],
      after: 2_000,
      text: 'not live · 2 s old',
      lost: `As of ${clockTime(AT)}, not live: server shut down; next try in 3 s`,
    },
    {
      messages: [LIVE, LOST],
      after: 6_000,
      text: 'not live · 6 s old',
      lost: `As of ${clockTime(AT)}, not live: server shut down; trying now`,
    },
    {
      messages: [{ ...LOST, at: 0 }],
      after: 2_000,
      text: 'not live',
      lost: 'Not live, and nothing known yet: server shut down; next try in 3 s',
    },
    { messages: [LOST, { ...LIVE, revision: '4712' }], after: 0, text: 'live · revision 4712 · 0 s' },
    {
      messages: [LIVE],
      after: 17_000,
      text: 'not live · 17 s old',
      lost: `As of ${clockTime(AT)}, not live: the connection of this browser is silent`,
    },
  ])('is "$text"', ({ messages, after, text, lost }) => {
    const heard = messages.reduce<Freshness>(nextFreshness, { state: 'connecting' });
    const now = AT + after;
    const freshness = freshnessAt(heard, now);
    expect(freshnessText(freshness, now)).toBe(text);
    expect(freshness.state === 'lost' ? lostText(freshness, now) : undefined).toBe(lost);
  });
});
