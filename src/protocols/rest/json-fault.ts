// Where in a JSON body the fault is. The JSON reader of protobuf-es names the innermost field only; callers need the way
// to it. Looked for after a failure, so that good requests pay nothing.
import { createRegistry, type DescField, type DescMessage, type JsonValue, type Registry } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { readJson } from '../../calls/json-values.ts';
import type { ExplainUnread } from '../../calls/message-reader.ts';
import type { Violation } from '../../errors/catalogue.ts';
import { invalidField } from '../../errors/to-connect.ts';
import { findField, unknownField } from './field-path.ts';
import { findValueFault, isValueMessage } from './field-value.ts';
import type { NearestName } from './nearest-name.ts';

/** Each level reads what is below it again. Deeper faults are reported at this level. */
const MAX_LEVELS = 8;

export interface FaultSearch {
  /** Types that `google.protobuf.Any` may hold. */
  readonly registry: Registry;
  readonly nearestName: NearestName;
  /** What is wrong with one value; undefined where that is for the reader to say. */
  readonly findValueFault?: typeof findValueFault;
}

/** `field` is empty where it is the whole. Undefined where each field by itself is right. */
export function findJsonFault(
  desc: DescMessage,
  json: JsonValue,
  search: FaultSearch,
  path: readonly string[] = [],
): Violation | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { field: formatPath(path), description: `must be a JSON object (${desc.typeName})` };
  }
  for (const [key, value] of Object.entries(json)) {
    const field = findField(desc, key);
    if (field === undefined) {
      const names = path.filter((name) => !name.startsWith('['));
      return {
        field: formatPath([...path, key.slice(0, 128)]),
        description: unknownField(desc, names, key, search.nearestName),
      };
    }
    const error = readFailure(desc, { [key]: value }, search.registry);
    if (error !== undefined) return findInField(field, key, value, [...path, field.name], error, search);
  }
  return undefined;
}

function findInField(
  field: DescField,
  key: string,
  json: JsonValue,
  path: readonly string[],
  error: unknown,
  search: FaultSearch,
): Violation {
  if (field.fieldKind !== 'list' && field.fieldKind !== 'map') return findInValue(field, json, path, error, search);
  const isList = field.fieldKind === 'list';
  if (typeof json !== 'object' || json === null || isList !== Array.isArray(json)) {
    return { field: formatPath(path), description: isList ? 'must be a list' : 'must be a JSON object' };
  }
  for (const [place, value] of Object.entries(json)) {
    const one = { [key]: isList ? [value] : { [place]: value } };
    const elementError = readFailure(field.parent, one, search.registry);
    if (elementError === undefined) continue;
    return findInValue(field, value, [...path, `[${place.slice(0, 128)}]`], elementError, search);
  }
  return { field: formatPath(path), description: readerMessage(error) };
}

function findInValue(
  field: DescField,
  json: JsonValue,
  path: readonly string[],
  error: unknown,
  search: FaultSearch,
): Violation {
  const { message } = field;
  if (message !== undefined && !isValueMessage(message) && path.length < MAX_LEVELS) {
    const inner = findJsonFault(message, json, search, path);
    if (inner !== undefined) return inner;
  }
  const describe = search.findValueFault ?? findValueFault;
  return { field: formatPath(path), description: describe(field, json, search.nearestName) ?? readerMessage(error) };
}

function readFailure(desc: DescMessage, json: JsonValue, registry: Registry): unknown {
  try {
    readJson(desc, json, registry);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Without the part that names types of the inside. */
export function readerMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^cannot decode .*? from JSON: /s, '');
}

function formatPath(path: readonly string[]): string {
  return path.join('.').replaceAll('.[', '[');
}

/** It is read all over again to find the place: of a longer one that would keep others waiting. */
const MAX_CHARS = 65_536;

/** The same for Connect: INVALID_REQUEST with the path of the field; what is no JSON at all stays as it is. */
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
