// The HTML that chats take: what is bold, and what is a link.
import { escapeBy, type Markup, shorten, shortenAll } from './shorten.ts';
import type { Line, Link, Wording } from './wording.ts';

const ESCAPE = escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' });

/** @param size how the channel measures, and `limit` by it @param lineBreak what separates lines */
export function htmlText(
  { title, lines, links }: Wording,
  limit: number,
  { size, lineBreak }: { readonly size: Markup['size']; readonly lineBreak: string },
): string {
  const markup: Markup = { escape: ESCAPE, size };
  const render = (part: Line | Link, room: number) => {
    if ('url' in part) return `<a href="${escaped(part.url)}">${shorten(part.title, 200, markup)}</a>`;
    const before = part.label === undefined ? '' : `<b>${part.label}:</b> `;
    const left = room - size(before);
    return left > 10 ? before + shorten(part.text, left, markup) : undefined;
  };
  const heading = `<b>${shorten(title, Math.floor(limit / 4), markup)}</b>`;
  const rest = shortenAll<Line | Link>([...lines, ...links], limit - size(heading) - size(lineBreak), {
    size,
    separator: lineBreak,
    render,
  });
  return rest === '' ? heading : heading + lineBreak + rest;
}

function escaped(text: string): string {
  return Array.from(text, ESCAPE).join('');
}
