// An HTTP proxy on loopback, in front of whatever a test has: it connects by CONNECT, forwards absolute forms, and wants credentials
// where a test says so.
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listen, type Upstream } from './tcp.ts';

export interface ProxyUpstream extends Upstream {
  /** `METHOD target` of each request, with the name of who asks where there is one. */
  readonly asked: readonly string[];
}

export interface ProxyOptions {
  /** `name:password` */
  readonly credentials?: string;
  /** What it answers to each CONNECT instead of connecting: a status line, or bytes that are no HTTP. */
  readonly answer?: string;
  /** Where a name leads, as `host:port` of loopback. */
  readonly places?: Readonly<Record<string, number>>;
}

export async function startProxy({ credentials, answer, places = {} }: ProxyOptions = {}): Promise<ProxyUpstream> {
  const asked: string[] = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const isRefused = ({ headers }: IncomingMessage) => wanted !== undefined && headers['proxy-authorization'] !== wanted;
  const portOf = (authority: string) => places[authority] ?? Number(authority.replace(/^.*:/, ''));
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`);
    if (isRefused(request)) return void response.writeHead(407).end();
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = ask(
      { port: portOf(url.host), path: url.pathname, method: request.method ?? 'GET', headers },
      (came) => {
        response.writeHead(came.statusCode ?? 500, came.headers);
        came.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    if (answer !== undefined) return void socket.end(answer);
    if (isRefused(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const onward = connect(portOf(request.url ?? ''), '127.0.0.1');
    onward.on('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
    socket.on('close', () => onward.destroy());
  });
  return Object.assign(await listen(server), { asked });
}
