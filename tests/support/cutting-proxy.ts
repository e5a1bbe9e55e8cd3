// A proxy on a real socket in front of a real OpenK, which breaks streams in the ways proxies do: it cuts them, ends them in
// good order too early, or answers in the server's place. Unary calls pass. It stands alone since it knows HTTP and envelopes only.
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

type Head = Readonly<Record<string, string | number>>;

/** What the proxy makes of an answer whose first message is `first`. */
export interface Fault {
  /** Instead of the server's own; undefined: none at all. */
  readonly head?: (own: Head) => Head | undefined;
  readonly body?: (first: Buffer) => Buffer;
  readonly trailers?: Head;
  /** `close`, `reset`: of the connection; `rst`: RST_STREAM with `code`; `goaway`: with `code`, and the connection is closed. */
  readonly end: 'end' | 'close' | 'reset' | 'rst' | 'goaway';
  readonly code?: number;
}

export interface CuttingProxy {
  readonly url: string;
  /** Bodies of the WatchHealth requests that came, without their envelopes. */
  readonly watchRequests: readonly Buffer[];
  readonly connections: number;
  /** Breaks each of the next streams so, in order, as it opens; those after them pass. */
  breakNext(...faults: readonly Fault[]): void;
  /** Ends each stream that passes, behind its latest message. */
  cut(how: 'end' | 'close' | 'reset'): void;
  close(): Promise<void>;
}

interface Answer {
  readonly head: Head;
  readonly body: Readable;
  readonly trailers: () => Head;
  readonly abandon: () => void;
}

/** One answer on its way to the client, of either version of HTTP. */
interface Client {
  write(part: Buffer): void;
  begin(head: Head): void;
  end(trailers: Head): void;
  break(fault: Pick<Fault, 'end' | 'code'>): void;
  readonly gone: Promise<unknown>;
}

const ENVELOPE_BYTES = 5;

