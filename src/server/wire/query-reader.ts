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
    const message = this.#query.get('message') ?? '';
    const body = Buffer.from(this.#query.get('base64') === '1' ? decode(message) : message);
    return parse(body, 0, body.length);
  }
}

function decode(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch {
    // Connect's own handlers say `internal`, as if the server were at fault.
    throw new ConnectError(
      'the query parameter message is not base64, and base64=1 says that it is',
      Code.InvalidArgument,
    );
  }
}
