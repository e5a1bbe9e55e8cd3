// What a probe is to the engine: something that looks once when asked, and can be closed.
import type { Cancellation } from './cancellation.ts';
import type { Observation, Phases } from './observation.ts';

export interface ProbeRun {
  /** Fires at the deadline or when the engine stops; its reason is a `DeadlineExceeded` or a `Cancelled`. */
  readonly signal: Cancellation;
  readonly timeoutMs: number;
  /** The context of the run's trace as headers, where the protocol can carry some. By names in lower case. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  readonly onProgress: OnProgress;
}

/** What is known of a run before it is over. */
export interface Progress {
  /** Those that are over; left out where none is. */
  readonly phases?: Phases;
  /** Goes with the reason of a run that ends now. Holds no secret, and is one short line. */
  readonly evidence?: string;
  /** As in `Observation`. */
  readonly certificateExpiresMs?: number;
  /** What a run says that is out of time now: somebody else than the target is waited for. Left out: what the probe says. */
  readonly timedOut?: Probe['timedOut'];
}

/** Takes all that is known of a run by now, each time that it is more: it is what a run that is out of time has to show. */
export type OnProgress = (progress: Progress) => void;

export interface Probe {
  /**
   * Looks once. A failing target is an observation. Rejects with the signal's reason once that fired; any other
   * rejection is a defect of the probe.
   */
  run(run: ProbeRun): Promise<Observation>;
  /** What a run says that takes longer than its timeout. Left out: UNHEALTHY, TIMEOUT. */
  readonly timedOut?: Pick<Observation, 'outcome' | 'reason'>;
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
) => MadeProbe;

export interface MadeProbe {
  readonly probe: Probe;
  /** Whose limit of runs in flight counts. */
  readonly host: string;
}
