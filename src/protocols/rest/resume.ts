// Streams that a reader can go on with: each message has an id, and a browser that lost the stream sends the last one in
// `Last-Event-ID` when it comes back (html.spec.whatwg.org, server-sent events).
import { type DescMethod, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { invalidField } from '../../errors/to-connect.ts';
import { scalarParser, ValueError } from './scalar-value.ts';

export interface ResumableStream {
  readonly method: DescMethod;
  /** The id of a message; undefined where a reader cannot go on behind it. */
  readonly eventId: (message: Message) => string | undefined;
  /** Name of the scalar field of the request that takes the id. */
  readonly lastEventIdField: string;
}

export const LAST_EVENT_ID = 'last-event-id';

/** It beats the query: a browser comes back with the URL that it began with. @throws INVALID_REQUEST */
export function bindLastEventId({ method, lastEventIdField }: ResumableStream, message: Message, id: string): void {
  const target: ReflectMessage = reflect(method.input, message);
  const field = method.input.fields.find(({ name }) => name === lastEventIdField);
  if (field?.fieldKind !== 'scalar') throw new TypeError(`${method} has no scalar field ${lastEventIdField}`);
  try {
    target.set(field, scalarParser(field.scalar ?? ScalarType.STRING)(id));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const description = `the header Last-Event-ID ${error.message}`;
    throw invalidField(lastEventIdField, description);
  }
}
