// How long a credential is good: until it expires, or until somebody takes it back. What goes on in its name, such as a
// stream, ends then.
import type { Clock } from '../core/clock.ts';

/** Something that goes on for as long as a credential is good. */
export interface Tenant {
  /** Called once. Must not throw. */
  expel(): void;
}

export interface Lifetime {
  /** Epoch milliseconds; undefined: until it is taken back. */
  readonly expiresAtMs: number | undefined;
  isOver(): boolean;
  /** Until `leave`. Once it is over, it expels at once. */
  enter(tenant: Tenant): void;
  leave(tenant: Tenant): void;
  /** Takes the credential back. May be called again. */
  end(): void;
}

/** The wall clock may be set: it is looked at again at least this often. */
const MAX_WAIT_MS = 30_000;

/**
 * It has a timer while somebody goes on, and never otherwise.
 * @param within another one, with whose end it ends too
 */
export function createLifetime(clock: Clock, expiresAtMs?: number, within?: Lifetime): Lifetime {
  const tenants = new Set<Tenant>();
  let isTakenBack = false;
  let stopWaiting: (() => void) | undefined;

  const isOver = () =>
    isTakenBack || (expiresAtMs !== undefined && clock.nowMs() >= expiresAtMs) || within?.isOver() === true;
  const stop = () => {
    within?.leave(self);
    stopWaiting?.();
    stopWaiting = undefined;
  };
  const expelAll = () => {
    stop();
    const expelled = [...tenants];
    tenants.clear();
    for (const tenant of expelled) tenant.expel();
  };
  const self: Tenant = { expel: expelAll };
  const wait = () => {
    if (expiresAtMs === undefined) return;
    stopWaiting = clock.after(Math.min(MAX_WAIT_MS, Math.max(0, expiresAtMs - clock.nowMs())), () => {
      if (isOver()) expelAll();
      else wait();
    });
  };

  return {
    expiresAtMs,
    isOver,
    enter(tenant) {
      if (isOver()) return tenant.expel();
      tenants.add(tenant);
      if (tenants.size > 1) return;
      wait();
      within?.enter(self);
    },
    leave(tenant) {
      if (tenants.delete(tenant) && tenants.size === 0) stop();
    },
    end() {
      isTakenBack = true;
      expelAll();
    },
  };
}
