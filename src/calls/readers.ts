// Requests of which no body is read.
import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { RequestReader } from './protocol.ts';

const ignore = () => true;

/** What the request asks for is known before its body comes. */
export function knownReader(message: RequestReader['message']): RequestReader {
  return { isRefused: false, push: ignore, end: ignore, message };
}

export function refusedReader(reason: ConnectError): RequestReader {
  const message = (): Message => {
    throw reason;
  };
  return { isRefused: true, push: ignore, end: ignore, message };
}
