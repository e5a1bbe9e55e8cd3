// How long somebody asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date. Some say fractions of seconds.

/** What is longer is not believed: a message that is a day old is given up. */
const MAX_MS = 24 * 3_600_000;

/** Undefined where it says nothing that can be used. @param nowMs epoch milliseconds */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), MAX_MS);
  // Every form of a date in HTTP begins with a day of the week; Date.parse would make a year of a number.
  const dateMs = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.min(Math.max(dateMs - nowMs, 0), MAX_MS);
}
