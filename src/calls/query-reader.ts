// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import type { Message } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Parse, RequestReader } from './request-reader.ts';

export class QueryReader implements RequestReader {
  readonly #query: URLSearchParams;
  readonly #fault: ConnectError | undefined;

  /** @param fault What is wrong before anything is read. */
  constructor(query: URLSearchParams, fault: ConnectError | undefined) {
    this.#query = query;
    this.#fault = fault;
  }

  push(): boolean {
    return true;
  }

  end(): void {}

  *messages(parse: Parse): Generator<Message, void> {
    yield this.single(parse);
  }

  single(parse: Parse): Message {
    if (this.#fault !== undefined) throw this.#fault;
    const body = readQueryMessage(this.#query);
    return parse(body, 0, body.length);
  }
}

/** @throws ConnectError for base64 that is none. Connect's own handlers say `internal` of it, as if the server were at fault. */
export function readQueryMessage(query: URLSearchParams): Buffer {
  const message = query.get('message') ?? '';
  if (query.get('base64') !== '1') return Buffer.from(message);
  try {
    return Buffer.from(base64Decode(message));
  } catch {
    throw new ConnectError(
      'the query parameter message is no base64, and base64=1 says that it is',
      Code.InvalidArgument,
    );
  }
}
