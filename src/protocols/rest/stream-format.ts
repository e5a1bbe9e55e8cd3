// How a stream of messages looks: server-sent events for browsers (html.spec.whatwg.org, server-sent events), one JSON
// document in a line for everybody else. An error after the first message is the last thing in the stream.

export interface StreamFormat {
  readonly contentType: string;
  /** @param id Of the event, for a client that resumes. */
  readonly message: (json: string, id: string | undefined) => string;
  /** @param json A google.rpc.Status. */
  readonly error: (json: string) => string;
}

const SERVER_SENT_EVENTS: StreamFormat = {
  contentType: 'text/event-stream',
  message: (json, id) => (id === undefined ? `data: ${json}\n\n` : `id: ${id}\ndata: ${json}\n\n`),
  error: (json) => `event: error\ndata: ${json}\n\n`,
};

const JSON_LINES: StreamFormat = {
  contentType: 'application/x-ndjson',
  message: (json) => `${json}\n`,
  error: (json) => `{"error":${json}}\n`,
};

const EVENT_STREAM_RANGE = /(?:^|,)\s*text\/event-stream\s*(?:;([^,]*))?(?:,|$)/i;
const REFUSED = /(?:^|;)\s*q=0(?:\.0*)?\s*(?:;|$)/i;

/** @param accept The `Accept` header. */
export function chooseStreamFormat(accept: string | undefined): StreamFormat {
  const range = EVENT_STREAM_RANGE.exec(accept ?? '');
  return range !== null && !REFUSED.test(range[1] ?? '') ? SERVER_SENT_EVENTS : JSON_LINES;
}
