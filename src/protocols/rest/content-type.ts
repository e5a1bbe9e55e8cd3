// Which bodies are read: JSON in UTF-8, not compressed.
import type { IncomingHttpHeaders } from 'node:http';

/** Never two amounts of white space in a row: to tell them apart would take quadratic time. */
const JSON_IN_UTF8 = /^\s*application\/json\s*(?:;\s*(?:charset\s*=\s*"?utf-?8"?\s*(?:;\s*)?)?)?$/i;
const MAX_ECHO_CHARS = 128;

export interface MediaFault {
  readonly reason: string;
  /** For people. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is wrong with the headers of a body; undefined when it can be read. */
export function findMediaFault(headers: IncomingHttpHeaders): MediaFault | undefined {
  const contentType = headers['content-type'];
  if (contentType === undefined || !JSON_IN_UTF8.test(contentType)) {
    const is = contentType === undefined ? 'missing' : JSON.stringify(contentType.slice(0, MAX_ECHO_CHARS));
    return {
      reason: 'UNSUPPORTED_CONTENT_TYPE',
      message: `Content-Type is ${is}: send application/json`,
      headers: { 'accept-post': 'application/json' },
    };
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return {
      reason: 'UNSUPPORTED_CONTENT_ENCODING',
      message: `Content-Encoding is ${JSON.stringify(encoding.slice(0, MAX_ECHO_CHARS))}: send the body as it is`,
      headers: { 'accept-encoding': 'identity' },
    };
  }
  return undefined;
}
