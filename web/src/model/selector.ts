// What a selector takes of what the page knows: requirements with commas between, as the server reads them (docs/api.md).
import type { About } from '../feed/messages.ts';

type Test = (about: Pick<About, 'id' | 'labels'>) => boolean;

const ID = /^id(==?|!=)([A-Za-z0-9*][A-Za-z0-9._*-]{0,127})$/;
const LABEL = /^(?!id(?:$|[=!]))([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?)(?:(==?|!=)(.*))?$/s;

/** Undefined for text that is no selector. */
export function readSelector(text: string): Test | undefined {
  const tests = text.split(',').map((part) => readRequirement(part.trim()));
  if (!tests.every((test) => test !== undefined)) return undefined;
  return (about) => tests.every((test) => test(about));
}

function readRequirement(text: string): Test | undefined {
  const [, sign, pattern] = ID.exec(text) ?? [];
  if (pattern !== undefined) {
    return ({ id }) => meets(id, pattern) === (sign !== '!=');
  }
  const [, key, operator, value] = LABEL.exec(text) ?? [];
  if (key === undefined) return undefined;
  return ({ labels }) => meetsLabel(labels, key, operator, value);
}

/** `!=` is met where there is no such label, too; without an operator any value is right. */
export function meetsLabel(labels: About['labels'], key: string, operator?: string, value?: string): boolean {
  const isThere = Object.hasOwn(labels, key);
  return operator === undefined ? isThere : (isThere && labels[key] === value) === (operator !== '!=');
}

/** Without a regular expression, whose time a pattern of many stars could multiply. */
function meets(id: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return id === pattern;
  if (!id.startsWith(first) || !id.slice(first.length).endsWith(last)) return false;
  let free = id.slice(first.length, id.length - last.length);
  for (const part of rest) {
    const found = free.indexOf(part);
    if (found < 0) return false;
    free = free.slice(found + part.length);
  }
  return true;
}
