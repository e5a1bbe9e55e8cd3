// Which bodies are read: JSON in UTF-8, not compressed.
import type { IncomingHttpHeaders } from 'node:http';
import type { ConnectError } from '@connectrpc/connect';
import { refusal } from '../../errors/to-connect.ts';

/** Never two amounts of white space in a row: to tell them apart would take quadratic time. */
const JSON_IN_UTF8 = /^\s*application\/json\s*(?:;\s*(?:charset\s*=\s*"?utf-?8"?\s*(?:;\s*)?)?)?$/i;

/** What is wrong with the headers of a body; undefined when it can be read. */
export function findMediaFault(headers: IncomingHttpHeaders): ConnectError | undefined {
  const contentType = headers['content-type'];
  if (contentType === undefined || !JSON_IN_UTF8.test(contentType)) {
    return refusal('UNSUPPORTED_CONTENT_TYPE', { contentType, accepted: ['application/json'] });
  }
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined;
  return refusal('UNSUPPORTED_CONTENT_ENCODING', { encoding });
}
