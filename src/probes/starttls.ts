// Asks a server to go on in TLS, in the words of its protocol. It stands alone since both kinds that look at certificates and ports do so,
// and since each protocol is a row: what is said, and what must come.

import type { Socket } from 'node:net';
import { StartTls } from '../../gen/openk/config/v1/config_pb.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { createDialogue, type Dialogue, readLine } from './dialogue.ts';
import { ProtocolFault } from './reason.ts';

/** The server says that it does not go on in TLS, or that it does not serve us at all. */
export class StartTlsRefused extends Error {
  override readonly name = 'StartTlsRefused';
  readonly code = 'STARTTLS_REFUSED';
  readonly evidence: string;
  /** @param came the server's own words */
  constructor(came: string) {
    super('the server does not go on in TLS');
    this.evidence = `came: ${came}`;
  }
}

/** Says what has to be said before the handshake; undefined where nothing has to. The socket stays the caller's. */
export function startTlsBy(protocol: StartTls): ((socket: Socket, signal: Cancellation) => Promise<void>) | undefined {
  const ask = ASKING[protocol];
  if (ask === undefined) return undefined;
  return async (socket, signal) => {
    const dialogue = createDialogue(socket, signal);
    let left = 0;
    try {
      await ask(dialogue);
    } finally {
      left = dialogue.end();
    }
    // What came in cleartext behind the last word is not to be taken for what comes in TLS (CVE-2011-0411).
    if (left > 0) throw new ProtocolFault('it goes on in cleartext where TLS was to begin');
  };
}

type Asking = (dialogue: Dialogue) => Promise<void>;

/** Requests of LDAP: ExtendedRequest with the OID of StartTLS (RFC 4511, section 4.14). */
const LDAP_START_TLS = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1'),
]);
/** SSLRequest (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
const POSTGRES_SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

const ASKING: Partial<Record<StartTls, Asking>> = {
  [StartTls.SMTP]: async (dialogue) => {
    await replied(dialogue, '220');
    dialogue.send('EHLO openk.invalid\r\n');
    await replied(dialogue, '250');
    dialogue.send('STARTTLS\r\n');
    await replied(dialogue, '220');
  },
  [StartTls.FTP]: async (dialogue) => {
    await replied(dialogue, '220');
    dialogue.send('AUTH TLS\r\n');
    await replied(dialogue, '234');
  },
  [StartTls.IMAP]: async (dialogue) => {
    await said(dialogue, (line) => (line.startsWith('* ') ? /^\* OK\b/i.test(line) : undefined));
    dialogue.send('a STARTTLS\r\n');
    // Untagged lines may come between.
    await said(dialogue, (line) => (/^a /i.test(line) ? /^a OK\b/i.test(line) : undefined));
  },
  [StartTls.POP3]: async (dialogue) => {
    await said(dialogue, (line) => line.startsWith('+OK'));
    dialogue.send('STLS\r\n');
    await said(dialogue, (line) => line.startsWith('+OK'));
  },
  [StartTls.POSTGRES]: async (dialogue) => {
    dialogue.send(POSTGRES_SSL_REQUEST);
    const answer = await dialogue.receive((bytes) =>
      bytes.length === 0 ? undefined : { value: bytes.toString('latin1', 0, 1), length: 1 },
    );
    if (answer !== 'S') throw new StartTlsRefused(answer === 'N' ? 'N, no TLS' : answer);
  },
  [StartTls.LDAP]: async (dialogue) => {
    dialogue.send(LDAP_START_TLS);
    const code = await dialogue.receive(readLdapResult);
    if (code !== 0) throw new StartTlsRefused(`result code ${code}`);
  },
};

const MAX_LINES = 100;

/**
 * A reply of SMTP or FTP, which may have several lines: `250-a`, `250 b` (RFC 5321, section 4.2.1). Between the first and the last of them FTP has
 * any text (RFC 959, section 4.2).
 */
async function replied(dialogue: Dialogue, code: string): Promise<void> {
  const first = await dialogue.receive(readLine);
  if (!/^\d{3}([ -]|$)/.test(first)) throw new ProtocolFault('it does not speak the protocol of starttls', first);
  const isLast = (line: string) => line.startsWith(first.slice(0, 3)) && line[3] !== '-';
  let last = first;
  for (let lines = 1; !isLast(last); lines++) {
    if (lines === MAX_LINES) throw new ProtocolFault('it says too much before it has answered');
    last = await dialogue.receive(readLine);
  }
  if (!last.startsWith(code)) throw new StartTlsRefused(last);
}

/** @param isGood undefined for a line that says nothing about it */
async function said(dialogue: Dialogue, isGood: (line: string) => boolean | undefined): Promise<void> {
  for (let lines = 0; lines < MAX_LINES; lines++) {
    const line = await dialogue.receive(readLine);
    const good = isGood(line);
    if (good === true) return;
    if (good === false) throw new StartTlsRefused(line);
    if (!/^[*+]/.test(line)) throw new ProtocolFault('it does not speak the protocol of starttls', line);
  }
  throw new ProtocolFault('it says too much before it has answered');
}

/** The result code of an ExtendedResponse (RFC 4511, section 4.12): [APPLICATION 24], whose first part is an ENUMERATED. */
function readLdapResult(bytes: Buffer): { readonly value: number; readonly length: number } | undefined {
  if (bytes.length > 0 && bytes[0] !== 0x30) throw new ProtocolFault('it does not speak the protocol of starttls');
  const message = readBer(bytes, 0);
  if (message === undefined) return undefined;
  const id = readBer(bytes, message.start);
  const response = id && readBer(bytes, id.end);
  const code = response?.tag === 0x78 ? readBer(bytes, response.start) : undefined;
  if (code?.tag !== 0x0a) throw new ProtocolFault('it does not speak the protocol of starttls');
  return { value: bytes[code.start] ?? 0, length: message.end };
}

/** One element of BER with a definite length; undefined when it is not all there. */
function readBer(bytes: Buffer, at: number): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first & 0x80 ? first & 0x7f : 0;
  if (lengthBytes > 4) throw new ProtocolFault('it does not speak the protocol of starttls');
  const start = at + 2 + lengthBytes;
  if (bytes.length < start) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  return bytes.length < start + length ? undefined : { tag, start, end: start + length };
}
