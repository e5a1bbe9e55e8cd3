// What every channel is, whatever its kind: never rejects, ends when it is told to, says what is worth another attempt, and tells
// nobody its secrets.
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SendResult } from '../../../src/core/alert.ts';
import { type Certificates, createCertificates } from '../../support/certs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { listen, type Upstream, unusedPort } from '../../support/upstreams/tcp.ts';
import { exampleMessage, MESSAGE_TYPES, outgoing, SINCE_MS } from './examples.ts';
import { HTTP_KINDS, MAIL_SECRETS, mailOptions } from './kinds.ts';
import { type HttpReceiver, type SmtpReceiver, startHttpReceiver, startSmtpReceiver } from './receivers.ts';
import { type ChannelRig, createChannelRig, never } from './rig.ts';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
});

const rig = createChannelRig();
const send = (channel: ReturnType<ChannelRig['channel']>, message = outgoing(), signal = never) =>
  rig.kept(channel.send(message, signal));

/** Speaks TLS with a certificate that nobody vouches for. */
async function startUntrusted(): Promise<Upstream> {
  const { cert, key } = certificates.untrustedServer;
  const server = createTlsServer({ cert, key }, (socket) => void socket.end());
  server.on('tlsClientError', () => {});
  return listen(server);
}

function expectNoSecret(results: readonly string[], secrets: readonly string[]) {
  expect(results.length).toBeGreaterThan(0);
  for (const secret of secrets) {
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      expect(results.filter((text) => text.includes(form))).toEqual([]);
    }
  }
}

