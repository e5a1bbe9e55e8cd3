// The alerts that are not over, as the feed says.
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import { ALERT_STATES, type Alert, type FromFeed } from '../feed/messages.ts';

export class Alerts {
  /** Those that somebody has to do something about first, of these the newest. Undefined until it is known which there are. */
  readonly list = signal<readonly Alert[] | undefined>(undefined);
  /** Why they are not as they are now; undefined while they are. */
  readonly lost = signal<string | undefined>(undefined);
  /** How many were said to channels, and of how many of these somebody takes care. */
  readonly counts: ReadonlySignal<{ readonly open: number; readonly acknowledged: number }> = computed(() => {
    const all = this.list.value ?? [];
    const acknowledged = all.filter(({ state }) => state === 'ACKNOWLEDGED').length;
    return { open: acknowledged + all.filter(({ state }) => state === 'OPEN').length, acknowledged };
  });

  #known = new Map<string, Alert>();
  #isNew = false;
  #lost: string | undefined;

  receive(message: FromFeed): void {
    if (message.type === 'alerts-lost') this.#lost = message.reason;
    if (message.type !== 'alerts') return;
    if (message.isAll) this.#known.clear();
    for (const alert of message.alerts) {
      if (alert.state === 'RESOLVED') this.#known.delete(alert.id);
      else this.#known.set(alert.id, alert);
    }
    this.#lost = undefined;
    this.#isNew = true;
  }

  /** What came since is seen from now on. */
  show(): void {
    this.lost.value = this.#lost;
    if (!this.#isNew) return;
    this.#isNew = false;
    this.list.value = [...this.#known.values()].sort(
      (a, b) => ALERT_STATES.indexOf(a.state) - ALERT_STATES.indexOf(b.state) || b.since - a.since,
    );
  }
}
