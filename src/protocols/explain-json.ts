// Where the fault in a JSON message is, as REST tells it of its bodies.
import { createRegistry, type JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ExplainUnread } from '../calls/message-reader.ts';
import { nearestName } from '../core/nearest.ts';
import { invalidField } from '../errors/to-connect.ts';
import { findJsonFault } from './rest/json-fault.ts';

/** It is read all over again to find the place: of a longer one that would keep others waiting. */
const MAX_CHARS = 65_536;
/** No request holds an `Any`. */
const SEARCH = { registry: createRegistry(), nearestName };

/** INVALID_REQUEST with the path of the field; what is no JSON at all stays as it is. */
export const explainJson: ExplainUnread = (method, text, error) => {
  if (!(error instanceof ConnectError) || error.code !== Code.InvalidArgument || text.length > MAX_CHARS) return error;
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    return error;
  }
  const fault = findJsonFault(method.input, json, SEARCH);
  return fault === undefined ? error : invalidField(fault.field, fault.description);
};
