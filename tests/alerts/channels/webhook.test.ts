// What a webhook is sent, checked by the library of Standard Webhooks itself.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { WebhookChannelSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { messageJson } from '../../../src/alerts/channels/alert-json.ts';
import { checkChannel } from '../../../src/alerts/channels/registry.ts';
import { compileBody } from '../../../src/alerts/channels/webhook-body.ts';
import { exampleAlert, exampleMessage, outgoing } from './examples.ts';
import { OTHER_SECRET, WEBHOOK_SECRET } from './kinds.ts';
import { type HttpReceiver, type Received, startHttpReceiver } from './receivers.ts';
import { createChannelRig, never } from './rig.ts';

const rig = createChannelRig();
let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await startHttpReceiver();
});
afterEach(() => receiver.behave({ status: 200 }));
afterAll(async () => receiver.close());

const options = (change: MessageInitShape<typeof WebhookChannelSchema> = {}) =>
  create(WebhookChannelSchema, { url: `${receiver.url}/in?a=1`, secret: WEBHOOK_SECRET, ...change } as MessageInitShape<
    typeof WebhookChannelSchema
  >);
const verify = (secret: string, { headers, body }: Received) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

describe('a webhook', () => {
  it('is signed, and by each secret while one is being replaced', async () => {
    const channel = rig.channel('webhook', options({ moreSecrets: [OTHER_SECRET] }));
    // The library looks at its own clock.
    await channel.send(outgoing(undefined, { nowMs: Date.now() }), never);
    const request = receiver.received.at(-1)!;
    expect(request.path).toBe('/in?a=1');
    expect(verify(WEBHOOK_SECRET, request)).toEqual(messageJson(exampleMessage()));
    expect(verify(OTHER_SECRET, request)).toEqual(messageJson(exampleMessage()));
    const stranger = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(() => verify(stranger, request)).toThrow();
    expect(() => verify(WEBHOOK_SECRET, { ...request, body: `${request.body} ` })).toThrow();
  });

  it('keeps its id over attempts, with a time and a signature of each', async () => {
    const channel = rig.channel('webhook', options());
    const nowMs = Date.now();
    for (const later of [0, 60_000]) await channel.send(outgoing(undefined, { nowMs: nowMs - later }), never);
    const [first, second] = receiver.received.slice(-2);
    expect(first!.headers['webhook-id']).toBe('mabc124-9');
    expect(second!.headers['webhook-id']).toBe('mabc124-9');
    expect(Number(first!.headers['webhook-timestamp']) - Number(second!.headers['webhook-timestamp'])).toBe(60);
    expect(first!.headers['webhook-signature']).not.toBe(second!.headers['webhook-signature']);
    for (const request of [first!, second!]) verify(WEBHOOK_SECRET, request);
  });

  it('signs the bytes that it sends, whatever is in them', async () => {
    const channel = rig.channel('webhook', options());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        const message = exampleMessage(
          'alert.opened',
          exampleAlert({ reason: { code: 'X', message: text.toWellFormed() } }),
        );
        await channel.send(outgoing(message, { nowMs: Date.now() }), never);
        expect(verify(WEBHOOK_SECRET, receiver.received.at(-1)!)).toEqual(messageJson(message));
      }),
      { numRuns: 50 },
    );
  });

  it('is not signed without a secret, and has the headers that are wanted', async () => {
    const channel = rig.channel(
      'webhook',
      options({ secret: '', headers: { Authorization: 'Bearer x', 'Content-Type': 'application/cloudevents+json' } }),
    );
    await channel.send(outgoing(), never);
    const { headers } = receiver.received.at(-1)!;
    expect(headers['webhook-signature']).toBeUndefined();
    expect(headers).toMatchObject({
      'webhook-id': 'mabc124-9',
      authorization: 'Bearer x',
      'content-type': 'application/cloudevents+json',
    });
  });

  it('says in JSON what the contract says', async () => {
    await rig.channel('webhook', options()).send(outgoing(), never);
    expect(JSON.parse(receiver.received.at(-1)!.body)).toEqual({
      type: 'alert.opened',
      timestamp: '2026-11-29T07:01:00.000Z',
      data: {
        alert: {
          id: 'mabc123-7',
          route: 'payments',
          component: 'payments-db',
          displayName: 'Payments database',
          state: 'OPEN',
          status: 'UNHEALTHY',
          severity: 'CRITICAL',
          reason: { code: 'CONNECTION_REFUSED', message: 'db:5432 refused the connection (10.0.0.1)' },
          since: '2026-11-29T07:00:00.000Z',
          opened: '2026-11-29T07:01:00.000Z',
          updated: '2026-11-29T07:01:00.000Z',
          cause: [],
          consequences: ['checkout', 'payments-api'],
          consequenceCount: 2,
          labels: { team: 'payments', 'service.name': 'db' },
          links: [{ title: 'Runbook', url: 'https://wiki.example/runbook?a=1&b=2' }],
          flapping: false,
          revision: 42,
        },
      },
    });
  });
});

