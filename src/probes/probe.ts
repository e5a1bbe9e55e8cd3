// One row of the probe registry: how a kind of probe is checked and made.
import type { Clock } from '../core/clock.ts';
import type { HeardAlerts } from '../core/heard-alerts.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe } from '../core/probe.ts';
import type { Dialer } from './dial.ts';
import type { ProbeFault } from './faults.ts';
import type { Tokens } from './oauth2.ts';
import type { Pinger } from './ping.ts';

/** What every probe is made with. */
export interface ProbeContext {
  readonly componentId: string;
  /** `openk/VERSION` */
  readonly userAgent: string;
  /** For probes that hold a stream open: hands over what the target says by itself, between runs. */
  readonly push: (observation: Observation) => void;
  readonly clock: Clock;
  /** Opens every connection. */
  readonly dialer: Dialer;
  /** Access tokens, shared by all who ask for the same; made when they are first asked for. */
  readonly tokens: () => Promise<Tokens>;
  /** One for all, so that it knows how many processes there are; made when it is first asked for. */
  readonly pinger: () => Promise<Pinger>;
  /** What sources of components say. Left out: there are none. */
  readonly discovered?: Discovered;
  /** Alerts that others send. Left out: nobody can. */
  readonly heardAlerts?: HeardAlerts;
}

/** What is known of sources of components. */
export interface Discovered {
  /** How a source is, or with a target's name something that it knows. */
  look(source: string, target: string): Observation;
  /** Calls `wake` whenever `look` may say something else. The result ends it. */
  subscribe(wake: () => void): () => void;
}

/** `Options` is the kind's message of `openk.config.v1`. */
export interface ProbeKind<Options> {
  /** The key in the configuration. */
  readonly kind: string;
  /** The host whose limit of runs in flight counts. */
  readonly host: (options: Options) => string;
  /** What is wrong with options that are valid by their schema: an expression that does not compile, a file that cannot be read. */
  readonly check: (options: Options) => readonly ProbeFault[];
  /** Opens nothing before the first run. @throws when `check` has faults. */
  readonly create: (options: Options, context: ProbeContext) => Probe;
}
