// How long workers that say nothing are taken to be there.
import type { Clock } from '../core/clock.ts';

/** Without a word for so long a worker is gone. With a word every 3 s it has time for two more. */
export const WORKER_LEASE_MS = 10_000;
/** A timer that is later than this was held up by this instance itself, which then has heard nobody. */
const LATE_MS = 2_000;

export interface WorkerLeases<Worker> {
  /** It is there, with a stream. */
  begin(worker: Worker): void;
  heard(worker: Worker): void;
  /** Its stream has ended. */
  unlinked(worker: Worker): void;
  end(worker: Worker): void;
  close(): void;
}

interface Lease {
  /** Monotonic milliseconds of its last word. */
  heardMs: number;
  /** Since when it has no stream; infinite: it has one. */
  unlinkedMs: number;
}

/** @param onEnded is to end the lease of a worker that is gone */
export function createWorkerLeases<Worker>(
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
  onEnded: (worker: Worker) => void,
): WorkerLeases<Worker> {
  const leases = new Map<Worker, Lease>();
  let stop = () => {};
  let armedForMs = Number.POSITIVE_INFINITY;

  const endsMs = ({ heardMs, unlinkedMs }: Lease) => Math.min(heardMs, unlinkedMs) + WORKER_LEASE_MS;

  const arm = () => {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const lease of leases.values()) nextMs = Math.min(nextMs, endsMs(lease));
    if (nextMs === armedForMs) return;
    stop();
    armedForMs = nextMs;
    stop = nextMs === Number.POSITIVE_INFINITY ? () => {} : clock.after(nextMs - clock.monotonicMs(), look);
  };

  const look = () => {
    const nowMs = clock.monotonicMs();
    const isLate = nowMs - armedForMs >= LATE_MS;
    armedForMs = Number.POSITIVE_INFINITY;
    for (const [worker, lease] of [...leases]) {
      if (isLate) renew(lease, nowMs);
      else if (endsMs(lease) <= nowMs) onEnded(worker);
    }
    arm();
  };

  return {
    begin(worker) {
      leases.set(worker, { heardMs: clock.monotonicMs(), unlinkedMs: Number.POSITIVE_INFINITY });
      arm();
    },
    heard(worker) {
      const lease = leases.get(worker);
      if (lease === undefined) return;
      lease.heardMs = clock.monotonicMs();
      arm();
    },
    unlinked(worker) {
      const lease = leases.get(worker);
      if (lease === undefined) return;
      lease.unlinkedMs = clock.monotonicMs();
      arm();
    },
    end(worker) {
      leases.delete(worker);
      arm();
    },
    close: () => stop(),
  };
}

/** One without a stream stays without. */
function renew(lease: Lease, nowMs: number): void {
  lease.heardMs = nowMs;
  if (lease.unlinkedMs !== Number.POSITIVE_INFINITY) lease.unlinkedMs = nowMs;
}
