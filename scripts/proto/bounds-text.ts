// The bounds that rules of protovalidate set, in words.
import type { Duration } from '@bufbuild/protobuf/wkt';
import type * as validate from '../../gen/buf/validate/validate_pb.ts';
import { durationToMs, formatDuration } from '../../src/config/duration.ts';

/** As the rules state them: `100ms to 24h`. Empty when there are none. */
export function boundsText(rules: validate.FieldRules | undefined): string {
  const type = rules?.type;
  const isBounded =
    type?.case === 'int32' || type?.case === 'uint32' || type?.case === 'double' || type?.case === 'duration';
  if (!isBounded) return '';
  const show = (bound: number | Duration) =>
    typeof bound === 'number' ? String(bound) : formatDuration(durationToMs(bound));
  const { greaterThan: low, lessThan: high } = type.value;
  const to = high.value === undefined ? undefined : show(high.value);
  if (low.value === undefined) return to === undefined ? '' : `at most ${to}`;
  const from = show(low.value);
  if (low.case === 'gt') return to === undefined ? `above ${from}` : `above ${from}, up to ${to}`;
  return to === undefined ? `at least ${from}` : `${from} to ${to}`;
}
