// Text on its way to a terminal. Reasons and ids come from servers and from what they watch, so that they may hold
// escape sequences; they reach the terminal as harmless text only.
import { once } from 'node:events';
import type { Output } from './context.ts';

/** Control characters, and the marks that turn the direction of text around. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line that cannot move the cursor, change colours or reorder what is around it. */
export function printable(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(UNPRINTABLE, '\ufffd').trim();
}

/** JSON on one line. What JSON leaves as it is though terminals obey it (DEL and C1 controls) is escaped too. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Writes, and waits while the reader is behind: nothing piles up. Ends early, without an error, with `signal`. */
export async function write(output: Output, text: string, signal: AbortSignal): Promise<void> {
  if (output.destroyed || output.write(text) || signal.aborted) return;
  try {
    await once(output, 'drain', { signal });
  } catch {
    // The reader went away, or nobody waits for it any more. Who owns the output hears of it by itself.
  }
}
