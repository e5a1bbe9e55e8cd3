// The text of a variable, out of the segments of a path. One segment is unescaped whole; of several, `%2F` stays
// escaped, or it could not be distinguished from the slashes between them (google/api/http.proto, "Path template syntax").
import type { Variable } from './path-template.ts';

/** Undefined when its escapes are broken or not UTF-8. */
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
