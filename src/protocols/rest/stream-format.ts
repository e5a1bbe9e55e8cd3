// How a stream of messages looks: server-sent events for browsers (html.spec.whatwg.org, server-sent events), one JSON
// document in a line for everybody else. An error after the first message is the last thing in the stream.
import { Body } from '../../calls/envelope.ts';

export interface StreamFormat {
  readonly contentType: string;
  /** @param json A document. @param id Of the event, for a client that resumes. */
  readonly message: (json: Uint8Array, id: string | undefined) => Body;
  /** @param json A google.rpc.Status. */
  readonly error: (json: string) => Body;
}

const bodyOf = (...parts: readonly (string | Uint8Array)[]) =>
  new Body(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));

const SERVER_SENT_EVENTS: StreamFormat = {
  contentType: 'text/event-stream',
  message: (json, id) => bodyOf(id === undefined ? 'data: ' : `id: ${id}\ndata: `, json, '\n\n'),
  error: (json) => bodyOf(`event: error\ndata: ${json}\n\n`),
};

const JSON_LINES: StreamFormat = {
  contentType: 'application/x-ndjson',
  message: (json) => bodyOf(json, '\n'),
  error: (json) => bodyOf(`{"error":${json}}\n`),
};

export const STREAM_FORMATS = { events: SERVER_SENT_EVENTS, lines: JSON_LINES };

const EVENT_STREAM_RANGE = /(?:^|,)\s*text\/event-stream\s*(?:;([^,]*))?(?:,|$)/i;
const REFUSED = /(?:^|;)\s*q=0(?:\.0*)?\s*(?:;|$)/i;

/** @param accept The `Accept` header. */
export function chooseStreamFormat(accept: string | undefined): keyof typeof STREAM_FORMATS {
  const range = EVENT_STREAM_RANGE.exec(accept ?? '');
  return range !== null && !REFUSED.test(range[1] ?? '') ? 'events' : 'lines';
}