describe.each(
  HTTP_KINDS.map((example) => [`${example.kind}${example.readsBody ? ' by its API' : ''}`, example] as const),
)('%s', (_name, { kind, options, secrets, accepts, readsBody }) => {
  let receiver: HttpReceiver;
  beforeAll(async () => {
    receiver = await startHttpReceiver();
  });
  afterEach(() => receiver.behave(accepts));
  afterAll(async () => receiver.close());
  const channel = (origin = receiver.url, using = {}) => rig.channel(kind, options(origin), using);

  it.each(MESSAGE_TYPES)('sends %s', async (type) => {
    receiver.behave(accepts);
    const before = receiver.received.length;
    const result = await send(channel(), outgoing(exampleMessage(type)));
    expect(result.kind).toBe('accepted');
    expect(receiver.received.length).toBeGreaterThan(before);
    const { headers, body } = receiver.received.at(-1)!;
    expect(headers['user-agent']).toBe('openk/test');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(() => JSON.parse(body)).not.toThrow();
    await receiver.idle();
  });

  it('is sent again where nobody listens', async () => {
    const result = await send(channel(`http://127.0.0.1:${await unusedPort()}`));
    expect(result).toMatchObject({ kind: 'retry', perhapsDelivered: false });
    expect(JSON.stringify(result)).toContain('refused the connection');
  });

  it('is sent again where the name does not exist', async () => {
    const result = await send(channel('http://nowhere.example:80'));
    expect(result).toMatchObject({ kind: 'retry', perhapsDelivered: false });
    expect(JSON.stringify(result)).toContain('does not exist');
  });

  it('connects to no address that is denied, whatever name leads to it', async () => {
    const before = receiver.accepted;
    for (const host of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]']) {
      const result = await send(channel(`http://${host}:${receiver.port}`, { denied: ['127.0.0.0/8', '::1'] }));
      expect(result).toMatchObject({ kind: 'retry', perhapsDelivered: false });
      expect(JSON.stringify(result)).toContain('alerts.deny_addresses');
    }
    expect(receiver.accepted).toBe(before);
  });

  it('is sent again where TLS fails, and shows nobody anything before', async () => {
    const untrusted = await startUntrusted();
    const result = await send(channel(`https://localhost:${untrusted.port}`));
    expect(result).toMatchObject({ kind: 'retry', perhapsDelivered: false });
    expect(JSON.stringify(result)).toContain('trusted authority');
    await untrusted.close();
  });

  it('ends soon after its signal fires, and may have arrived', async () => {
    receiver.behave('silence');
    const stop = new AbortController();
    const before = receiver.received.length;
    const result = send(channel(), outgoing(), stop.signal);
    await receiver.receivedAtLeast(before + 1);
    stop.abort();
    expect(await result).toMatchObject({ kind: 'retry', perhapsDelivered: true });
    await receiver.idle();
  });

  it('sends nothing once its signal has fired', async () => {
    const before = receiver.accepted;
    expect(await send(channel(), outgoing(), AbortSignal.abort())).toMatchObject({
      kind: 'retry',
      perhapsDelivered: false,
    });
    expect(receiver.accepted).toBe(before);
  });

  it('ends at its time-out', async () => {
    receiver.behave('silence');
    const clock = createFakeClock();
    const before = receiver.received.length;
    const result = send(channel(receiver.url, { clock }));
    await receiver.receivedAtLeast(before + 1);
    await clock.advance(10_000);
    expect(await result).toEqual({ kind: 'retry', error: 'there was no answer within 10 s', perhapsDelivered: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when it is closed, and leaves nothing open', async () => {
    receiver.behave('silence');
    const one = channel();
    const before = receiver.received.length;
    const result = send(one);
    await receiver.receivedAtLeast(before + 1);
    await one.close();
    expect(await result).toMatchObject({ kind: 'retry', perhapsDelivered: true });
    await receiver.idle();
    expect(await send(one)).toMatchObject({ kind: 'retry', perhapsDelivered: false });
  });

  it.each(['cut', 'garbage'] as const)('may have arrived where the answer is %s', async (behaviour) => {
    receiver.behave(behaviour);
    expect(await send(channel())).toMatchObject({ kind: 'retry', perhapsDelivered: true });
    await receiver.idle();
  });

  it('reads an answer up to a bound', async () => {
    receiver.behave('endless');
    expect((await send(channel())).kind).toBe(readsBody ? 'retry' : 'accepted');
    await receiver.idle();
  });

  it.each([
    [400, 'refused', undefined],
    [401, 'refused', undefined],
    [404, 'refused', undefined],
    [410, 'refused', undefined],
    [413, 'refused', undefined],
    [408, 'retry', false],
    [425, 'retry', false],
    [429, 'retry', false],
    [500, 'retry', true],
    [502, 'retry', true],
    [503, 'retry', true],
    [504, 'retry', true],
  ] as const)('an answer of %i: %s', async (status, expected, perhapsDelivered) => {
    receiver.behave({ status, body: '{}' });
    const result = await send(channel());
    expect(result.kind).toBe(expected);
    expect((result as Partial<Extract<SendResult, { kind: 'retry' }>>).perhapsDelivered).toBe(perhapsDelivered);
    expect(JSON.stringify(result)).toContain(String(status));
  });

  it('follows no redirect', async () => {
    const other = await startHttpReceiver();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.behave({ status, headers: { location: `${other.url}/elsewhere` } });
      expect(await send(channel())).toMatchObject({ kind: 'refused', error: expect.stringContaining('redirects') });
    }
    expect(other.accepted).toBe(0);
    await other.close();
  });

  it.each([429, 503])('waits as long as an answer of %i asks for, in seconds or as a date', async (status) => {
    const nowMs = SINCE_MS + 61_500;
    receiver.behave({ status, headers: { 'retry-after': '7' }, body: '{}' });
    expect(await send(channel())).toMatchObject({ kind: 'retry', afterMs: 7000 });
    receiver.behave({ status, headers: { 'retry-after': new Date(nowMs + 89_500).toUTCString() }, body: '{}' });
    expect(await send(channel())).toMatchObject({ kind: 'retry', afterMs: 89_500 });
  });

  it('says why it was refused, without what was sent', async () => {
    receiver.behave('echo parts as 400');
    expect(await send(channel())).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('there is none of'),
    });
    receiver.behave('echo as 400');
    const result = await send(channel());
    expect(result.kind).toBe('refused');
    expect(JSON.stringify(result)).toContain('[redacted]');
  });

  it('has said no secret in all of this', () => {
    expectNoSecret(rig.said, secrets);
  });
});

