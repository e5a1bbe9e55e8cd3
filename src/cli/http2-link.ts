// A way to a server over HTTP/2 that can be dropped whole: what commands ask over, and instances each other.
import type { Http2Session, SecureClientSessionOptions } from 'node:http2';
import type { Interceptor, Transport } from '@connectrpc/connect';
import { createGrpcTransport, type GrpcTransportOptions, Http2SessionManager } from '@connectrpc/connect-node';
import { keepNativeSession } from '../http2/keep-native-session.ts';

/** Largest message taken from a server: about 100,000 components with ordinary reasons. */
export const READ_MAX_BYTES = 64 * 1024 * 1024;

export interface TransportOptions {
  readonly baseUrl: string;
  readonly readMaxBytes: number;
  readonly interceptors: Interceptor[];
}

export interface Link {
  readonly transport: Transport;
  readonly drop: () => void;
}

export function sendToken(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}

/** @param tls for https:// */
export function overHttp2(options: TransportOptions, tls: SecureClientSessionOptions): Link {
  const createManager = () => new Http2SessionManager(options.baseUrl, {}, tls);
  let manager = createManager();
  let session: Http2Session | undefined;

  const sessionManager: Required<GrpcTransportOptions>['sessionManager'] = {
    authority: manager.authority,
    async request(...args) {
      const stream = await manager.request(...args);
      if (stream.session !== undefined && stream.session !== session) {
        session = stream.session;
        // Both would end the process: an error that is still on its way when the manager has stopped listening, and Node.
        session.on('error', () => {});
        keepNativeSession(session);
      }
      return stream;
    },
    notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
  };
  return {
    transport: createGrpcTransport({ ...options, sessionManager }),
    drop() {
      session?.destroy();
      manager.abort();
      // The old one may still learn of its end after a new call began.
      manager = createManager();
    },
  };
}
