// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import type { Message } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import type { ConnectError } from '@connectrpc/connect';
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
    const body = this.#query.get('base64') === '1' ? Buffer.from(base64Decode(message)) : Buffer.from(message);
    return parse(body, 0, body.length);
  }
}
