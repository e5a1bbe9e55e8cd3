// Where in a JSON body the fault is. The JSON reader of protobuf-es names the innermost field only; callers need the way
// to it. Looked for after a failure, so that good requests pay nothing.
import type { DescField, DescMessage, JsonValue, Registry } from '@bufbuild/protobuf';
import { readJson } from '../../calls/json-times.ts';
import type { Violation } from '../../errors/catalogue.ts';
import { findField, unknownField } from './field-path.ts';
import { isValueMessage, valueParser } from './field-value.ts';
import type { NearestName } from './nearest-name.ts';

/** Each level reads what is below it again. Deeper faults are told at this level. */
const MAX_LEVELS = 8;

export interface FaultSearch {
  readonly registry: Registry;
  readonly nearestName: NearestName;
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
    if (error !== undefined) return findInField(field, value, [...path, field.name], error, search);
  }
  return undefined;
}

function findInField(
  field: DescField,
  json: JsonValue,
  path: readonly string[],
  error: unknown,
  search: FaultSearch,
): Violation {
  const description = findTextFault(field, json, search) ?? readerMessage(error);
  const here = { field: formatPath(path), description };
  const { message } = field;
  if (message === undefined || isValueMessage(message) || path.length >= MAX_LEVELS) return here;
  if (field.fieldKind === 'message') return findJsonFault(message, json, search, path) ?? here;
  if (typeof json !== 'object' || json === null) return here;
  for (const [key, value] of Object.entries(json)) {
    if (readFailure(message, value, search.registry) === undefined) continue;
    return findJsonFault(message, value, search, [...path, `[${key.slice(0, 128)}]`]) ?? here;
  }
  return here;
}

/** What queries say of the same text, which names what would be right. */
function findTextFault(field: DescField, json: JsonValue, { nearestName }: FaultSearch): string | undefined {
  const parse = valueParser(field, nearestName);
  try {
    for (const text of Array.isArray(json) ? json : [json]) if (typeof text === 'string') parse?.(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