describe('the body as an expression', () => {
  const render = (expression: string, message = exampleMessage()) => {
    const rendered = compileBody(expression)(messageJson(message));
    return 'body' in rendered ? JSON.parse(rendered.body) : rendered;
  };

  it.each([
    ["{'text': alert.component + ' is ' + alert.status}", { text: 'payments-db is UNHEALTHY' }],
    ['alert', messageJson(exampleMessage()).data.alert],
    ["[type, timestamp, alert.labels['service.name']]", ['alert.opened', '2026-11-29T07:01:00.000Z', 'db']],
    ['{"n": alert.consequenceCount, "m": size(alert.consequences), 3: 1.5}', { n: 2, m: 2, '3': 1.5 }],
    [
      "{'s': has(alert.labels.team) ? alert.labels.team : 'nobody', 'x': null, 'b': b'hi', 't': timestamp(alert.since)}",
      { s: 'payments', x: null, b: 'aGk=', t: '2026-11-29T07:00:00Z' },
    ],
    [
      "{'big': 9007199254740993, 'd': duration('90s'), 'u': 7u, '__proto__': 1}",
      JSON.parse('{"big":"9007199254740993","d":"90s","u":7,"__proto__":1}'),
    ],
  ])('%s', (expression, expected) => {
    expect(render(expression)).toEqual(expected);
  });

  it.each([
    ['alert.labels.tier', { fault: 'body has no value: there is no field tier, ask for it by has()' }],
    ['1.0 / 0.0', { fault: 'body has a value that JSON has none for' }],
    ["{'t': type(alert)}", { fault: 'body has a value that JSON has none for' }],
  ])('%s has none', (expression, expected) => {
    expect(render(expression)).toEqual(expected);
  });

  it('is JSON whatever is in the alert', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const message = exampleMessage('alert.opened', exampleAlert({ reason: { code: 'X', message: text } }));
        expect(render("{'text': 'because: ' + alert.reason.message}", message)).toEqual({
          text: `because: ${text.toWellFormed()}`,
        });
      }),
    );
  });

  it('is what is sent and signed; without a value nothing is', async () => {
    const channel = rig.channel('webhook', options({ body: "{'text': alert.status}" }));
    expect(await channel.send(outgoing(undefined, { nowMs: Date.now() }), never)).toEqual({ kind: 'accepted' });
    expect(verify(WEBHOOK_SECRET, receiver.received.at(-1)!)).toEqual({ text: 'UNHEALTHY' });
    const count = receiver.received.length;
    const without = rig.channel('webhook', options({ body: "{'text': alert.labels.tier}" }));
    expect(await without.send(outgoing(), never)).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('no field tier'),
    });
    expect(receiver.received).toHaveLength(count);
  });
});

describe('the configuration', () => {
  it.each([
    [{ url: 'ftp://x/' }, ['url']],
    [{ url: 'unix:/run/x' }, ['url']],
    [{ url: 'https://x/#part' }, ['url']],
    [{ url: 'https://a%zz:b@x/' }, ['url']],
    [{ secret: 'whsec_c2hvcnQ=' }, ['secret']],
    [{ secret: 'plain' }, ['secret']],
    [{ moreSecrets: [OTHER_SECRET, 'x'] }, ['more_secrets', 1]],
    [{ secret: '', moreSecrets: [OTHER_SECRET] }, ['secret']],
    [{ headers: { 'a b': 'x' } }, ['headers', 'a b']],
    [{ headers: { 'Webhook-Id': 'x' } }, ['headers', 'Webhook-Id']],
    [{ headers: { 'X-A': 'a\nb' } }, ['headers', 'X-A']],
    [{ body: "{'a': alrt}" }, ['body']],
    [{ body: "{'a':" }, ['body']],
  ])('%j has a fault, of which nothing is shown', (change, path) => {
    const faults = checkChannel('webhook', options(change));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    const given = Object.values(change).flat().map(String);
    expect(given.filter((text) => text.length > 1 && faults[0]!.message.includes(text))).toEqual([]);
  });
});
