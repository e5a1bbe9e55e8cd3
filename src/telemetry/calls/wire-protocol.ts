// The wire protocol of a call as telemetry names it.

export type WireProtocol = 'grpc' | 'grpc_web' | 'connect' | 'rest';

/** @param method `package.Service/Method` that was reached: Connect's path ends with it, REST's does not */
export function wireProtocolOf(contentType: string, path: string, method: string): WireProtocol {
  if (/^application\/grpc-web/i.test(contentType)) return 'grpc_web';
  if (/^application\/grpc/i.test(contentType)) return 'grpc';
  const query = path.indexOf('?');
  const bare = query < 0 ? path : path.slice(0, query);
  return bare.endsWith(method) ? 'connect' : 'rest';
}

/** The same of a request that reached no method, by what its caller must have meant; undefined where that was no call. */
export function wireProtocolOfRefused(contentType: string, path: string): WireProtocol | undefined {
  if (/^application\/grpc-web/i.test(contentType)) return 'grpc_web';
  if (/^application\/grpc/i.test(contentType)) return 'grpc';
  if (METHOD_PATH.test(path)) return 'connect';
  return REST_PATH.test(path) ? 'rest' : undefined;
}

const METHOD_PATH = /^\/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\/[A-Za-z_]\w*$/;
/** Paths of google.api.http begin with the version of the API (google.aip.dev/185). */
const REST_PATH = /^\/v\d\w*\//;
