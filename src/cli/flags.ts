// How the values of flags are read.
import { InvalidArgumentError, Option } from 'commander';
import { durationToMs, formatDuration, parseDuration } from '../config/duration.ts';
import { type KnownStatus, statusName, WORST_FIRST } from './health-text.ts';

/** Longest that a timer of Node can wait, rounded down to days. */
const MAX_DURATION_MS = 24 * 86_400_000;

/** How long to wait for an answer: a duration of more than none. */
export function timeoutOption(description: string): Option {
  return durationOption('--timeout <duration>', description, MAX_DURATION_MS, 1);
}

/** A flag whose value is a duration; the command gets milliseconds. `maxMs`: default what a timer can wait. */
export function durationOption(flags: string, description: string, maxMs = MAX_DURATION_MS, minMs = 0): Option {
  return new Option(flags, description).argParser((text) => {
    const duration = parseDuration(text);
    const durationMs = duration === undefined ? Number.NaN : durationToMs(duration);
    if (!(durationMs >= minMs && durationMs <= maxMs)) {
      const least = minMs > 0 ? `at least ${formatDuration(minMs)} and ` : '';
      throw new InvalidArgumentError(
        `It must be a duration such as 500ms, 30s or 5m, ${least}at most ${formatDuration(maxMs)}.`,
      );
    }
    return durationMs;
  });
}

/** Reads a whole number from `min` to `max`. */
export function parseWholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** Reads one of these statuses, in any case, with the prefix of the API or without. */
export function parseStatus(allowed: readonly KnownStatus[]): (text: string) => KnownStatus {
  return (text) => {
    const name = text.toUpperCase().replace(/^HEALTH_STATUS_/, '');
    const status = allowed.find((each) => statusName(each) === name);
    if (status !== undefined) return status;
    const names = allowed.map(statusName);
    throw new InvalidArgumentError(`It must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`);
  };
}

/** Statuses to choose by: each `--status` is one more. */
export function statusOption(): Option {
  const toStatus = parseStatus(WORST_FIRST);
  return new Option('--status <status>', 'only with this status (repeatable)')
    .choices(WORST_FIRST.map(statusName))
    .argParser((text, all: readonly KnownStatus[] = []) => [...all, toStatus(text)]);
}
