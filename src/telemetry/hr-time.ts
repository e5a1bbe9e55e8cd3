// Times as the SDK has them.
import type { HrTime } from '@opentelemetry/api';

export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)];
}
