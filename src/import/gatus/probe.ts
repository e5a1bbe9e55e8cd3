// What an endpoint of Gatus becomes, whatever its kind.
import type { Draft } from '../draft.ts';
import type { RecordedAnswer } from '../imported.ts';
import type { Secrets } from '../secrets.ts';
import type { GatusAnswer } from './condition.ts';
import type { Oddity } from './condition-to-cel.ts';
import type { Environment } from './environment.ts';

export interface ProbeOf {
  /** `{ http: … }` */
  readonly probe: Draft;
  /** Shorter than the client's, where a condition asks for it. */
  readonly timeoutMs: number;
  readonly differences: readonly string[];
  readonly losses: readonly string[];
  readonly oddities: ReadonlySet<Oddity>;
  /** How its answers are judged; of HTTP. */
  readonly judged?: {
    readonly foreign: (answer: RecordedAnswer) => string | undefined;
    readonly expectedStatus: readonly string[];
    readonly expect: readonly string[];
  };
}

export interface ProbeOptions {
  readonly env: Environment;
  readonly secrets: Secrets;
  /** Names the endpoint in variables. */
  readonly key: string;
}

export type Probed = ProbeOf | { readonly lost: readonly string[] };

/** What Gatus has of somebody who does not answer. */
export const REFUSED: GatusAnswer = { status: 0, connected: false, body: '', latencyMs: 0 };

export const HEALTHY_WITHOUT_ANSWER =
  'Gatus calls it healthy also where nobody answers, since its conditions are met then; here it is UNHEALTHY';

export function lost(...why: readonly string[]): { readonly lost: readonly string[] } {
  return { lost: why };
}
