// A server that speaks list and watch as a kube-apiserver does: pages, resource versions, bookmarks, 410 for what is forgotten, 403 by path. What it
// answers was compared with a kube-apiserver 1.37.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface KubernetesServer {
  readonly url: string;
  /** Paths with queries that were asked for, in order. */
  readonly asked: readonly string[];
  readonly openWatches: number;
  readonly openSockets: number;
  put(path: string, object: { metadata: { name: string; namespace?: string } } & Record<string, unknown>): void;
  remove(path: string, name: string): void;
  /** Sends a bookmark to all who watch. */
  bookmark(): void;
  /** Forgets everything that was before now: who watches from there gets 410. */
  compact(): void;
  /** Ends all connections. */
  cut(): void;
  /** Status for a path from now on; 0: the connection ends without an answer; undefined: as usual. */
  answer(path: string, status: number | undefined): void;
  /** The same, for watches alone. */
  answerWatch(path: string, status: number | undefined): void;
  /** In place of a list. */
  answerList(path: string, body: object): void;
  /** Settles once somebody watches this path. */
  watched(path: string): Promise<void>;
  close(): Promise<void>;
}

interface Stored {
  version: number;
  object: { metadata: Record<string, unknown> } & Record<string, unknown>;
}

interface Event {
  readonly version: number;
  readonly path: string;
  readonly line: string;
}

export async function startKubernetesServer(pageSize = 2): Promise<KubernetesServer> {
  let version = 100;
  let oldest = 0;
  const collections = new Map<string, Map<string, Stored>>();
  const events: Event[] = [];
  const watches = new Map<ServerResponse, string>();
  const statuses = new Map<string, number>();
  const watchStatuses = new Map<string, number>();
  const lists = new Map<string, object>();
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let waiting: { path: string; resolve: () => void }[] = [];

  const status = (response: ServerResponse, code: number, message: string) =>
    response
      .writeHead(code, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'Status', status: 'Failure', message, code }));
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const { pathname: path, searchParams } = new URL(request.url!, 'http://server');
    const forced = statuses.get(path);
    if (forced === 0) return void request.socket.destroy();
    if (forced !== undefined) return void status(response, forced, 'not today');
    const stored = [...(collections.get(path)?.values() ?? [])];
    const list = lists.get(path);
    if (searchParams.get('watch') !== '1' && list !== undefined)
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
    if (searchParams.get('watch') !== '1') {
      const [at, from] = (searchParams.get('continue') ?? `${version} 0`).split(' ').map(Number) as [number, number];
      if (at < oldest) return void status(response, 410, 'The provided continue parameter is too old');
      const items = stored.slice(from, from + pageSize).map(({ object }) => object);
      const more = from + pageSize < stored.length;
      const metadata = { resourceVersion: String(at), ...(more && { continue: `${at} ${from + pageSize}` }) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ metadata, items }));
      return;
    }
    const forWatch = watchStatuses.get(path);
    if (forWatch !== undefined) return void status(response, forWatch, 'not today');
    const since = Number(searchParams.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (since < oldest) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    response.flushHeaders();
    for (const event of events) if (event.path === path && event.version > since) response.write(event.line);
    watches.set(response, path);
    response.once('close', () => watches.delete(response));
    waiting = waiting.filter((one) => {
      if (one.path === path) one.resolve();
      return one.path !== path;
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));

  const happened = (type: string, path: string, object: object) => {
    const line = `${JSON.stringify({ type, object })}\n`;
    events.push({ version, path, line });
    for (const [response, its] of watches) {
      // In two pieces: a line may come in any.
      if (its === path) response.write(line.slice(0, 20));
      if (its === path) response.write(line.slice(20));
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get openWatches() {
      return watches.size;
    },
    get openSockets() {
      return sockets.size;
    },
    put(path, object) {
      version++;
      const collection = collections.get(path) ?? new Map<string, Stored>();
      collections.set(path, collection);
      const { name } = object.metadata;
      const type = collection.has(name) ? 'MODIFIED' : 'ADDED';
      const whole = {
        ...object,
        metadata: { namespace: 'shop', ...object.metadata, resourceVersion: String(version) },
      };
      collection.set(name, { version, object: whole });
      happened(type, path, whole);
    },
    remove(path, name) {
      version++;
      const { object } = collections.get(path)!.get(name)!;
      collections.get(path)!.delete(name);
      happened('DELETED', path, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    },
    bookmark() {
      version++;
      const object = { metadata: { resourceVersion: String(version) } };
      for (const response of watches.keys()) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
    compact() {
      version++;
      oldest = version;
      events.length = 0;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    answer(path, code) {
      if (code === undefined) statuses.delete(path);
      else statuses.set(path, code);
    },
    answerWatch(path, code) {
      if (code === undefined) watchStatuses.delete(path);
      else watchStatuses.set(path, code);
    },
    answerList(path, body) {
      lists.set(path, body);
    },
    watched(path) {
      if ([...watches.values()].includes(path)) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ path, resolve }));
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
