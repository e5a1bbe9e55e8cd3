// Where the fault in a JSON message is, as REST reports it of its bodies.
import { createRegistry, type JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ExplainUnread } from '../calls/message-reader.ts';
import { invalidField } from '../errors/to-connect.ts';
import { findJsonFault } from './rest/json-fault.ts';
import type { NearestName } from './rest/nearest-name.ts';

/** It is read all over again to find the place: of a longer one that would keep others waiting. */
const MAX_CHARS = 65_536;
/** INVALID_REQUEST with the path of the field; what is no JSON at all stays as it is. */
export function createExplainJson(nearestName: NearestName): ExplainUnread {
  // No request holds an `Any`.
  const search = { registry: createRegistry(), nearestName };
  return (method, text, error) => {
    if (!(error instanceof ConnectError) || error.code !== Code.InvalidArgument || text.length > MAX_CHARS)
      return error;
    let json: JsonValue;
    try {
      json = JSON.parse(text);
    } catch {
      return error;
    }
    const fault = findJsonFault(method.input, json, search);
    return fault === undefined ? error : invalidField(fault.field, fault.description);
  };
}
