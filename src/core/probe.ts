// What a probe is to the engine: something that looks once when asked, and can be closed.
import type { Observation } from './observation.ts';

export interface ProbeRun {
  /** Fires at the deadline or when the engine stops; its reason is a `DeadlineExceeded` or a `Cancelled`. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** W3C `traceparent` for the target, where the protocol can carry one. */
  readonly traceparent: string;
}

export interface Probe {
  /**
   * Looks once. A failing target is an observation. Rejects with the signal's reason once that fired; any other
   * rejection is a defect of the probe.
   */
  run(run: ProbeRun): Promise<Observation>;
  /** Closes what is kept between runs. Nothing is open once it settles. */
  close(): Promise<void>;
}

/** The run took longer than its timeout. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The engine no longer wants the answer: it stops, or the component is gone. Says nothing about the target. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Makes the probe of a component. `push` takes what a held stream says between runs. */
export type ProbeFactory = (
  subject: { readonly kind: string; readonly options: unknown },
  context: { readonly componentId: string; readonly push: (observation: Observation) => void },
) => { readonly probe: Probe; readonly host: string };
