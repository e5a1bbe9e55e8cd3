// The wire protocol of a call as telemetry names it.

export type WireProtocol = 'grpc' | 'grpc_web' | 'connect' | 'rest';

/** @param method `package.Service/Method`, when the call reached one: Connect's path ends with it, REST's does not */
export function wireProtocolOf(contentType: string, path: string, method: string | undefined): WireProtocol {
  if (/^application\/grpc-web/i.test(contentType)) return 'grpc_web';
  if (/^application\/grpc/i.test(contentType)) return 'grpc';
  const query = path.indexOf('?');
  const bare = query < 0 ? path : path.slice(0, query);
  const isRpcPath = method === undefined ? METHOD_PATH.test(bare) : bare.endsWith(method);
  return isRpcPath ? 'connect' : 'rest';
}

const METHOD_PATH = /^\/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\/[A-Za-z_]\w*$/;
