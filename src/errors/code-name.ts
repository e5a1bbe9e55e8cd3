import { Code } from '@connectrpc/connect';

/** As gRPC writes it (grpc.io/docs/guides/status-codes). The numbers are the same in Connect. */
export function codeName(code: number): string {
  if (code === Code.Canceled) return 'CANCELLED';
  const name = Code[code];
  return name === undefined ? 'UNKNOWN' : name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
