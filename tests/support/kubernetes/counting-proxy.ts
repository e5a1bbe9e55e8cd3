// What stands between OpenK and a kube-apiserver: it passes everything on, counts what the server says of itself, and can be a network that is gone.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  readonly counts: {
    lists: number;
    watches: number;
    events: number;
    bookmarks: number;
    /** 410, as a status or as an event. */
    gone: number;
  };
  readonly openWatches: number;
  /** Ends all connections, and refuses others until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startCountingProxy(port: number): Promise<CountingProxy> {
  const counts = { lists: 0, watches: 0, events: 0, bookmarks: 0, gone: 0 };
  const watches = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((request, response) => {
    const isWatch = request.url?.includes('watch=1') === true;
    const { method, url: path, headers } = request;
    const upstream = httpsRequest({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false });
    upstream.on('error', () => response.destroy());
    response.on('error', () => upstream.destroy());
    response.on('close', () => {
      watches.delete(response);
      upstream.destroy();
    });
    if (isWatch) watches.add(response);
    counts[isWatch ? 'watches' : 'lists']++;
    upstream.on('response', (answer) => {
      if (answer.statusCode === 410) counts.gone++;
      answer.on('error', () => response.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      if (isWatch) countEvents(answer);
      answer.pipe(response);
    });
    request.pipe(upstream);
  });
  const countEvents = (answer: NodeJS.ReadableStream) => {
    let rest = '';
    answer.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        counts.events++;
        if (line.startsWith('{"type":"BOOKMARK"')) counts.bookmarks++;
        if (line.startsWith('{"type":"ERROR"') && /"code":410\b/.test(line)) counts.gone++;
      }
    });
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (isCut) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    get openWatches() {
      return watches.size;
    },
    cut() {
      isCut = true;
      cut();
    },
    mend() {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
