// HTTP/2 clients on Node's own http2, for what no RPC client would ever do.
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { FLAG, FRAME_BYTES, frame, headersFrame, opening, requestFields, TYPE } from './http2-frames.ts';
import { openRawSocket } from './raw-socket.ts';

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A session that is past its SETTINGS. Errors of the session are left to `closed`. */
export async function openHttp2(url: string, ca: string | undefined, io?: Duplex): Promise<ClientHttp2Session> {
  const session = connect(url, {
    ...(ca !== undefined && { ca }),
    ...(io !== undefined && { createConnection: () => io }),
  });
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  return session;
}

/** The answer to one request; rejects when the stream is reset. */
export async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return readAnswer(stream);
}

export async function readAnswer(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  let body = '';
  for await (const chunk of stream.setEncoding('utf8')) body += chunk;
  return { status: Number(headers[':status']), headers, body };
}

/** The `grpc-status` of an answer, in its trailers or alone in its head (PROTOCOL-HTTP2.md, Trailers-Only). Rejects when the stream ends without one. */
export function grpcStatusOf(stream: ClientHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = ({ 'grpc-status': status }: IncomingHttpHeaders) => {
      if (status !== undefined) resolve(String(status));
    };
    stream.on('response', look).on('trailers', look);
    stream.on('close', () => reject(new Error('the stream has ended without a grpc-status')));
  });
}

/** A connection that sends each byte by itself, with a turn of the event loop between them. */
export async function openByteByByte(
  url: string,
  ca: string | undefined,
  protocol: 'h2' | 'http/1.1',
): Promise<Duplex> {
  const { socket } = await openRawSocket(url, { ...(ca !== undefined && { ca }), protocol });
  const io = new Duplex({
    read: () => {
      socket.resume();
    },
    async write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) {
        socket.write(Buffer.of(byte));
        await setImmediate();
      }
      done();
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => io.push(chunk));
  socket.on('end', () => io.push(null));
  socket.on('close', () => io.destroy());
  return io;
}

/** A whole POST as the first bytes of a connection: preface, SETTINGS, HEADERS and DATA. */
export function oneFlight(path: string, contentType: string, body: Buffer): Buffer {
  const frames = [headersFrame(1, requestFields('POST', path, { 'content-type': contentType }))];
  for (let from = 0; from < body.length; from += FRAME_BYTES) {
    const isLast = from + FRAME_BYTES >= body.length;
    frames.push(frame(TYPE.data, isLast ? FLAG.endStream : 0, 1, body.subarray(from, from + FRAME_BYTES)));
  }
  return Buffer.concat([opening(), ...frames]);
}
