// Where the fault in a JSON message is, as REST tells it of its bodies.
import { createRegistry, type JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { nearestName } from '../core/nearest.ts';
import { invalidField } from '../rpc/errors.ts';
import { findJsonFault } from './rest/json-fault.ts';
import type { ExplainUnread } from './wire/codec.ts';

/** No request holds an `Any`. */
const SEARCH = { registry: createRegistry(), nearestName };

/** INVALID_REQUEST with the path of the field; what is no JSON at all stays as it is. */
export const explainJson: ExplainUnread = (method, text, error) => {
  if (!(error instanceof ConnectError) || error.code !== Code.InvalidArgument) return error;
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    return error;
  }
  const { field, description } = findJsonFault(method.input, json, error, SEARCH);
  return invalidField(field === 'body' ? '' : field, description);
};
