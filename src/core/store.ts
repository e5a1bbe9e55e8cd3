// The port to what outlives a restart. Its implementations are in store/, and pass one contract suite.
import type { Health } from './health.ts';
import type { Condition } from './thresholds.ts';

/** What is known of one component. */
export interface SavedComponent {
  readonly id: string;
  /** What it was when this was seen of it; state of anything else is not taken over. */
  readonly fingerprint: string;
  readonly condition: Condition;
  readonly health: Health;
}

export interface SavedState {
  /** At least the revision of every change that anybody was ever told of. */
  readonly revision: number;
  readonly components: readonly SavedComponent[];
}

export interface StateDelta {
  readonly revision: number;
  /** To be replaced or added. */
  readonly changed: readonly SavedComponent[];
  readonly removed: readonly string[];
}

/** @throws StoreFault from every method */
export interface Store {
  /** What an earlier life left. Called once in a life, before anything is saved. */
  load(): SavedState;
  /** Durable and whole, or not at all. */
  save(delta: StateDelta): void;
  close(): void;
}

/** Says what went wrong with which store, and what to do. Holds no secret. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
}
