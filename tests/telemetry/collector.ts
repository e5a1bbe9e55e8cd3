// Collectors for tests of how telemetry is sent: OTLP over HTTP, and over gRPC by grpc-js, in cleartext and over TLS, with a
// client certificate asked for or not. What came is kept as it came.
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Metadata, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import type { Identity } from '../support/certs.ts';

export interface CollectorTls {
  readonly identity: Identity;
  /** Asks for a client certificate of this authority. */
  readonly clientCa?: string;
}

export interface Received {
  /** Of the request, or of the gRPC method. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Without compression. */
  readonly body: Buffer;
}

export interface Collector {
  readonly port: number;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

export async function startHttpCollector(tls?: CollectorTls): Promise<Collector> {
  const received: Received[] = [];
  const onRequest: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.headers as Record<string, string>;
    const sent = Buffer.concat(chunks);
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    received.push({ path: request.url ?? '', headers, body });
    response.setHeader('content-type', headers['content-type'] ?? '').end();
  };
  const server =
    tls === undefined
      ? createHttpServer(onRequest)
      : createHttpsServer(
          { ...tls.identity, ...(tls.clientCa && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }) },
          onRequest,
        );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const SERVICES = ['trace.v1.TraceService', 'metrics.v1.MetricsService', 'logs.v1.LogsService'];
const asIs = (bytes: Buffer) => bytes;

export async function startGrpcCollector(tls?: CollectorTls): Promise<Collector> {
  const received: Received[] = [];
  const server = new Server();
  for (const service of SERVICES) {
    const path = `/opentelemetry.proto.collector.${service}/Export`;
    const definition: ServiceDefinition = {
      export: {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    };
    server.addService(definition, {
      export({ metadata, request }: { metadata: Metadata; request: Buffer }, done: (e: null, answer: Buffer) => void) {
        received.push({ path, headers: metadata.getMap() as Record<string, string>, body: request });
        done(null, Buffer.alloc(0));
      },
    });
  }
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          tls.clientCa === undefined ? null : Buffer.from(tls.clientCa),
          [{ cert_chain: Buffer.from(tls.identity.cert), private_key: Buffer.from(tls.identity.key) }],
          tls.clientCa !== undefined,
        );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
  return {
    port: await promise,
    received,
    async close() {
      server.forceShutdown();
    },
  };
}
