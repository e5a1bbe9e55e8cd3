import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import {
  type Alert as AlertMessage,
  AlertState,
  DeliveryState,
  type ListAlertsResponse,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { Alert, Delivery, SendResult } from '../../src/core/alert.ts';
import { MAX_WAITING } from '../../src/services/watch-alerts.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { anAlert, createAlertWorld, resolved } from './support/alert-world.ts';
import { read } from './support/streams.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const SHOP = { team: 'shop' };

const idsOf = (alerts: readonly { readonly id: string }[]) => alerts.map(({ id }) => id);

/** The nth of its world, a minute after the one before. */
const nth = (n: number, more: Partial<Alert> = {}) => anAlert({ sinceMs: START_MS + n * MINUTE_MS, ...more });

function delivery(number: number, alert: Alert, more: Partial<Delivery> = {}): Delivery {
  return {
    id: `d-${number}`,
    number,
    alert: alert.id,
    channel: 'hook',
    message: { type: 'alert.opened', atMs: alert.sinceMs, alert },
    state: 'ACCEPTED',
    attempts: 1,
    createdMs: alert.sinceMs,
    settledMs: alert.sinceMs + 20,
    ...more,
  };
}

describe('ListAlerts', () => {
  it('gives what is not over, the newest first, and what is over where it is asked for', async () => {
    const world = createAlertWorld();
    const alerts = [nth(1), nth(2), nth(3)];
    world.publish(...alerts, resolved(nth(4), START_MS + 10 * MINUTE_MS), resolved(nth(5), START_MS + 9 * MINUTE_MS));
    const client = world.as(['EXPLAIN']).alerts;
    const byDefault = await client.listAlerts({});
    expect(idsOf(byDefault.alerts)).toEqual(idsOf(alerts.toReversed()));
    const all = await client.listAlerts({ state: [AlertState.OPEN, AlertState.RESOLVED] });
    const { OPEN, RESOLVED } = AlertState;
    expect(all.alerts.map(({ state }) => state)).toEqual([OPEN, OPEN, OPEN, RESOLVED, RESOLVED]);
    expect(all.alerts.slice(3).map(({ resolved: end }) => Number(end?.seconds))).toEqual(
      [10, 9].map((minute) => (START_MS + minute * MINUTE_MS) / 1000),
    );
    expect(byDefault.alerts[0]).toMatchObject({
      component: 'web-1',
      displayName: 'web-1',
      reason: { code: 'CONNECTION_REFUSED', message: 'nothing listens at 10.0.0.7:80' },
      links: [{ title: 'Runbook' }],
      revision: 7n,
    });
  });

  it('filters by state, component, route and labels', async () => {
    const world = createAlertWorld();
    const wanted = nth(1, { component: 'api', route: 'day', state: 'ACKNOWLEDGED', labels: SHOP });
    const old = resolved(nth(2, { component: 'api', route: 'day', labels: SHOP }), START_MS + MINUTE_MS);
    const others = [{ component: 'api' }, { route: 'day' }, { labels: SHOP }, { state: 'ACKNOWLEDGED' as const }];
    world.publish(wanted, old, ...others.map((other, at) => nth(3 + at, other)));
    const client = world.as(['READ']).alerts;
    const filters = { component: 'api', route: 'day', label: ['team=shop'] };
    const state = [AlertState.ACKNOWLEDGED, AlertState.RESOLVED];
    expect(idsOf((await client.listAlerts({ ...filters, state })).alerts)).toEqual([wanted.id, old.id]);
    expect((await client.listAlerts({ component: 'api' })).alerts).toHaveLength(2);
    expect((await client.listAlerts({ state: [AlertState.ACKNOWLEDGED] })).alerts).toHaveLength(2);
    expect(details(await failure(client.listAlerts({ label: ['=x'] })))).toMatchObject({
      reason: 'INVALID_LABEL_SELECTOR',
    });
  });

  it('misses none over the pages, whatever ends meanwhile', async () => {
    const world = createAlertWorld();
    const alerts = Array.from({ length: 7 }, (_, n) => nth(n));
    world.publish(...alerts, ...[10, 11, 12].map((n) => resolved(nth(n), START_MS + 20 * MINUTE_MS)));
    const client = world.as(['READ']).alerts;
    const found: AlertMessage[] = [];
    let pageToken = '';
    do {
      const page: ListAlertsResponse = await client.listAlerts({
        state: [AlertState.OPEN, AlertState.RESOLVED],
        pageSize: 2,
        pageToken,
      });
      expect(page.alerts.length).toBeLessThanOrEqual(2);
      found.push(...page.alerts);
      pageToken = page.nextPageToken;
      // One that was given, the last of this page, and one that is to come.
      if (found.length === 2) for (const n of [6, 5, 2]) world.publish(resolved(alerts[n]!, START_MS + 30 * MINUTE_MS));
    } while (pageToken !== '');
    expect(new Set(idsOf(found)).size).toBe(10);
    expect(idsOf(found.slice(0, 6))).toEqual(idsOf([6, 5, 4, 3, 1, 0].map((n) => alerts[n]!)));
  });

  it('takes a page token for the same list only', async () => {
    const world = createAlertWorld();
    world.publish(nth(1), nth(2));
    const client = world.as(['READ']).alerts;
    const { nextPageToken: pageToken } = await client.listAlerts({ pageSize: 1 });
    expect(idsOf((await client.listAlerts({ pageSize: 5, pageToken })).alerts)).toHaveLength(1);
    expect(details(await failure(client.listAlerts({ route: 'all', pageToken }))).reason).toBe('INVALID_PAGE_TOKEN');
  });

  it('needs the store for what is over alone', async () => {
    const world = createAlertWorld();
    world.publish(nth(1));
    world.fails = true;
    const client = world.as(['READ']).alerts;
    expect((await client.listAlerts({})).alerts).toHaveLength(1);
    expect(details(await failure(client.listAlerts({ state: [AlertState.RESOLVED] }))).reason).toBe(
      'HISTORY_UNAVAILABLE',
    );
    expect(world.faults).toHaveLength(1);
  });
});

describe('for somebody who sees a part', () => {
  const LABELS = { 'web-1': SHOP, db: { team: 'data' }, 'web-2': SHOP };

  it('alerts of other components do not exist, in no list, count or page', async () => {
    const world = createAlertWorld();
    world.reload(LABELS);
    const own = [nth(1, { labels: SHOP }), nth(4, { labels: SHOP, component: 'web-2' })];
    const hidden = [nth(2, { component: 'db' }), nth(3, { component: 'db' })];
    const gone = resolved(nth(5, { component: 'web-9', labels: SHOP }), START_MS);
    world.publish(...own, ...hidden, gone, resolved(nth(6, { component: 'db' }), START_MS));
    const client = world.as(['READ', 'OPERATE'], 'team=shop').alerts;
    const first = await client.listAlerts({ pageSize: 1, state: [AlertState.OPEN] });
    const second = await client.listAlerts({ pageSize: 1, state: [AlertState.OPEN], pageToken: first.nextPageToken });
    expect(idsOf([...first.alerts, ...second.alerts])).toEqual(idsOf(own.toReversed()));
    expect(second.nextPageToken).toBe('');
    expect(idsOf((await client.listAlerts({ state: [AlertState.RESOLVED] })).alerts)).toEqual([gone.id]);
    for (const alert of [hidden[0]!.id, 'nosuch']) {
      expect(details(await failure(client.getAlert({ alert })))).toMatchObject({
        code: Code.NotFound,
        reason: 'ALERT_NOT_FOUND',
      });
      expect(details(await failure(client.acknowledgeAlert({ alert }))).reason).toBe('ALERT_NOT_FOUND');
    }
    expect(world.audit).toEqual([]);
    world.deliveries.push(delivery(1, own[0]!), delivery(2, hidden[0]!), delivery(3, own[1]!));
    const noticed = { ...nth(7), component: 'web-1' };
    world.deliveries.push(delivery(4, noticed, { message: { type: 'openk.notice', atMs: 1, alert: noticed } }));
    const deliveries = await client.listDeliveries({ pageSize: 1 });
    expect(idsOf(deliveries.deliveries)).toEqual(['d-3']);
    const rest = await client.listDeliveries({ pageSize: 1, pageToken: deliveries.nextPageToken });
    expect([idsOf(rest.deliveries), rest.nextPageToken]).toEqual([['d-1'], '']);
  });

  it('causes and consequences are those that exist, counted', async () => {
    const world = createAlertWorld();
    world.reload(LABELS);
    const alert = nth(1, {
      labels: SHOP,
      cause: ['db', 'web-2'],
      consequences: ['db', 'web-2', 'web-9'],
      consequenceCount: 300,
    });
    world.publish(alert);
    const get = async (...select: string[]) =>
      (await world.as(['EXPLAIN'], ...select).alerts.getAlert({ alert: alert.id })).alert;
    expect(await get()).toMatchObject({ consequenceCount: 300, cause: ['db', 'web-2'] });
    expect(await get('team=shop')).toMatchObject({ consequences: ['web-2'], consequenceCount: 1, cause: ['web-2'] });
    // What is gone, by its id.
    expect(await get('id=web-*')).toMatchObject({ consequences: ['web-2', 'web-9'], consequenceCount: 2 });
  });

  it('the words of a group that counts members are hidden', async () => {
    const world = createAlertWorld();
    world.reload(LABELS);
    const alert = nth(1, { labels: SHOP, reason: { code: 'MEMBERS_UNHEALTHY', message: '3 of 7' } });
    world.publish(alert);
    const [found] = (await world.as(['EXPLAIN'], 'team=shop').alerts.listAlerts({})).alerts;
    expect(found!.reason).toMatchObject({ code: 'MEMBERS_UNHEALTHY', message: '' });
  });
});

it.each([
  { allow: ['READ'] as const, message: '', links: 0, author: '', note: '' },
  { allow: ['READ', 'OPERATE'] as const, message: '', links: 0, author: 'key:sre', note: 'on it' },
  {
    allow: ['EXPLAIN'] as const,
    message: 'nothing listens at 10.0.0.7:80',
    links: 1,
    author: 'key:sre',
    note: 'on it',
  },
])('$allow sees reason, links and acknowledgement as far as they are for it', async (expected) => {
  const world = createAlertWorld();
  const alert = nth(1, {
    state: 'ACKNOWLEDGED',
    acknowledgement: { author: 'key:sre', note: 'on it', atMs: START_MS },
  });
  world.publish(alert);
  const client = world.as(expected.allow).alerts;
  const stream = read((options) => client.watchAlerts({}, options));
  const { event } = await stream.next();
  stream.cancel();
  const watched = event.case === 'snapshot' ? event.value.alerts[0] : undefined;
  const [listed] = (await client.listAlerts({})).alerts;
  for (const found of [listed, watched, (await client.getAlert({ alert: alert.id })).alert]) {
    expect([found?.reason?.message, found?.links.length]).toEqual([expected.message, expected.links]);
    expect(found?.acknowledgement).toMatchObject({ author: expected.author, note: expected.note });
    expect(Number(found?.acknowledgement?.time?.seconds)).toBe(START_MS / 1000);
  }
});

it('GetAlert finds what is over too', async () => {
  const world = createAlertWorld();
  const alert = resolved(nth(1), START_MS + MINUTE_MS);
  world.publish(alert);
  expect((await world.as(['READ']).alerts.getAlert({ alert: alert.id })).alert).toMatchObject({
    state: AlertState.RESOLVED,
  });
});

describe('AcknowledgeAlert', () => {
  it('says who, tells watchers, and is in the audit log', async () => {
    const world = createAlertWorld();
    const alert = nth(1);
    world.publish(alert);
    const { alerts } = world.as(['OPERATE']);
    const answer = await alerts.acknowledgeAlert({ alert: alert.id, note: 'the disk again' });
    expect(answer.alert).toMatchObject({
      state: AlertState.ACKNOWLEDGED,
      acknowledgement: { author: 'key:all', note: 'the disk again' },
    });
    expect(world.audit).toEqual([
      {
        principal: 'key:all',
        address: '192.0.2.7',
        action: 'ACKNOWLEDGE_ALERT',
        component: 'web-1',
        detail: `${alert.id}: the disk again`,
      },
    ]);
  });

  it('refuses what is over, and what there is not', async () => {
    const world = createAlertWorld();
    const over = resolved(nth(1), START_MS);
    world.publish(over);
    const { alerts } = world.as(['OPERATE']);
    expect(details(await failure(alerts.acknowledgeAlert({ alert: over.id })))).toMatchObject({
      code: Code.FailedPrecondition,
      reason: 'ALERT_RESOLVED',
    });
    expect(details(await failure(alerts.acknowledgeAlert({ alert: 'nosuch' }))).reason).toBe('ALERT_NOT_FOUND');
    expect(details(await failure(alerts.acknowledgeAlert({ alert: 'no id!' }))).reason).toBe('INVALID_REQUEST');
  });

  it('counts while the store fails, and says that it is not kept', async () => {
    const world = createAlertWorld();
    const alert = nth(1);
    world.publish(alert);
    world.fails = true;
    const { alerts } = world.as(['OPERATE', 'READ']);
    expect(details(await failure(alerts.acknowledgeAlert({ alert: alert.id })))).toMatchObject({
      code: Code.Unavailable,
      reason: 'CHANGE_NOT_KEPT',
    });
    expect((await alerts.getAlert({ alert: alert.id })).alert?.state).toBe(AlertState.ACKNOWLEDGED);
    expect(world.audit).toHaveLength(1);
  });
});

describe('WatchAlerts', () => {
  it('begins with what there is, then tells what changes, and lets go at its end', async () => {
    const world = createAlertWorld();
    const [first, second] = [nth(1), nth(2)];
    world.publish(first, resolved(nth(3), START_MS));
    const stream = read((options) => world.as(['READ']).alerts.watchAlerts({}, options));
    expect((await stream.next()).event).toMatchObject({ case: 'snapshot', value: { alerts: [{ id: first.id }] } });
    const change = stream.next();
    world.publish(second, resolved(first, START_MS + MINUTE_MS));
    expect((await change).event).toMatchObject({
      case: 'change',
      value: { alerts: [{ id: second.id }, { id: first.id, state: AlertState.RESOLVED }] },
    });
    stream.cancel();
    await failure(stream.next());
    expect([world.subscriptions, world.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('gives a slow reader the latest of each, and a snapshot where that is too much', async () => {
    const world = createAlertWorld();
    const [first, second] = [nth(1), nth(2)];
    const stream = read((options) => world.as(['READ']).alerts.watchAlerts({}, options));
    await stream.next();
    world.publish(first);
    world.publish({ ...first, status: 'DEGRADED' }, second);
    world.publish({ ...first, state: 'ACKNOWLEDGED' });
    expect((await stream.next()).event).toMatchObject({
      case: 'change',
      value: { alerts: [{ id: first.id, state: AlertState.ACKNOWLEDGED }, { id: second.id }] },
    });
    for (let n = 0; n <= MAX_WAITING; n++) world.publish(resolved(nth(10 + n), START_MS));
    world.publish(resolved(second, START_MS));
    expect((await stream.next()).event).toMatchObject({ case: 'snapshot', value: { alerts: [{ id: first.id }] } });
    const change = stream.next();
    world.publish(resolved(first, START_MS));
    expect((await change).event).toMatchObject({ case: 'change', value: { alerts: [{ id: first.id }] } });
    stream.cancel();
  });

  it('says every 15 s that it goes on', async () => {
    const world = createAlertWorld();
    const stream = read((options) => world.as(['READ']).alerts.watchAlerts({}, options));
    await stream.next();
    for (let silence = 0; silence < 2; silence++) {
      const message = stream.next();
      await world.clock.advance(14_999);
      expect(world.clock.pendingTimers).toBe(1);
      await world.clock.advance(1);
      expect((await message).event.case).toBe('keepAlive');
    }
    stream.cancel();
  });

  it('tells of labels and components that are asked for and exist, alone', async () => {
    const world = createAlertWorld();
    world.reload({ 'web-1': SHOP, db: { team: 'data' } });
    const client = world.as(['READ'], 'team=shop', 'team=data').alerts;
    const stream = read((options) => client.watchAlerts({ label: ['tier=gold'] }, options));
    await stream.next();
    const change = stream.next();
    const gold = { team: 'shop', tier: 'gold' };
    world.publish(nth(1, { labels: SHOP }), nth(2, { component: 'other', labels: { tier: 'gold' } }));
    const own = nth(3, { labels: gold });
    world.publish(own);
    expect((await change).event).toMatchObject({ case: 'change', value: { alerts: [{ id: own.id }] } });
    // What was reloaded: first how it ended, then all that exists now.
    world.publish(resolved({ ...own, resolution: 'REMOVED' }, START_MS));
    world.reload({ 'web-1': { team: 'other' } });
    expect((await stream.next()).event).toMatchObject({ case: 'change', value: { alerts: [{ id: own.id }] } });
    const next = stream.next();
    await world.clock.advance(0);
    expect((await next).event).toEqual(expect.objectContaining({ case: 'snapshot' }));
    stream.cancel();
  });

  it('ends when the server drains', async () => {
    const world = createAlertWorld();
    const stream = read((options) => world.as(['READ']).alerts.watchAlerts({}, options));
    await stream.next();
    const end = failure(stream.next());
    world.drain();
    expect(details(await end)).toMatchObject({ code: Code.Unavailable, reason: 'SHUTTING_DOWN' });
    expect(world.subscriptions).toBe(0);
  });
});

it('ListDeliveries filters and pages', async () => {
  const world = createAlertWorld();
  const alert = nth(1);
  world.deliveries.push(
    delivery(1, alert),
    delivery(2, alert, { channel: 'chat', state: 'FAILED', attempts: 3, error: '410 Gone' }),
    delivery(3, nth(2), { state: 'WAITING', nextAttemptMs: START_MS }),
  );
  const { alerts } = world.as(['OPERATE']);
  const ids = async (request: Parameters<typeof alerts.listDeliveries>[0]) =>
    idsOf((await alerts.listDeliveries(request)).deliveries);
  expect(await ids({})).toEqual(['d-3', 'd-2', 'd-1']);
  expect(await ids({ alert: alert.id })).toEqual(['d-2', 'd-1']);
  expect(await ids({ channel: 'chat' })).toEqual(['d-2']);
  expect(await ids({ state: [DeliveryState.WAITING, DeliveryState.ACCEPTED] })).toEqual(['d-3', 'd-1']);
  const first = await alerts.listDeliveries({ pageSize: 2 });
  expect(await ids({ pageSize: 2, pageToken: first.nextPageToken })).toEqual(['d-1']);
  expect(first.deliveries[1]).toMatchObject({ type: 'alert.opened', attempts: 3, error: '410 Gone' });
  // What OpenK says of itself is about no alert that anybody could get.
  const noticed = nth(9);
  world.deliveries.push(delivery(4, noticed, { message: { type: 'openk.notice', atMs: 1, alert: noticed } }));
  const { deliveries } = await alerts.listDeliveries({ pageSize: 1 });
  expect(deliveries.map(({ type, alert: about }) => [type, about])).toEqual([['openk.notice', '']]);
  world.fails = true;
  expect(details(await failure(alerts.listDeliveries({}))).reason).toBe('HISTORY_UNAVAILABLE');
});

describe('TestChannel', () => {
  function withChannel(send: (signal: AbortSignal) => Promise<SendResult>) {
    const world = createAlertWorld();
    const sent: string[] = [];
    world.channels.set('hook', {
      channel: {
        id: 'hook',
        send({ message }, signal) {
          sent.push(message.type);
          return send(signal);
        },
      },
      timeoutMs: 5_000,
    });
    return { world, sent, test: (channel = 'hook') => world.as(['OPERATE']).alerts.testChannel({ channel }) };
  }

  it('sends one message and says what came of it', async () => {
    const { world, sent, test } = withChannel(async () => ({ kind: 'accepted' }));
    expect(await test()).toMatchObject({ accepted: true, error: '' });
    expect([sent, world.clock.pendingTimers]).toEqual([['openk.test'], 0]);
    expect(world.audit).toMatchObject([{ action: 'TEST_CHANNEL', detail: 'hook: accepted' }]);
    expect(details(await failure(test('nosuch')))).toMatchObject({ reason: 'CHANNEL_NOT_FOUND' });
  });

  it('gives up when its time is over', async () => {
    const { world, test } = withChannel(
      (signal) =>
        new Promise((resolve) => {
          signal.onabort = () => resolve({ kind: 'retry', error: 'no answer in time', perhapsDelivered: true });
        }),
    );
    const answer = test();
    await world.clock.advance(5_000);
    expect(await answer).toMatchObject({ accepted: false, error: 'no answer in time', latency: { seconds: 5n } });
  });

  it('runs once at a time', async () => {
    const first = Promise.withResolvers<SendResult>();
    const { sent, test } = withChannel(() => first.promise);
    const answers = [test(), test()];
    await Promise.resolve();
    first.resolve({ kind: 'refused', error: '410 Gone' });
    for (const answer of answers) expect(await answer).toMatchObject({ accepted: false, error: '410 Gone' });
    expect(sent).toHaveLength(1);
    await test();
    expect(sent).toHaveLength(2);
  });
});
