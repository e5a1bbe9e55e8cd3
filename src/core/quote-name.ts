// A name that somebody else chose, in a message for people: on one line, not too long, and with nothing that a terminal obeys.

/** In single quotes. */
export function quoteName(name: string): string {
  return `'${shownName(name).replaceAll('\\"', '"')}'`;
}

/** What JSON leaves as it is though terminals obey it (DEL, C1 controls, direction marks) is escaped too. */
export function shownName(name: string, maxChars = MAX_CHARS): string {
  const text = JSON.stringify(shorten(name, maxChars)).slice(1, -1);
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As long as an id may be: of one that is near to another the end counts, too. */
const MAX_CHARS = 128;

const UNPRINTABLE = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Well-formed where it is cut. */
function shorten(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1).toWellFormed()}…`;
}
