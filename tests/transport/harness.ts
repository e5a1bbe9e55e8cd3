// A running server for tests, in cleartext or with TLS, and what tests ask of it.
import '../support/one-realm.ts';
import { pino } from 'pino';
import { createServer, type OpenkServer, type ServerOptions } from '../../src/transport/server.ts';
import { createCertificates } from '../support/certs.ts';
import { createErrorInterceptor } from '../support/error-interceptor.ts';
import { eventually } from '../support/eventually.ts';
import { createOpenAdmission, NO_COMPONENTS } from '../support/open-admission.ts';
import { createWireService, type WireService } from '../support/wire-service.ts';

export type Transport = 'cleartext' | 'tls';
export const TRANSPORTS: readonly Transport[] = ['cleartext', 'tls'];

export interface TestServer {
  readonly server: OpenkServer;
  readonly url: string;
  /** Authority to trust; undefined for cleartext. */
  readonly ca: string | undefined;
  readonly service: WireService;
  readonly draining: AbortController;
  /** Lines of the log, parsed. */
  readonly log: readonly Record<string, unknown>[];
}

export async function startServer(transport: Transport, overrides: Partial<ServerOptions> = {}): Promise<TestServer> {
  const { ca, server: identity } = await createCertificates();
  const draining = new AbortController();
  const service = createWireService(draining.signal);
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) });
  const server = await createServer({
    listen: { host: '127.0.0.1', port: 0 },
    ...(transport === 'tls' && { tls: identity }),
    admission: createOpenAdmission(),
    corsOrigins: [],
    requestBytes: 65_536,
    drainTimeoutMs: 10_000,
    routes: service.routes,
    interceptors: [
      createErrorInterceptor({ logDefect: (id, error, method) => logger.error({ id, err: error, method }, 'defect') }),
    ],
    health: {
      readerOf: () => NO_COMPONENTS,
      readiness: { checks: () => [], notices: () => [] },
    },
    draining,
    logger,
    ...overrides,
  });
  const url = await server.listen();
  return { server, url, ca: transport === 'tls' ? ca : undefined, service, draining, log };
}

export const noConnections = ({ server }: TestServer) => eventually(() => server.connections() === 0);
export const noCalls = ({ server }: TestServer) => eventually(() => server.openCalls() === 0);