export async function startCuttingProxy(options: {
  readonly http: '1.1' | '2';
  readonly target: string;
}): Promise<CuttingProxy> {
  const target = new URL(options.target);
  const sockets = new Set<Socket>();
  const upstreams = new Set<ClientHttp2Session>();
  const passing = new Set<Client>();
  const watchRequests: Buffer[] = [];
  const faults: Fault[] = [];

  const serve = async (path: string, ask: () => Promise<Answer>, client: Client, request: Buffer) => {
    const isWatch = path.endsWith('/WatchHealth');
    if (isWatch) watchRequests.push(request.subarray(ENVELOPE_BYTES));
    const fault = isWatch ? faults.shift() : undefined;
    const answer = await ask();
    answer.body.on('error', () => {});
    void client.gone.then(answer.abandon);
    if (fault !== undefined) {
      const first = await firstMessage(answer.body);
      answer.abandon();
      const head = fault.head === undefined ? answer.head : fault.head(answer.head);
      if (head !== undefined) client.begin(head);
      const body = fault.body?.(first) ?? Buffer.alloc(0);
      if (head !== undefined && body.length > 0) client.write(body);
      if (fault.end === 'end') client.end(fault.trailers ?? {});
      // What was written is to arrive first.
      else setImmediate(() => setImmediate(() => client.break(fault)));
      return;
    }
    client.begin(answer.head);
    if (isWatch) passing.add(client);
    void client.gone.then(() => passing.delete(client));
    for await (const part of answer.body) client.write(part);
    client.end(answer.trailers());
  };

  const server = options.http === '1.1' ? overHttp1() : overHttp2();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function overHttp1(): Server {
    return createHttpServer(async (request, response) => {
      response.on('error', () => {});
      const body = await buffer(request);
      const client: Client = {
        begin({ ':status': status, ...head }) {
          response.writeHead(Number(status), head);
          response.flushHeaders();
        },
        write: (part) => void response.write(part),
        end: () => void response.end(),
        break: ({ end }) => {
          if (end === 'reset') request.socket.resetAndDestroy();
          else request.socket.destroy();
        },
        gone: new Promise((resolve) => response.once('close', () => resolve(undefined))),
      };
      const ask = async (): Promise<Answer> => {
        const { method, url, headers } = request;
        const onwards = httpRequest({
          host: target.hostname,
          port: target.port,
          method,
          path: url,
          headers: { ...headers, host: target.host },
          agent: false,
        });
        onwards.on('error', () => {});
        onwards.end(body);
        const [answer] = (await once(onwards, 'response')) as [IncomingMessage];
        const { connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, ...head } = answer.headers;
        return {
          head: { ':status': answer.statusCode ?? 0, ...(head as Head) },
          body: answer,
          trailers: () => ({}),
          abandon: () => void answer.destroy(),
        };
      };
      await serve(request.url ?? '', ask, client, body).catch(() => response.destroy());
    });
  }

  function overHttp2(): Http2Server {
    const http2 = createHttp2Server();
    http2.on('sessionError', () => {});
    http2.on('session', (session: Http2Session) => session.on('error', () => {}));
    http2.on('stream', async (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => {});
      const { session } = stream;
      const body = await buffer(stream);
      let trailers: Head = {};
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      const client: Client = {
        begin: (head) => void (stream.destroyed || stream.respond(head, { waitForTrailers: true })),
        write: (part) => void (stream.destroyed || stream.write(part)),
        end(last) {
          trailers = last;
          stream.end();
        },
        break({ end, code = 0 }) {
          if (end === 'rst') return stream.close(code);
          if (end === 'goaway') session?.goaway(code);
          const socket = [...sockets].find(({ remotePort }) => remotePort === session?.socket?.remotePort);
          if (end === 'reset') socket?.resetAndDestroy();
          else setImmediate(() => socket?.destroySoon());
        },
        gone: new Promise((resolve) => stream.once('close', () => resolve(undefined))),
      };
      const ask = async (): Promise<Answer> => {
        const upstream = connectHttp2(target.origin);
        upstream.on('error', () => {});
        upstreams.add(upstream);
        upstream.once('close', () => upstreams.delete(upstream));
        const { ':method': method, ':path': path, ':authority': _a, ':scheme': _s, ...rest } = headers;
        const onwards = upstream.request({ ...rest, ':method': method, ':path': path });
        onwards.on('error', () => {});
        let last: Head = {};
        onwards.once('trailers', (received) => {
          last = withoutSymbols(received);
        });
        onwards.end(body);
        const [head] = (await once(onwards, 'response')) as [Head];
        return {
          head: withoutSymbols(head),
          body: onwards,
          trailers: () => last,
          abandon: () => upstream.destroy(),
        };
      };
      await serve(String(headers[':path']), ask, client, body).catch(() => stream.destroy());
    });
    return http2;
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watchRequests,
    get connections() {
      return sockets.size;
    },
    breakNext: (...next) => void faults.push(...next),
    cut(how) {
      for (const client of [...passing]) {
        passing.delete(client);
        if (how === 'end') client.end({});
        else client.break({ end: how });
      }
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      for (const upstream of upstreams) upstream.destroy();
      await closed;
    },
  };
}

/** Reads the first enveloped message, with its envelope; what there is where the answer ends before it. */
async function firstMessage(body: Readable): Promise<Buffer> {
  let all = Buffer.alloc(0);
  for await (const part of body.iterator({ destroyOnReturn: false })) {
    all = Buffer.concat([all, part]);
    if (all.length < ENVELOPE_BYTES) continue;
    const end = ENVELOPE_BYTES + all.readUInt32BE(1);
    if (all.length >= end) return all.subarray(0, end);
  }
  return all;
}

/** Node keeps what is sensitive under a symbol, which no answer may have. */
function withoutSymbols(head: object): Head {
  return Object.fromEntries(Object.entries(head)) as Head;
}
