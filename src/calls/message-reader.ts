// The bytes of a request into its message, with what is looked at before and what is tried where it cannot be read: the same
// for the pipeline, and for Connect's own handlers, which then read it once more (readable-request.ts).
import type { DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { isTooDeep, MAX_JSON_DEPTH } from './json-depth.ts';
import { findForeignValue, MAY_BE_FAULTY } from './json-values.ts';

/** @param error what the reader of JSON says of the text */
export type ExplainUnread = (method: DescMethod, text: string, error: unknown) => unknown;

/** The same request so that it can be read; undefined where there is no way. */
export type MendRequest = (method: DescMethod, bytes: Uint8Array, isBinary: boolean) => Uint8Array | undefined;

export interface OnUnread {
  /** Asked first. */
  readonly mend?: MendRequest | undefined;
  /** Makes another error of what the reader of JSON says. */
  readonly explain?: ExplainUnread | undefined;
}

export interface ReadMessage {
  readonly message: Message;
  /** What was read, where that is not what came. */
  readonly mended?: Uint8Array;
}

/** @throws ConnectError */
export type MessageReader = (bytes: Uint8Array) => ReadMessage;

/** @param parse Connect's own */
export function createMessageReader(
  method: DescMethod,
  isBinary: boolean,
  parse: (bytes: Uint8Array) => Message,
  { mend, explain = (_method, _text, error) => error }: OnUnread = {},
): MessageReader {
  const readMended = (bytes: Uint8Array, error: unknown): ReadMessage => {
    try {
      const mended = mend?.(method, bytes, isBinary);
      if (mended !== undefined) return { message: parse(mended), mended };
    } catch {
      // What is wrong is said of what came.
    }
    throw isBinary ? error : explain(method, UTF8.decode(bytes), error);
  };
  return (bytes) => {
    if (!isBinary && isTooDeep(bytes)) throw tooDeep(method.input);
    try {
      const message = parse(bytes);
      if (!isBinary) checkValues(method.input, bytes);
      return { message };
    } catch (error) {
      return readMended(bytes, error);
    }
  };
}

/** @throws ConnectError for a value that the JSON mapping does not have */
function checkValues(desc: DescMessage, bytes: Uint8Array): void {
  const text = UTF8.decode(bytes);
  const fault = MAY_BE_FAULTY.test(text) ? findForeignValue(desc, JSON.parse(text)) : undefined;
  if (fault !== undefined) throw new ConnectError(fault, Code.InvalidArgument);
}

/** In the words of the reader, which other parts know. */
function tooDeep({ typeName }: DescMessage): ConnectError {
  const reason = `it is nested more than ${MAX_JSON_DEPTH} levels deep`;
  return new ConnectError(`cannot decode message ${typeName} from JSON: ${reason}`, Code.InvalidArgument);
}

/** As Connect decodes: without the byte order mark. */
const UTF8 = new TextDecoder();
