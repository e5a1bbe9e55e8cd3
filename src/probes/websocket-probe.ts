// What a run of the probe kind `websocket` does: the handshake, a message, the close (RFC 6455). Over HTTP/1.1, as most servers have it.

import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { RE2JS } from '@bufbuild/re2';
import type { WebsocketProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { abortSignalOf, type Cancellation } from '../core/cancellation.ts';
import type { Reason } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Probe, ProbeRun } from '../core/probe.ts';
import { createRedactor } from '../core/redactor.ts';
import { createClientTls } from './client-tls.ts';
import { closed } from './dial.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { unbracketed } from './http-request.ts';
import { lastLookMs } from './last-look.ts';
import { createNotes } from './notes.ts';
import type { ProbeContext } from './probe.ts';
import { failure, ProtocolFault, reason } from './reason.ts';
import { basicCredentials, wayOf, waySecrets } from './way.ts';
import { type Frame, OPCODES, readFrame, writeFrame } from './websocket-frames.ts';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const DEFAULT_MAX_MESSAGE = 65_536;
/** How long the other side may take to close, in milliseconds. It is not part of the latency. */
const CLOSE_WAIT_MS = 500;
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);

/** No message will do any more: the last look is taken. */
class OutOfTime extends Error {}

export function createWebsocketProbe(options: WebsocketProbe, { clock, dialer, userAgent }: ProbeContext): Probe {
  const url = new URL(options.url);
  const secure = url.protocol === 'wss:';
  const target = { host: unbracketed(url.hostname), port: Number(url.port || (secure ? 443 : 80)) };
  const tls = createClientTls(options.tls);
  const own = dialer.over(wayOf(options));
  const maxMessage = options.maxMessage ?? DEFAULT_MAX_MESSAGE;
  const pattern = options.expect === '' ? undefined : RE2JS.compile(options.expect);
  const secrets = [url.username, url.password, url.search.slice(1), options.send, ...Object.values(options.headers)];
  const { redact } = createRedactor([...secrets, ...waySecrets(options)]);

  const connect = (run: ProbeRun, note: ProbeRun['onProgress']) =>
    secure
      ? own.dialTls(target, { ...tls.connectOptions(target.host), ALPNProtocols: ['http/1.1'] }, run.signal, note)
      : own.dial(target, run.signal, note);

  const request = (key: string, traceHeaders: ProbeRun['traceHeaders']) => {
    const authorization = basicCredentials(url);
    const headers: Record<string, string> = {
      host: url.host,
      'user-agent': userAgent,
      ...(authorization && { authorization }),
      ...traceHeaders,
      ...Object.fromEntries(Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value])),
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      ...(options.subprotocols.length > 0 && { 'sec-websocket-protocol': options.subprotocols.join(', ') }),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  };

  /** Reads messages until one will do. @returns what is wrong, where none will */
  async function converse(dialogue: Dialogue): Promise<Reason | undefined> {
    if (options.send !== '') dialogue.send(writeFrame(OPCODES.text, Buffer.from(options.send), randomBytes(4)));
    if (options.send === '' && pattern === undefined) return undefined;
    let last = '';
    const mismatch = () =>
      reason(
        'EXPECTATION_FAILED',
        `no message matches ${printable(options.expect, 200)}`,
        last && `came: ${redact(last)}`,
      );
    for (;;) {
      let message: Message;
      try {
        message = await receiveMessage(dialogue, maxMessage);
      } catch (error) {
        if (error instanceof OutOfTime && last !== '') return mismatch();
        throw error;
      }
      if ('closeCode' in message) {
        const why = message.closeCode === undefined ? '' : `with code ${message.closeCode}`;
        return last === ''
          ? reason('CONNECTION_CLOSED', `${url.host} closed the WebSocket before it had answered`, why)
          : mismatch();
      }
      last = message.text ?? `${message.bytes} bytes that are no text`;
      if (pattern === undefined || (message.text !== undefined && pattern.test(message.text))) return undefined;
    }
  }

  return {
    async run(run) {
      const startedMs = clock.monotonicMs();
      const elapsedMs = () => clock.monotonicMs() - startedMs;
      const notes = createNotes(run.onProgress);
      const late = new AbortController();
      const clearTimer = clock.after(lastLookMs(run.timeoutMs), () => late.abort(new OutOfTime()));
      let socket: Socket | undefined;
      let dialogue: Dialogue | undefined;
      try {
        const dialed = await connect(run, notes.take);
        socket = dialed.socket;
        dialogue = createDialogue(
          socket,
          AbortSignal.any([abortSignalOf(run.signal), late.signal]),
          maxMessage + 16 * 1024,
        );
        const key = randomBytes(16).toString('base64');
        const askedMs = clock.monotonicMs();
        dialogue.send(request(key, run.traceHeaders));
        const head = await dialogue.receive(readHead);
        notes.take({ phases: { ...dialed.phases, firstByteMs: clock.monotonicMs() - askedMs } });
        const why = faultOf(head, key, options.subprotocols) ?? (await converse(dialogue));
        const latencyMs = elapsedMs();
        if (head.status === 101) await sayGoodbye(dialogue, maxMessage, clock.after);
        run.signal.throwIfAborted();
        const said = reason('OK', options.send === '' && pattern === undefined ? 'opened' : 'answered as expected');
        return notes.addTo({ outcome: why === undefined ? 'HEALTHY' : 'UNHEALTHY', reason: why ?? said, latencyMs });
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        // Nothing came, so the deadline may say it.
        if (error instanceof OutOfTime) return await deadline(run.signal);
        return notes.addTo(failure(error, url.host, elapsedMs(), redact));
      } finally {
        clearTimer();
        dialogue?.end();
        if (socket) await closed(socket);
      }
    },
    // A socket does not outlive its run.
    close: async () => {},
  };
}

