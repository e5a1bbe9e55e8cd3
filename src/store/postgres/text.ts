// A text of PostgreSQL holds every character but one.

/** With a sign in the place of what it cannot hold. A probe's answer may have it. */
export function toText(value: string): string {
  return value.includes('\0') ? value.replaceAll('\0', '␀') : value;
}
