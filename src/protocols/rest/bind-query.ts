// Query parameters into a message: each names a field by its dotted path. What no field takes is an error, since a
// filter with a typing error would otherwise answer more than was asked for.
import type { DescField } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Violation } from '../../errors/catalogue.ts';
import { type FieldPath, findFieldPath, formatFieldPath } from './field-path.ts';
import type { HttpBinding } from './http-rule.ts';
import type { NearestName } from './nearest-name.ts';
import { ValueError } from './scalar-value.ts';
import { otherMemberOf, ownerOf } from './set-field.ts';
import { shortValueParser } from './short-forms.ts';

/** More are not looked for. */
const MAX_FAULTS = 16;
const MAX_ECHO_CHARS = 128;

interface Parameter {
  readonly name: string;
  readonly text: string;
}

/** Fills the message and reports what is wrong. @param query Without the question mark; may be empty. */
export function bindQuery(
  message: ReflectMessage,
  query: string,
  binding: HttpBinding,
  nearestName: NearestName,
): readonly Violation[] {
  const faults: Violation[] = [];
  const seen = new Set<string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    if (faults.length >= MAX_FAULTS) break;
    const parameter = decodePair(pair);
    if (parameter === undefined) {
      const field = pair.split('=', 1)[0]!.slice(0, MAX_ECHO_CHARS);
      faults.push({ field, description: 'the escapes of this parameter are broken, or not UTF-8' });
      continue;
    }
    const description = bindParameter(message, parameter, { binding, nearestName, seen });
    if (description !== undefined) {
      faults.push({ field: parameter.name.slice(0, MAX_ECHO_CHARS) || 'query', description });
    }
  }
  return faults;
}

interface Binder {
  readonly binding: HttpBinding;
  readonly nearestName: NearestName;
  /** Paths of the fields that have a value from this query. */
  readonly seen: Set<string>;
}

/** @returns what is wrong with it. */
function bindParameter(
  message: ReflectMessage,
  { name, text }: Parameter,
  { binding, nearestName, seen }: Binder,
): string | undefined {
  const { body, variables } = binding;
  if (body === '*') return 'the body holds the whole request: there are no query parameters';
  const path = findFieldPath(message.desc, name, nearestName);
  if (typeof path === 'string') return path;
  if (body !== undefined && path[0] === body) return 'is in the body of the request, not in its query';
  if (variables.some((variable) => isPrefix(variable.path, path))) return 'is in the path of the request already';
  const field = path.at(-1)!;
  const parse = shortValueParser(field, nearestName);
  if (parse === undefined) return unbindable(field);
  const other = otherMemberOf(message, path);
  if (other !== undefined) return `only one of it and "${other}" may be there`;
  const id = formatFieldPath(path);
  if (field.fieldKind !== 'list' && seen.has(id)) return 'is there more than once, and takes one value';
  seen.add(id);
  try {
    const value = parse(text);
    const owner = ownerOf(message, path);
    if (field.fieldKind === 'list') owner.get(field).add(value);
    else owner.set(field, value);
    return undefined;
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
}

function unbindable(field: DescField): string {
  if (field.fieldKind === 'map') return 'is a map, which a query cannot hold';
  if (field.fieldKind === 'list') return 'is a list of messages, which a query cannot hold';
  return 'is a message: name a field of it, with a dot between';
}

function isPrefix(prefix: FieldPath, path: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((field, index) => field === path[index]);
}

function decodePair(pair: string): Parameter | undefined {
  const equals = pair.indexOf('=');
  try {
    const name = decodeText(equals === -1 ? pair : pair.slice(0, equals));
    return { name, text: equals === -1 ? '' : decodeText(pair.slice(equals + 1)) };
  } catch {
    return undefined;
  }
}

/** @throws URIError */
function decodeText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