/** Rejects with the reason of the signal once it fires. */
function deadline(signal: Cancellation): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** The last head: informational ones may come before it, and mean nothing to who did not ask (RFC 9110, section 15.2). */
function readHead(bytes: Buffer): { readonly value: Head; readonly length: number } | undefined {
  for (let start = 0; ; ) {
    const head = readOneHead(bytes.subarray(start));
    if (head === undefined) return undefined;
    start += head.length;
    if (head.value.status >= 200 || head.value.status === 101) return { value: head.value, length: start };
  }
}

function readOneHead(bytes: Buffer): { readonly value: Head; readonly length: number } | undefined {
  const text = bytes.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  if (bytes.length > 8 && !text.startsWith('HTTP/1.')) throw new ProtocolFault('no HTTP');
  if (end === null) return undefined;
  const [line = '', ...rows] = text.slice(0, end.index).split(/\r?\n/);
  const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)/.exec(line)?.[1]);
  if (Number.isNaN(status)) throw new ProtocolFault('no HTTP');
  const headers = rows.map((row): [string, string] => [
    row.split(':')[0]!.trim().toLowerCase(),
    row.slice(row.indexOf(':') + 1).trim(),
  ]);
  return { value: { status, headers: new Map(headers) }, length: end.index + end[0].length };
}

/** RFC 6455, section 4.1: what the answer to the handshake must be. */
function faultOf({ status, headers }: Head, key: string, offered: readonly string[]): Reason | undefined {
  if (status !== 101) return reason('UNEXPECTED_STATUS', `answered ${status}, expected 101`);
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  const chosen = headers.get('sec-websocket-protocol');
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') throw new ProtocolFault('a 101 to something else');
  if (headers.get('sec-websocket-accept') !== accept) throw new ProtocolFault('a 101 that accepts another key');
  if (headers.has('sec-websocket-extensions')) throw new ProtocolFault('extensions that nobody offered');
  if (chosen !== undefined && !offered.includes(chosen)) throw new ProtocolFault('a subprotocol that nobody offered');
  if (chosen === undefined && offered.length > 0)
    return reason('EXPECTATION_FAILED', 'the server chose none of the subprotocols');
  return undefined;
}

/** `text` is undefined for a binary one. */
type Message =
  | { readonly text: string | undefined; readonly bytes: number }
  | { readonly closeCode: number | undefined };

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A whole message, however it is cut; pings are answered on the way. */
async function receiveMessage(dialogue: Dialogue, maxMessage: number): Promise<Message> {
  const parts: Buffer[] = [];
  let size = 0;
  let opcode: number | undefined;
  for (;;) {
    const frame: Frame = await dialogue.receive((bytes) => readFrame(bytes, maxMessage));
    if (frame.opcode === OPCODES.close) {
      return { closeCode: frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : undefined };
    }
    if (frame.opcode === OPCODES.ping) dialogue.send(writeFrame(OPCODES.pong, frame.payload, randomBytes(4)));
    if (frame.opcode >= OPCODES.close) continue;
    if ((frame.opcode === OPCODES.continuation) !== (opcode !== undefined))
      throw new ProtocolFault('fragments out of order');
    opcode ??= frame.opcode;
    size += frame.payload.length;
    if (size > maxMessage) throw new ProtocolFault('a message that is longer than max_message');
    parts.push(Buffer.from(frame.payload));
    if (!frame.isLast) continue;
    if (opcode === OPCODES.binary) return { text: undefined, bytes: size };
    try {
      return { text: UTF8.decode(Buffer.concat(parts)), bytes: size };
    } catch {
      throw new ProtocolFault('a text message that is not UTF-8');
    }
  }
}

/** Closes as RFC 6455, section 7.1.2, has it; gives up on who does not. Never throws. */
async function sayGoodbye(
  dialogue: Dialogue,
  maxMessage: number,
  after: ProbeContext['clock']['after'],
): Promise<void> {
  dialogue.send(writeFrame(OPCODES.close, NORMAL_CLOSURE, randomBytes(4)));
  const gone = Promise.withResolvers<void>();
  const clearTimer = after(CLOSE_WAIT_MS, gone.resolve);
  const answered = (async () => {
    for (;;) if ('closeCode' in (await receiveMessage(dialogue, maxMessage))) return;
  })().catch(() => {});
  await Promise.race([answered, gone.promise]);
  clearTimer();
}
