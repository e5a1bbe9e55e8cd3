// How long a component has been healthy without a break, as far as there is proof. Pure: the heart of `openk wait`.
//
// The server's `since` is used as a name of the healthy period, never as a time: the same `since` means that no other
// status came in between, also while no connection was open. Time itself is measured on our own clock.
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';

export interface HealthyRun {
  readonly since: Timestamp;
  /** When we first heard of it, monotonic. What was before does not count: nobody here saw it. */
  readonly startedMs: number;
}

/** The run after hearing `health` at `nowMs`: the same object when it is unbroken, undefined when it is not healthy. */
export function continueRun(
  run: HealthyRun | undefined,
  health: ComponentHealth | undefined,
  nowMs: number,
): HealthyRun | undefined {
  // Without `since` a break could hide between two messages. Every OpenK sends it.
  if (health?.status !== HealthStatus.HEALTHY || health.since === undefined) return undefined;
  const { since } = health;
  const unbroken = run !== undefined && run.since.seconds === since.seconds && run.since.nanos === since.nanos;
  return unbroken ? run : { since, startedMs: nowMs };
}
