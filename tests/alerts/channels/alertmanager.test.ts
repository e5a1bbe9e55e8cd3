// What Alertmanager is sent, and what a real one makes of it.
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AlertmanagerChannelSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { postedAlert } from '../../../src/alerts/channels/alertmanager.ts';
import { checkChannel } from '../../../src/alerts/channels/registry.ts';
import type { Alert } from '../../../src/core/alert.ts';
import { type Alertmanager, findAlertmanager, startAlertmanager } from '../../support/alertmanager.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { unusedPort } from '../../support/upstreams/tcp.ts';
import { exampleAlert, exampleMessage, outgoing, resolvedAlert, SINCE_MS } from './examples.ts';
import { type HttpReceiver, startHttpReceiver } from './receivers.ts';
import { createChannelRig, never } from './rig.ts';

const rig = createChannelRig();
const options = (urls: readonly string[], change = {}) =>
  create(AlertmanagerChannelSchema, { urls: [...urls], ...change });
const IDENTITY = { labels: { cluster: 'eu' }, componentLabels: ['team', 'service.name', 'missing'] };

describe('an alert', () => {
  it('is named by what does not change, and by nothing else', () => {
    const before = postedAlert(exampleAlert(), SINCE_MS + 300_000, IDENTITY);
    expect(before.labels).toEqual({
      alertname: 'OpenkAlert',
      component: 'payments-db',
      route: 'payments',
      cluster: 'eu',
      team: 'payments',
      service_name: 'db',
    });
    const acknowledgement = { author: 'jane', atMs: SINCE_MS, note: '' };
    for (const later of [
      exampleAlert({ status: 'DEGRADED', severity: 'WARNING', cause: ['net'], isFlapping: true, acknowledgement }),
      exampleAlert({ state: 'ACKNOWLEDGED', acknowledgement, consequenceCount: 99, displayName: 'Other' }),
      resolvedAlert(),
    ]) {
      expect(postedAlert(later, SINCE_MS + 300_000, IDENTITY).labels).toEqual(before.labels);
    }
    expect(before.annotations).toMatchObject({ status: 'UNHEALTHY', severity: 'critical', alert: 'mabc123-7' });
  });

  it('has no empty values, no lone surrogates, and no start behind its end, whatever there is to say', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', 'ok'));
    fc.assert(
      fc.property(text, text, fc.integer({ min: -1e6, max: 1e6 }), (label, message, afterMs) => {
        const alert = exampleAlert({
          labels: { team: label },
          reason: { code: 'X', message },
          links: [{ title: '', url: label }],
        });
        const posted = postedAlert(alert, SINCE_MS + afterMs, IDENTITY);
        const values = [...Object.values(posted.labels), ...Object.values(posted.annotations)];
        expect(values.every((value) => value !== '' && value.isWellFormed())).toBe(true);
        expect(Date.parse(posted.startsAt)).toBeLessThanOrEqual(Date.parse(posted.endsAt));
        if (posted.generatorURL !== undefined) expect(URL.canParse(posted.generatorURL)).toBe(true);
      }),
    );
  });
});

describe('the configuration', () => {
  it.each([
    [{ labels: { alertname: 'x' } }, ['labels', 'alertname']],
    [{ labels: { 'a.b': 'x' } }, ['labels', 'a.b']],
    [{ labels: { __x: 'x' } }, ['labels', '__x']],
    [{ componentLabels: ['route'] }, ['component_labels', 0]],
    [{ componentLabels: ['a.b', 'a-b'] }, ['component_labels', 1]],
    [{ componentLabels: [''] }, ['component_labels', 0]],
    [{ headers: { Host: 'x' } }, ['headers', 'Host']],
    [{ urls: ['http://a', 'ftp://b'] }, ['urls', 1]],
  ])('%j has a fault', (change, path) => {
    expect(checkChannel('alertmanager', options(['http://am:9093'], change)).map((fault) => fault.path)).toEqual([
      path,
    ]);
  });
});

describe('several members', () => {
  const bodies = (receiver: HttpReceiver) =>
    receiver.received.map(({ body }) => JSON.parse(body) as readonly unknown[]);

  it('are all told, and one that has it is enough', async () => {
    const [one, two] = [await startHttpReceiver(), await startHttpReceiver()];
    const channel = rig.channel('alertmanager', options([one.url, two.url]));
    expect(await channel.send(outgoing(), never)).toEqual({ kind: 'accepted' });
    expect(bodies(two)).toEqual(bodies(one));
    one.behave({ status: 500 });
    expect(await channel.send(outgoing(), never)).toEqual({ kind: 'accepted' });
    two.behave({ status: 400 });
    expect(await channel.send(outgoing(), never)).toMatchObject({ kind: 'retry', perhapsDelivered: true });
    one.behave({ status: 400 });
    expect(await channel.send(outgoing(), never)).toMatchObject({ kind: 'refused' });
    await one.close();
    await two.close();
    const gone = rig.channel('alertmanager', options([`http://127.0.0.1:${await unusedPort()}`]));
    expect(await gone.send(outgoing(), never)).toMatchObject({ kind: 'retry', perhapsDelivered: false });
  });

  it('are told again what is open, in requests of a bounded size, by which it lives three times as long', async () => {
    const receiver = await startHttpReceiver();
    const clock = createFakeClock(SINCE_MS + 3_600_000);
    const channel = rig.channel('alertmanager', options([receiver.url], { resendEvery: { seconds: 20n, nanos: 0 } }), {
      clock,
    });
    expect(channel.repeat?.everyMs).toBe(20_000);
    const open = Array.from({ length: 600 }, (_, index) => exampleAlert({ id: `a-${index}`, component: `c-${index}` }));
    expect(await channel.repeat!.send(open, never)).toEqual({ kind: 'accepted' });
    expect(bodies(receiver).map(({ length }) => length)).toEqual([256, 256, 88]);
    expect(bodies(receiver)[0]![0]).toMatchObject({ endsAt: new Date(SINCE_MS + 3_660_000).toISOString() });
    await receiver.close();
  });

  it('hear of an end after a repetition that was under way, never before', async () => {
    const receiver = await startHttpReceiver();
    let isRepeating = true;
    receiver.behave(({ path }) => (isRepeating && path !== '/other' ? 'silence' : { status: 200 }));
    const channel = rig.channel('alertmanager', options([receiver.url]));
    const stop = new AbortController();
    const repeated = channel.repeat!.send([exampleAlert()], stop.signal);
    await receiver.receivedAtLeast(1);
    const impatient = new AbortController();
    const givenUp = channel.send(outgoing(exampleMessage('alert.resolved')), impatient.signal);
    const resolved = channel.send(outgoing(exampleMessage('alert.resolved')), never);
    impatient.abort();
    expect(await givenUp).toMatchObject({ kind: 'retry', perhapsDelivered: false });
    // What others ask meanwhile would come behind it, had it been sent.
    for (let count = 0; count < 3; count++) await fetch(`${receiver.url}/other`);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/api/v2/alerts', '/other', '/other', '/other']);
    isRepeating = false;
    stop.abort();
    expect(await repeated).toMatchObject({ kind: 'retry' });
    expect(await resolved).toEqual({ kind: 'accepted' });
    expect(receiver.received).toHaveLength(5);
    await receiver.close();
  });
});

