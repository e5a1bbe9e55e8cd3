// Receivers on loopback that do with a message what a test says, and know what they were sent.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { listen, type Upstream } from '../../support/upstreams/tcp.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What is done with a message: answered, answered with all that was sent or with the parts of its address, not answered, cut off, or answered with anything. */
export type Behaviour = Scripted | 'echo as 400' | 'echo parts as 400' | 'silence' | 'cut' | 'garbage' | 'endless';

export interface HttpReceiver extends Upstream {
  readonly url: string;
  readonly received: readonly Received[];
  /** Settles once so many requests have come. */
  receivedAtLeast(count: number): Promise<void>;
  /** For all requests from here on. */
  behave(behaviour: Behaviour | ((request: Received) => Behaviour)): void;
}

export async function startHttpReceiver(): Promise<HttpReceiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let behaviour: Behaviour | ((request: Received) => Behaviour) = { status: 200 };
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const one: Received = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    received.push(one);
    const does = typeof behaviour === 'function' ? behaviour(one) : behaviour;
    for (const check of waiting) check();
    if (does === 'silence') return;
    if (does === 'cut') request.socket.destroy();
    else if (does === 'garbage') request.socket.end('220 this is no HTTP\r\n\r\n');
    else if (does === 'endless') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    } else if (does === 'echo parts as 400') {
      const url = new URL(path, 'http://host');
      const parts = [...url.pathname.split('/').reverse(), ...url.searchParams.values()];
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`there is none of ${parts.join(' ')}`);
    } else if (does === 'echo as 400') {
      const echoed = [
        headers.authorization ?? '',
        decodeURIComponent(path),
        path,
        JSON.stringify(headers),
        one.body,
        `http://${headers.host}${path}`,
      ];
      response.writeHead(400, { 'content-type': 'text/plain' }).end(echoed.join('\n'));
    } else {
      const { status, headers: extra = {}, body = '' } = does;
      response.writeHead(status, { 'content-type': 'application/json', ...extra }).end(body);
    }
  });
  const upstream = await listen(server);
  return Object.assign(Object.create(upstream) as Upstream, {
    url: `http://127.0.0.1:${upstream.port}`,
    received,
    receivedAtLeast: (count: number) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (received.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    behave(next: Behaviour | ((request: Received) => Behaviour)) {
      behaviour = next;
    },
    async close() {
      server.closeAllConnections();
      await upstream.close();
    },
  });
}

/** A mail server that knows four commands, and answers the one that is named otherwise. */
export interface SmtpScript {
  /** Command, or `.` for the message, and what is said to it; `silence` and `cut` as above. `echo`: all that came, as 550. */
  readonly at?: string;
  readonly say?: string;
  /** Offers AUTH PLAIN. */
  readonly auth?: boolean;
}

export interface SmtpReceiver extends Upstream {
  /** Commands that came, the message as `.`. */
  readonly commands: readonly string[];
  commandCame(name: string): Promise<void>;
  behave(script: SmtpScript): void;
}

export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  const commands: string[] = [];
  const waiting = new Set<() => void>();
  let script: SmtpScript = {};
  const server = createTcpServer((socket: Socket) => {
    let buffer = '';
    let all = '';
    let isData = false;
    socket.on('error', () => {});
    socket.write('220 test ESMTP\r\n');
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      all += chunk.toString('latin1');
      for (;;) {
        const end = isData ? buffer.indexOf('\r\n.\r\n') : buffer.indexOf('\r\n');
        if (end < 0) return;
        const line = isData ? '.' : buffer.slice(0, end);
        buffer = buffer.slice(end + (isData ? 5 : 2));
        const name = line.split(' ')[0]!.toUpperCase();
        commands.push(line);
        for (const check of waiting) check();
        const said = script.at === name ? script.say : undefined;
        if (said === 'silence') continue;
        if (said === 'cut') {
          socket.destroy();
          return;
        }
        if (said === 'echo') socket.write(`550 ${all.replaceAll(/\r?\n/g, ' ')}\r\n`);
        else socket.write(`${said ?? usual(name, script.auth === true)}\r\n`);
        isData = name === 'DATA' && said === undefined;
        if (name === 'QUIT') socket.end();
      }
    });
  });
  const upstream = await listen(server);
  return Object.assign(Object.create(upstream) as Upstream, {
    commands,
    commandCame: (name: string) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!commands.some((line) => line.startsWith(name))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    behave(next: SmtpScript) {
      script = next;
    },
  });
}

function usual(command: string, hasAuth: boolean): string {
  if (command === 'EHLO') return hasAuth ? '250-test\r\n250 AUTH PLAIN' : '250 test';
  if (command === 'AUTH') return '235 welcome';
  if (command === 'DATA') return '354 go on';
  if (command === 'QUIT') return '221 bye';
  return '250 yes';
}

/** Settles once the other side has closed it. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}
