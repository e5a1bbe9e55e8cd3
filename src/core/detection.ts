// How long it may take until it is seen that something is down: by that a consequence waits for its cause.
import type { ComponentDefinition } from './definition.ts';
import type { Graph } from './graph.ts';
import type { Steps } from './steps.ts';

/** What is looked at the latest, of all that a component depends on. */
export interface Detection {
  /** Milliseconds from when it went down until that is its status. */
  readonly withinMs: number;
  /** Its id. */
  readonly component: string;
}

/** How soon it is seen of the components of a graph that they are down or up again. Of each it is found when somebody asks, and kept. */
export class Detections {
  readonly #graph: Graph;
  /** By index: of the component itself, what it depends on, and what is in it. */
  readonly #known: (Detection | undefined)[];
  readonly #slowest: (Detection | undefined)[];
  readonly #isDone: Uint8Array;
  readonly #recoveriesMs: Float64Array;

  constructor(graph: Graph) {
    const size = graph.definitions.length;
    this.#graph = graph;
    this.#known = new Array(size);
    this.#slowest = new Array(size);
    this.#isDone = new Uint8Array(size);
    this.#recoveriesMs = new Float64Array(size).fill(Number.NaN);
  }

  /**
   * The slowest that the component depends on, or that something does which it depends on. Undefined: there is none that is looked at. A group is
   * as slow as what is in it; a heartbeat says by itself how it is, and waiting for it has no sense.
   */
  *slowestDependency(index: number): Steps<Detection | undefined> {
    const { definitions, dependencies, members } = this.#graph;
    const isDone = this.#isDone;
    // Depth first with a stack of its own, since graphs may be deep; there are no cycles.
    const stack = [index];
    while (stack.length > 0) {
      yield;
      const at = stack.at(-1)!;
      if (isDone[at]) {
        stack.pop();
        continue;
      }
      const waiting = stack.length;
      for (const target of dependencies.of(at)) if (!isDone[target]) stack.push(target);
      for (const member of members.of(at)) if (!isDone[member]) stack.push(member);
      if (stack.length > waiting) continue;
      stack.pop();
      isDone[at] = 1;
      let slowest: Detection | undefined;
      for (const target of dependencies.of(at)) slowest = slower(slowest, this.#known[target]);
      let known = slower(ofItself(definitions[at]!), slowest);
      for (const member of members.of(at)) known = slower(known, this.#known[member]);
      this.#slowest[at] = slowest;
      this.#known[at] = known;
    }
    return this.#slowest[index];
  }

  /** Milliseconds that it may take until it is seen that it is up again. 0 where nobody looks: a heartbeat reports when it does. */
  recoveryMs(index: number): number {
    const known = this.#recoveriesMs[index]!;
    if (!Number.isNaN(known)) return known;
    const { definitions, members } = this.#graph;
    let longestMs = 0;
    const inIt = new Set([index]);
    // A set gives what is added to it meanwhile, too.
    for (const at of inIt) {
      const { subject } = definitions[at]!;
      if (subject.type === 'probe') {
        const { unhealthyIntervalMs, healthyThreshold, timeoutMs } = subject.schedule;
        longestMs = Math.max(longestMs, unhealthyIntervalMs * healthyThreshold + timeoutMs);
      }
      for (const member of members.of(at)) inIt.add(member);
    }
    this.#recoveriesMs[index] = longestMs;
    return longestMs;
  }
}

function ofItself({ id, subject }: ComponentDefinition): Detection | undefined {
  if (subject.type !== 'probe') return undefined;
  const { intervalMs, unhealthyThreshold, timeoutMs } = subject.schedule;
  return { withinMs: intervalMs * unhealthyThreshold + timeoutMs, component: id };
}

function slower(a: Detection | undefined, b: Detection | undefined): Detection | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.withinMs > a.withinMs ? b : a;
}
