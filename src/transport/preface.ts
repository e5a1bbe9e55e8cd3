// Which HTTP a cleartext connection speaks, from its first bytes. HTTP/2 with prior knowledge opens with a preface of 24
// bytes that no HTTP/1.1 request can begin with (RFC 9113, section 3.4); the first byte that differs decides.
import type { Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/**
 * Reads until it knows, puts everything back, and calls `decide` once, with what it has read. Never calls it for a connection that ends before.
 * What it holds is bounded by the preface and one read.
 */
export function detectProtocol(socket: Socket, decide: (protocol: 'http1' | 'http2', first: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let matched = 0;

  const settle = (protocol: 'http1' | 'http2') => {
    socket.off('readable', onReadable);
    // Once, and only here: an unshift before the decision would make `readable` fire again at once, for ever.
    const first = Buffer.concat(chunks);
    socket.unshift(first);
    decide(protocol, first);
  };
  const onReadable = () => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      chunks.push(chunk);
      const compared = Math.min(chunk.length, PREFACE.length - matched);
      if (chunk.compare(PREFACE, matched, matched + compared, 0, compared) !== 0) return settle('http1');
      matched += compared;
      if (matched === PREFACE.length) return settle('http2');
    }
  };
  socket.on('readable', onReadable);
}

/**
 * Makes one piece of what was read of a socket that nobody listens to: Node hands it to a session of HTTP/2 piece by piece, also
 * where the first has ended it, which would end the process.
 */
export function joinBuffered(socket: Socket): Buffer {
  const buffered: Buffer | null = socket.read(socket.readableLength);
  if (buffered === null) return Buffer.alloc(0);
  socket.unshift(buffered);
  return buffered;
}