const program = findAlertmanager();
const why = program === undefined ? ' (skipped: no Alertmanager; name it in ALERTMANAGER)' : '';

(program === undefined ? describe.skip : describe)(`a real Alertmanager${why}`, () => {
  let receiver: HttpReceiver;
  let alertmanager: Alertmanager;
  beforeAll(async () => {
    receiver = await startHttpReceiver();
    alertmanager = await startAlertmanager(program!, `${receiver.url}/hook`);
  });
  afterAll(async () => {
    await alertmanager.close();
    await receiver.close();
  });
  interface Told {
    readonly status: string;
    readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
  }
  const told = () => receiver.received.map(({ body }) => JSON.parse(body) as Told);
  /** Settles once it has told that this component has this status. */
  const hasTold = async (component: string, status: 'firing' | 'resolved') => {
    for (let seen = 0; ; seen++) {
      await receiver.receivedAtLeast(seen + 1);
      if (told()[seen]!.alerts.some((one) => one.labels.component === component && one.status === status)) return;
    }
  };
  const channel = () => rig.channel('alertmanager', options([alertmanager.url], IDENTITY));
  const openedNow = (change: Partial<Alert> = {}) => {
    const nowMs = Date.now();
    return exampleAlert({ sinceMs: nowMs - 5000, openedMs: nowMs - 1000, updatedMs: nowMs, ...change });
  };
  const send = (alert: Alert, type: 'alert.opened' | 'alert.updated' | 'alert.resolved', nowMs = Date.now()) =>
    channel().send(outgoing(exampleMessage(type, alert), { nowMs }), never);

  it('groups them by route, keeps one alert whatever its severity becomes, and ends it', async () => {
    const [db, web] = [openedNow(), openedNow({ id: 'mabc123-8', component: 'web' })];
    expect(await send(db, 'alert.opened')).toEqual({ kind: 'accepted' });
    expect(await send(web, 'alert.opened')).toEqual({ kind: 'accepted' });
    await hasTold('web', 'firing');
    expect(
      told()
        .at(-1)!
        .alerts.map(({ labels }) => labels.route),
    ).toEqual(expect.arrayContaining(['payments', 'payments']));
    expect(await send({ ...db, status: 'DEGRADED', severity: 'WARNING' }, 'alert.updated')).toEqual({
      kind: 'accepted',
    });
    const alerts = await alertmanager.alerts();
    expect([...alerts.keys()].sort()).toEqual(['payments-db', 'web']);
    expect(alerts.get('payments-db')!.annotations).toMatchObject({ severity: 'warning', status: 'DEGRADED' });
    expect(await channel().repeat!.send([db, web], never)).toEqual({ kind: 'accepted' });
    const over = { ...db, ...resolvedAlert(), sinceMs: db.sinceMs, openedMs: db.openedMs!, resolvedMs: Date.now() };
    expect(await send(over, 'alert.resolved')).toEqual({ kind: 'accepted' });
    expect([...(await alertmanager.alerts()).keys()]).toEqual(['web']);
    await hasTold('payments-db', 'resolved');
  });

  it('ends one though its clock is behind ours', async () => {
    const alert = openedNow({ id: 'mabc123-9', component: 'skewed', route: 'skew' });
    await send(alert, 'alert.opened');
    expect((await alertmanager.alerts()).has('skewed')).toBe(true);
    await send({ ...alert, state: 'RESOLVED', resolvedMs: Date.now() }, 'alert.resolved', Date.now() + 30_000);
    expect((await alertmanager.alerts()).has('skewed')).toBe(false);
  });

  it('tells nobody of what is silenced there', async () => {
    await alertmanager.silence('quiet');
    expect(await send(openedNow({ component: 'quiet', route: 'silent' }), 'alert.opened')).toEqual({
      kind: 'accepted',
    });
    expect((await alertmanager.alerts()).get('quiet')!.status.state).toBe('suppressed');
    // One of another route, told after it, shows that it had its turn.
    await send(openedNow({ component: 'loud', route: 'other' }), 'alert.opened');
    await hasTold('loud', 'firing');
    expect(told().some(({ alerts }) => alerts.some(({ labels }) => labels.component === 'quiet'))).toBe(false);
  });
});