describe('email', () => {
  let receiver: SmtpReceiver;
  beforeAll(async () => {
    receiver = await startSmtpReceiver();
  });
  afterAll(async () => receiver.close());
  afterEach(() => {
    receiver.behave({ auth: true });
    (receiver.commands as string[]).length = 0;
  });
  const channel = (smtp = `127.0.0.1:${receiver.port}`, using = {}, change = {}) =>
    rig.channel('email', mailOptions(smtp, change), using);

  it.each(MESSAGE_TYPES)('sends %s', async (type) => {
    receiver.behave({ auth: true });
    expect(await send(channel(), outgoing(exampleMessage(type)))).toEqual({ kind: 'accepted' });
    expect(receiver.commands).toContain('.');
    await receiver.idle();
  });

  it('is sent again where nobody listens, a name does not exist, or an address is denied', async () => {
    for (const [smtp, using, words] of [
      [`127.0.0.1:${await unusedPort()}`, {}, 'refused the connection'],
      ['nowhere.example:25', {}, 'does not exist'],
      [`localhost:${receiver.port}`, { denied: ['127.0.0.0/8', '::1'] }, 'alerts.deny_addresses'],
    ] as const) {
      const result = await send(channel(smtp, using));
      expect(result).toMatchObject({ kind: 'retry', perhapsDelivered: false });
      expect(JSON.stringify(result)).toContain(words);
    }
  });

  it('is sent again where TLS fails, and shows nobody anything before', async () => {
    const untrusted = await startUntrusted();
    const result = await send(channel(`localhost:${untrusted.port}`, {}, { security: 1 }));
    expect(result).toMatchObject({
      kind: 'retry',
      perhapsDelivered: false,
      error: expect.stringContaining('trusted authority'),
    });
    await untrusted.close();
    // A server that offers no STARTTLS gets neither the password nor the message.
    receiver.behave({ auth: true, at: 'STARTTLS', say: '502 not here' });
    const plain = await send(channel(undefined, {}, { security: 2 }));
    expect(plain.kind).not.toBe('accepted');
    expect(receiver.commands.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
  });

  it.each([
    ['EHLO', false],
    ['AUTH', false],
    ['.', true],
  ] as const)('ends soon after its signal fires while %s is not answered', async (at, perhapsDelivered) => {
    receiver.behave({ auth: true, at, say: 'silence' });
    const stop = new AbortController();
    const result = send(channel(), outgoing(), stop.signal);
    await receiver.commandCame(at);
    stop.abort();
    expect(await result).toMatchObject({ kind: 'retry', perhapsDelivered });
    await receiver.idle();
  });

  it('ends at its time-out, and when it is closed', async () => {
    receiver.behave({ auth: true, at: '.', say: 'silence' });
    const clock = createFakeClock();
    const late = send(channel(undefined, { clock }));
    await receiver.commandCame('.');
    await clock.advance(10_000);
    expect(await late).toEqual({ kind: 'retry', error: 'there was no answer within 10 s', perhapsDelivered: true });
    (receiver.commands as string[]).length = 0;
    const one = channel();
    const cut = send(one);
    await receiver.commandCame('.');
    await one.close();
    expect(await cut).toMatchObject({ kind: 'retry', perhapsDelivered: true });
    await receiver.idle();
    expect(await send(one)).toMatchObject({ kind: 'retry', perhapsDelivered: false });
  });

  it.each([
    ['EHLO', false],
    ['.', true],
  ] as const)('is sent again where the connection is cut at %s', async (at, perhapsDelivered) => {
    receiver.behave({ auth: true, at, say: 'cut' });
    expect(await send(channel())).toMatchObject({ kind: 'retry', perhapsDelivered });
    await receiver.idle();
  });

  it.each([
    ['AUTH', '535 no', 'refused'],
    ['AUTH', '454 later', 'retry'],
    ['MAIL', '451 later', 'retry'],
    ['RCPT', '550 no such user', 'refused'],
    ['RCPT', '450 greylisted', 'retry'],
    ['DATA', '554 no', 'refused'],
    ['.', '552 too large', 'refused'],
    ['.', '452 full', 'retry'],
  ] as const)('%s answered with %s: %s', async (at, say, expected) => {
    receiver.behave({ auth: true, at, say });
    const result = await send(channel());
    expect(result.kind).toBe(expected);
    expect(JSON.stringify(result)).toContain(say.slice(0, 3));
    if (result.kind === 'retry') expect(result.perhapsDelivered).toBe(false);
    await receiver.idle();
  });

  it('has said no secret in all of this', async () => {
    receiver.behave({ auth: true, at: 'AUTH', say: 'echo' });
    expect((await send(channel())).kind).toBe('refused');
    expectNoSecret(rig.said, MAIL_SECRETS);
  });
});
