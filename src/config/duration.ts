// Durations as people write them: 500ms, 30s, 5m, 24h, 30d, 1h30m, 1.5s. It stands alone since YAML has no such type and
// protobuf's own JSON form knows seconds only.
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';

const NUMBER = String.raw`(\d{1,12}(?:\.\d{1,9})?)`;
const FORM = new RegExp(`^(?:${NUMBER}d)?(?:${NUMBER}h)?(?:${NUMBER}m(?!s))?(?:${NUMBER}s)?(?:${NUMBER}ms)?$`);
const NANOS_PER_UNIT = [86_400_000_000_000n, 3_600_000_000_000n, 60_000_000_000n, 1_000_000_000n, 1_000_000n] as const;
const NANOS_PER_SECOND = 1_000_000_000n;
/** Bound of google.protobuf.Duration: about 10,000 years. */
const MAX_SECONDS = 315_576_000_000n;

/** Undefined when it is no duration, or more or finer than the message can hold. */
export function parseDuration(text: string): Duration | undefined {
  const amounts = FORM.exec(text)?.slice(1);
  if (amounts?.some((amount) => amount !== undefined) !== true) return undefined;
  let nanos = 0n;
  for (const [index, unit] of NANOS_PER_UNIT.entries()) {
    const [whole = '0', fraction = ''] = (amounts[index] ?? '0').split('.');
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction) * unit;
    if (scaled % scale !== 0n) return undefined;
    nanos += scaled / scale;
  }
  const seconds = nanos / NANOS_PER_SECOND;
  if (seconds > MAX_SECONDS) return undefined;
  return create(DurationSchema, { seconds, nanos: Number(nanos % NANOS_PER_SECOND) });
}

export function durationFromMs(ms: number): Duration {
  const wholeSeconds = Math.floor(ms / 1000);
  // The rest may round up to a second.
  const nanos = BigInt(wholeSeconds) * NANOS_PER_SECOND + BigInt(Math.round((ms - wholeSeconds * 1000) * 1e6));
  return create(DurationSchema, { seconds: nanos / NANOS_PER_SECOND, nanos: Number(nanos % NANOS_PER_SECOND) });
}

export function durationToMs({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}

/** In the largest units that fit: `1h30m`, `500ms`, `1.5s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Math.round(ms % 60_000) / 1000;
  return [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`].filter(Boolean).join('');
}
