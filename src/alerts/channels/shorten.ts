// Cuts texts to what a channel takes, and escapes them: in one step, since what is escaped is longer, and a cut through an escape
// or a character is neither. Where a limit is in "characters" nobody says of which kind; UTF-16 units are never fewer than code
// points, so what fits by them fits by either.

export interface Markup {
  /** What stands for one code point. */
  readonly escape: (character: string) => string;
  /** How long a text is by the channel's measure. */
  readonly size: (text: string) => number;
}

export const characters = (text: string): number => text.length;
export const bytes = (text: string): number => Buffer.byteLength(text);

export const PLAIN: Markup = { escape: (character) => character, size: characters };

/** By a table of characters; all others stand for themselves. */
export function escapeBy(table: Readonly<Record<string, string>>): Markup['escape'] {
  const escapes = new Map(Object.entries(table));
  return (character) => escapes.get(character) ?? character;
}

const MORE = '…';

/** The text, escaped; where that is longer than `limit`, its beginning with … */
export function shorten(text: string, limit: number, markup: Markup = PLAIN): string {
  const { size } = markup;
  let fitted = '';
  let length = 0;
  /** How much of `fitted` leaves room for the mark. */
  let short = '';
  const room = limit - size(MORE);
  for (const character of text.toWellFormed()) {
    const escaped = markup.escape(character);
    length += size(escaped);
    if (length > limit) return room < 0 ? '' : `${short}${MORE}`;
    fitted += escaped;
    if (length <= room) short = fitted;
  }
  return fitted;
}

/**
 * As many parts as shorten, in their order, with `separator` between. The first that does not is cut, and those behind it are left out.
 * @param render what a part looks like in at most so much; undefined where it makes no sense in that
 */
export function shortenAll<Part>(
  parts: readonly Part[],
  limit: number,
  {
    size,
    separator,
    render,
  }: {
    readonly size: Markup['size'];
    readonly separator: string;
    readonly render: (part: Part, room: number) => string | undefined;
  },
): string {
  let all = '';
  for (const part of parts) {
    const before = all === '' ? '' : separator;
    const room = limit - size(all) - size(before);
    const text = room > 0 ? render(part, room) : undefined;
    if (text === undefined || size(text) > room) break;
    all += before + text;
  }
  return all;
}
