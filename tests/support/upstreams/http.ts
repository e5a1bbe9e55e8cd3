// An HTTP server on loopback, in cleartext or over TLS (then with HTTP/2 too where asked), that remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { Server } from 'node:net';
import { listen, type Upstream } from './tcp.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** For example `1.1`. */
  readonly version: string;
}

export interface HttpUpstream extends Upstream {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
}

export interface HttpUpstreamOptions {
  readonly tls?: ServerOptions;
  readonly http2?: boolean;
}

export async function startHttp(handler: RequestListener, options: HttpUpstreamOptions = {}): Promise<HttpUpstream> {
  const requests: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers, httpVersion: version } = request;
      requests.push({ method, path, headers, version, body: Buffer.concat(chunks).toString() });
      handler(request, response);
    });
  };
  const upstream = await listen(createHttpServer(listener, options));
  return Object.defineProperties(upstream as HttpUpstream, {
    url: { value: `${options.tls ? 'https' : 'http'}://${upstream.target}/` },
    requests: { value: requests },
  });
}

function createHttpServer(listener: RequestListener, { tls, http2 }: HttpUpstreamOptions): Server {
  // Idle connections stay open, so that a test sees the prober's own choice.
  if (tls === undefined) return createServer({ keepAliveTimeout: 0 }, listener);
  if (!http2) {
    const server = createTlsServer({ ...tls, keepAliveTimeout: 0 }, listener);
    return server.on('tlsClientError', () => {});
  }
  const server: Http2SecureServer = createSecureServer({ ...tls, allowHTTP1: true });
  server.on('request', listener as never);
  return server;
}
