// The path templates of google.api.http: `"/" segments [":" verb]` with `*`, `**`, `{field}` and `{field=segments}`
// (google/api/http.proto, "Path template syntax"). Knows no field and no route.

/** One place in a path. `any` is one segment (`*`), `rest` is all that follow, also none (`**`, always the last). */
export type Segment =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'rest' };

/** Which segments of a path make the value of a field. */
export interface Variable {
  /** As in the template, for example `book.name`. */
  readonly fieldPath: string;
  /** First segment. */
  readonly start: number;
  /** Behind the last segment; undefined: to the end of the path. */
  readonly end: number | undefined;
  /** Whether it stands for several segments, and keeps `%2F` escaped for that. */
  readonly isMulti: boolean;
}

export interface PathTemplate {
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** Without the colon; empty when there is none. */
  readonly verb: string;
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Characters of a segment (RFC 3986, pchar) without the colon, which begins the verb. */
const LITERAL = /(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})+/y;
const FIELD_PATH = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y;

/** @throws TemplateError that says what is wrong, and where. */
export function parsePathTemplate(text: string): PathTemplate {
  const segments: Segment[] = [];
  const variables: Variable[] = [];
  let position = 0;

  const fail = (what: string): never => {
    throw new TemplateError(`path template ${JSON.stringify(text)}, character ${position + 1}: ${what}`);
  };
  const take = (token: string): boolean => {
    if (!text.startsWith(token, position)) return false;
    position += token.length;
    return true;
  };
  const match = (pattern: RegExp, what: string): string => {
    pattern.lastIndex = position;
    const [found] = pattern.exec(text) ?? fail(`${what} is missing`);
    position += found.length;
    return found;
  };
  const literal = (what: string): string => {
    const found = match(LITERAL, what);
    return decode(found) ?? fail('the escapes are not UTF-8');
  };

  const segment = (isInVariable: boolean): void => {
    if (segments.at(-1)?.kind === 'rest') fail('nothing but a verb may follow "**"');
    if (take('**')) segments.push({ kind: 'rest' });
    else if (take('*')) segments.push({ kind: 'any' });
    else if (!take('{')) segments.push({ kind: 'literal', value: literal('a segment') });
    else if (isInVariable) fail('a variable may not hold another one');
    else variable();
  };
  const segmentList = (isInVariable: boolean): void => {
    do segment(isInVariable);
    while (take('/'));
  };
  const variable = (): void => {
    const start = segments.length;
    const fieldPath = match(FIELD_PATH, 'the name of a field');
    if (variables.some((other) => other.fieldPath === fieldPath)) fail(`the variable "${fieldPath}" is there twice`);
    if (take('=')) segmentList(true);
    else segments.push({ kind: 'any' });
    if (!take('}')) fail('"}" is missing');
    const isToEnd = segments.at(-1)?.kind === 'rest';
    const end = isToEnd ? undefined : segments.length;
    variables.push({ fieldPath, start, end, isMulti: isToEnd || segments.length - start > 1 });
  };

  if (!take('/')) fail('it must begin with "/"');
  segmentList(false);
  const verb = take(':') ? literal('the verb') : '';
  if (position < text.length) fail(`unexpected ${JSON.stringify(text.charAt(position))}`);
  return { segments, variables, verb };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The text of a variable; undefined when its escapes are broken or not UTF-8. One segment is unescaped whole; of several, `%2F`
 * stays escaped, or it could not be distinguished from the slashes between them.
 */
export function variableText(segments: readonly string[], { start, end, isMulti }: Variable): string | undefined {
  try {
    if (!isMulti) return decodeURIComponent(segments[start] ?? '');
    return segments.slice(start, end).map(unescapeAllButSlash).join('/');
  } catch {
    return undefined;
  }
}

/** @throws URIError */
function unescapeAllButSlash(segment: string): string {
  return segment
    .split(/(%2[Ff])/)
    .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
    .join('');
}
