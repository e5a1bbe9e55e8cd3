// A badge: a name and a word, as an SVG of its own that loads nothing.
import type { StatusEntry } from '../../../gen/openk/status/v1/status_pb.ts';
import { escapeText, type StatusWords, statusWords } from './words.ts';

const COLOURS: Readonly<Record<StatusWords['kind'], string>> = {
  up: '#1a7f37',
  degraded: '#8a5c00',
  down: '#c21f2b',
  maintenance: '#0860c4',
  unknown: '#59636e',
};
const LABEL_COLOUR = '#24292f';
const CHAR_WIDTH = 6.6;
const PADDING = 7;
const MAX_NAME_CHARS = 60;

/** Of an entry; the same for whatever there is not, or is hidden. */
export function renderBadge(entry: Pick<StatusEntry, 'name' | 'status'> | undefined): string {
  if (entry === undefined) return badge('status', 'unknown', 'unknown');
  const { kind, word } = statusWords(entry.status);
  // Code points: half of a surrogate pair is no letter.
  const chars = [...entry.name];
  const name = chars.length > MAX_NAME_CHARS ? `${chars.slice(0, MAX_NAME_CHARS - 1).join('')}…` : entry.name;
  return badge(name, word.toLowerCase(), kind);
}

function badge(label: string, word: string, kind: StatusWords['kind']): string {
  const left = widthOf(label);
  const right = widthOf(word);
  const width = left + right;
  const text = escapeText(`${label}: ${word}`);
  const words = (at: number, room: number, shown: string) =>
    `<text x="${at}" y="14" text-anchor="middle" textLength="${room - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">${escapeText(shown)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" viewBox="0 0 ${width} 20" role="img" aria-label="${text}">
<title>${text}</title>
<clipPath id="r"><rect width="${width}" height="20" rx="4"/></clipPath>
<g clip-path="url(#r)"><rect width="${left}" height="20" fill="${LABEL_COLOUR}"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[kind]}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${words(left / 2, left, label)}${words(left + right / 2, right, word)}</g>
</svg>
`;
}

/** Wide letters of East Asia take the room of two. */
function widthOf(text: string): number {
  let chars = 0;
  for (const char of text) chars += char.codePointAt(0)! >= 0x2e80 ? 1.7 : 1;
  return Math.round(chars * CHAR_WIDTH + 2 * PADDING);
}
