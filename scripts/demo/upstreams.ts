// A handful of small real servers for the demo, some of them flaky. Each listens on a free port of the loopback.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../../gen/grpc/health/v1/health_pb.ts';
import { createCertificates } from '../../tests/support/certs.ts';

export interface Upstream {
  /** HOST:PORT */
  readonly target: string;
  close(): void;
}

export async function startUpstreams() {
  const certificates = await createCertificates();
  const soon = await certificates.issueServer({ notAfter: new Date(Date.now() + 5 * 86_400_000) });
  return {
    payments: await startFlippingGrpc(15_000),
    shop: await startFlakyHttp(),
    cache: await listen(createTcpServer((socket) => socket.on('error', () => socket.destroy()).end('+PONG\r\n'))),
    mail: await listen(createTlsServer({ cert: soon.cert, key: soon.key }, (socket) => socket.end())),
    mailCa: certificates.ca,
  };
}

/** A gRPC server that tells by Health/Watch, at once, when it goes out of service and comes back. */
async function startFlippingGrpc(periodMs: number): Promise<Upstream> {
  const status = () => (Math.floor(Date.now() / periodMs) % 3 === 0 ? Serving.NOT_SERVING : Serving.SERVING);
  const flips = new EventTarget();
  const timer = setInterval(() => flips.dispatchEvent(new Event('tick')), 200);
  const adapter = connectNodeAdapter({
    routes: (router) =>
      router.service(Health, {
        check: () => ({ status: status() }),
        async *watch(_request, { signal }) {
          for (let told: Serving | undefined; !signal.aborted; await nextTick(flips, signal)) {
            if (told !== status()) yield { status: status() };
            told = status();
          }
        },
      }),
  });
  const upstream = await listen(createHttp2Server(adapter));
  const close = () => {
    clearInterval(timer);
    upstream.close();
  };
  return { ...upstream, close };
}

function nextTick(flips: EventTarget, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  flips.addEventListener('tick', () => resolve(), { once: true, signal });
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

/** An HTTP server that answers slowly now and then, says that it does without its search, and sometimes that it is down. */
function startFlakyHttp(): Promise<Upstream> {
  const server = createHttpServer((_request, response) => {
    const mood = Math.floor(Date.now() / 10_000) % 4;
    const answer = () => {
      response.writeHead(mood === 3 ? 503 : 200, { 'content-type': 'application/json' });
      const dependencies = { database: mood === 3 ? 'down' : 'up', search: mood === 2 ? 'down' : 'up' };
      response.end(JSON.stringify({ state: mood === 3 ? 'down' : 'up', dependencies }));
    };
    setTimeout(answer, mood === 1 ? 400 : 5);
  });
  return listen(server);
}

export async function listen(server: Server | Http2Server): Promise<Upstream> {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  const close = () => {
    server.close();
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    for (const session of sessions) session.destroy();
  };
  return { target: `localhost:${(server.address() as AddressInfo).port}`, close };
}
