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

/**
 * By the index of a component: the slowest that it depends on, or that something does which it depends on. Undefined: there is none
 * that is looked at. A group is as slow as what is in it; a heartbeat says by itself how it is, and waiting for it has no sense.
 */
export function* slowestDependencies(graph: Graph): Steps<readonly (Detection | undefined)[]> {
  const { definitions, dependencies, members } = graph;
  /** Of the component itself, what it depends on, and what is in it. */
  const known = new Array<Detection | undefined>(definitions.length);
  const isDone = new Uint8Array(definitions.length);
  const slowest = new Array<Detection | undefined>(definitions.length);
  // Depth first with a stack of its own, since graphs may be deep; there are no cycles.
  const stack: number[] = [];
  for (let start = 0; start < definitions.length; start++) {
    if (!isDone[start]) stack.push(start);
    while (stack.length > 0) {
      yield;
      const index = stack.at(-1)!;
      if (isDone[index]) {
        stack.pop();
        continue;
      }
      const waiting = stack.length;
      for (const target of dependencies.of(index)) if (!isDone[target]) stack.push(target);
      for (const member of members.of(index)) if (!isDone[member]) stack.push(member);
      if (stack.length > waiting) continue;
      stack.pop();
      isDone[index] = 1;
      for (const target of dependencies.of(index)) slowest[index] = slower(slowest[index], known[target]);
      known[index] = slower(ofItself(definitions[index]!), slowest[index]);
      for (const member of members.of(index)) known[index] = slower(known[index], known[member]);
    }
  }
  return slowest;
}

/**
 * By the index of a component: how many milliseconds it may take until it is seen that it is up again. 0 where nobody looks: a
 * heartbeat reports when it does.
 */
export function recoveryTimes({ definitions, members, order }: Graph): Float64Array {
  const timesMs = new Float64Array(definitions.length);
  // Members come before their groups.
  for (const index of order) {
    const { subject } = definitions[index]!;
    if (subject.type === 'probe') {
      const { unhealthyIntervalMs, healthyThreshold, timeoutMs } = subject.schedule;
      timesMs[index] = unhealthyIntervalMs * healthyThreshold + timeoutMs;
    }
    for (const member of members.of(index)) timesMs[index] = Math.max(timesMs[index]!, timesMs[member]!);
  }
  return timesMs;
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
