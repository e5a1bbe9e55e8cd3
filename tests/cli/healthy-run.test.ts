import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ComponentHealthSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { continueRun, type HealthyRun } from '../../src/cli/healthy-run.ts';

const health = (status: HealthStatus, sinceMs?: number) =>
  create(ComponentHealthSchema, { status, ...(sinceMs !== undefined && { since: timestampFromMs(sinceMs) }) });
const run: HealthyRun = { since: timestampFromMs(1001), startedMs: 5 };

describe('continueRun', () => {
  it('begins with the first sight of HEALTHY, whatever the server says of before', () => {
    expect(continueRun(undefined, health(HealthStatus.HEALTHY, 1001), 7)).toEqual({ ...run, startedMs: 7 });
  });

  it('goes on, as the same object, while `since` is the same', () => {
    expect(continueRun(run, health(HealthStatus.HEALTHY, 1001), 7)).toBe(run);
  });

  it.each([[1000], [1002], [2001], [0]])('begins anew when `since` differs: %i', (sinceMs) => {
    expect(continueRun(run, health(HealthStatus.HEALTHY, sinceMs), 7)?.startedMs).toBe(7);
  });

  it.each([['DEGRADED'], ['UNHEALTHY'], ['UNKNOWN'], ['MAINTENANCE'], ['UNSPECIFIED']] as const)(
    'ends with %s',
    (status) => {
      expect(continueRun(run, health(HealthStatus[status], 1001), 7)).toBeUndefined();
    },
  );

  it('ends with a component that is gone, and without the proof of `since`', () => {
    expect(continueRun(run, undefined, 7)).toBeUndefined();
    expect(continueRun(run, health(HealthStatus.HEALTHY), 7)).toBeUndefined();
  });
});
