// Lines without any markup, for channels that have none.
import { type Markup, shorten, shortenAll } from './shorten.ts';
import type { Line, Link, Wording } from './wording.ts';

export function plainText(
  { lines, links }: Pick<Wording, 'lines' | 'links'>,
  limit: number,
  size: Markup['size'],
): string {
  const markup: Markup = { escape: (character) => character, size };
  return shortenAll<Line | Link>([...lines, ...links], limit, {
    size,
    separator: '\n',
    render(part, room) {
      if ('url' in part) return `${part.title}: ${part.url}`;
      return room > 20
        ? shorten(part.label === undefined ? part.text : `${part.label}: ${part.text}`, room, markup)
        : undefined;
    },
  });
}
