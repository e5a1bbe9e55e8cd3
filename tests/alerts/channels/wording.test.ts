import { describe, expect, it } from '@jest/globals';
import { durationText, namesText, wordingOf } from '../../../src/alerts/channels/wording.ts';
import type { Alert, MessageType } from '../../../src/core/alert.ts';
import { exampleAlert, exampleMessage, resolvedAlert, SINCE_MS } from './examples.ts';

const textOf = (type: MessageType, alert?: Alert) => {
  const { title, lines, links, tone } = wordingOf(exampleMessage(type, alert));
  return [
    title,
    ...lines.map(({ label, text }) => (label === undefined ? text : `${label}: ${text}`)),
    ...links.map(({ url }) => url),
    tone,
  ];
};

describe('what people read', () => {
  it('of an alert that was opened', () => {
    expect(textOf('alert.opened')).toEqual([
      'Payments database is UNHEALTHY',
      'Reason: db:5432 refused the connection (10.0.0.1)',
      'Since: 2026-11-29 07:00:00 UTC',
      'Is the cause of: checkout, payments-api',
      'Component: payments-db',
      'https://wiki.example/runbook?a=1&b=2',
      'CRITICAL',
    ]);
  });

  it('of one that is over', () => {
    expect(textOf('alert.resolved')).toEqual([
      'Payments database has recovered: HEALTHY',
      'Reason: db:5432 accepted the connection',
      'Was so: from 2026-11-29 07:00:00 UTC to 2026-11-29 08:05:00 UTC, 1 h 5 min',
      'Was the cause of: checkout, payments-api',
      'Component: payments-db',
      'https://wiki.example/runbook?a=1&b=2',
      'GOOD',
    ]);
    expect(textOf('alert.resolved', resolvedAlert({ resolution: 'REMOVED' }))[0]).toBe(
      'Payments database is not watched any more',
    );
  });

  it('of one that somebody takes care of, that has a cause, that flaps', () => {
    const acknowledgement = { author: 'jane', atMs: SINCE_MS + 120_000, note: 'on it\n<!channel>' };
    expect(textOf('alert.acknowledged', exampleAlert({ acknowledgement, state: 'ACKNOWLEDGED' }))).toEqual(
      expect.arrayContaining([
        'Payments database is UNHEALTHY, somebody takes care of it',
        'Acknowledged by: jane, 2026-11-29 07:02:00 UTC: on it <!channel>',
      ]),
    );
    expect(textOf('alert.updated', exampleAlert({ cause: ['network', 'dns'] }))).toEqual(
      expect.arrayContaining(['Payments database is now UNHEALTHY', 'Cause: network, dns']),
    );
    expect(textOf('alert.opened', exampleAlert({ isFlapping: true })).slice(0, 2)).toEqual([
      'Payments database is flapping: UNHEALTHY',
      'It changes all the time: nothing more is sent until it has settled.',
    ]);
    expect(textOf('alert.reminded')[0]).toBe('Payments database is still UNHEALTHY');
  });

  it('of OpenK itself', () => {
    expect(textOf('openk.test').slice(0, 2)).toEqual(['Test of OpenK', 'This is a test message. Nothing is wrong.']);
    const reason = { code: 'OBSERVER_OFFLINE', message: 'its own network was gone' };
    expect(textOf('openk.notice', exampleAlert({ reason }))[0]).toBe('OpenK: its own network was gone');
  });

  it('calls a component by its id where it has no other name, and leads to no address that is none of the web', () => {
    const { displayName: _none, ...unnamed } = exampleAlert();
    const links = [
      { title: 'x', url: 'javascript:alert(1)' },
      { title: '', url: 'https://a.example/' },
      { title: 'y', url: 'no url' },
    ];
    const { title, lines, links: shown } = wordingOf(exampleMessage('alert.opened', { ...unnamed, links }));
    expect(title).toBe('payments-db is UNHEALTHY');
    expect(lines.map(({ label }) => label)).not.toContain('Component');
    expect(shown).toEqual([{ title: 'a.example', url: 'https://a.example/' }]);
  });

  it('is bounded and one line each, whatever it is about', () => {
    const long = `${'x'.repeat(5000)}\n${'😀'.repeat(5000)}`;
    const alert = exampleAlert({
      displayName: long,
      reason: { code: 'X', message: long, evidence: long },
      cause: Array(100).fill(long),
      consequences: Array(100).fill(long),
      consequenceCount: 10_000,
      acknowledgement: { author: long, atMs: 0, note: long },
      links: Array(100).fill({ title: long, url: 'https://a.example/' }),
    });
    const { title, lines, links } = wordingOf(exampleMessage('alert.opened', alert));
    const all = [title, ...lines.map(({ text }) => text), ...links.map((link) => link.title)];
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThanOrEqual(820);
    expect(all.every((text) => !/\p{Cc}/u.test(text) && text.isWellFormed())).toBe(true);
    expect(links).toHaveLength(5);
  });
});

it('names some, and counts the others', () => {
  expect(namesText(['a', 'b'])).toBe('a, b');
  expect(namesText(['a', 'b'], 39)).toBe('a, b and 37 more');
  expect(namesText(Array.from({ length: 12 }, (_, i) => `c${i}`))).toBe(
    'c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more',
  );
});

it.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [90_061_000, '1 d 1 h'],
  [-5, '0 s'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
