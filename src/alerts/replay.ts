// What a configuration would have sent over a past that is recorded: the same decider, over the changes of status that there were. What
// depends on what is that of the configuration; what was silenced, or acknowledged, is not looked at.
import type { AlertSettings, MessageType } from '../core/alert.ts';
import type { Alerter, AlertInput } from '../core/alerter.ts';
import { unhealthyDependencies } from '../core/explain.ts';
import type { Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { Reason } from '../core/observation.ts';
import type { Status } from '../core/status.ts';
import type { Transition } from '../core/store.ts';

export interface Past {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds: as far as it is known. */
  readonly toMs: number;
  /** The oldest first. */
  readonly transitions: readonly Pick<Transition, 'component' | 'atMs' | 'from' | 'to' | 'reason'>[];
  /** At the end, by component. */
  readonly statuses: ReadonlyMap<string, Status>;
}

export interface ReplayedMessage {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly type: MessageType;
  readonly channel: string;
  readonly component: string;
  readonly status: Status;
  readonly reason: Reason;
}

export interface Replayed {
  /** Changes of status of what the configuration has. */
  readonly transitions: number;
  /** In the order in which they would have been sent. */
  readonly messages: readonly ReplayedMessage[];
}

/** As long as what a route waits for can be: what was bad before the beginning has its alert then. */
const BEFORE_MS = 8 * 86_400_000;
const NOT_KNOWN: Reason = { code: 'NOT_RECORDED', message: '' };

/** @param alerter that has taken nothing yet */
export function replay(alerter: Alerter, graph: Graph, settings: AlertSettings, past: Past): Replayed {
  const transitions = past.transitions.filter(({ component }) => graph.indexOf.has(component));
  const healths = initialHealths(graph, transitions, past);
  const statuses = { status: (index: number) => healths[index]!.status };
  const messages: ReplayedMessage[] = [];
  let revision = 0;

  const take = (atMs: number, changed: readonly Health[], structure?: AlertInput['structure']) => {
    const made = alerter.take({ atMs, presentMs: atMs, changed, isOffline: false, ...(structure && { structure }) });
    for (const { channel, message } of made?.deliveries ?? []) {
      const { type, alert } = message;
      if (message.atMs < past.fromMs) continue;
      const { component, status, reason } = alert;
      messages.push({ atMs: message.atMs, type, channel, component, status, reason });
    }
  };
  /** What is due until then, each at its time. */
  const passTo = (atMs: number) => {
    for (let dueMs = alerter.dueMs; dueMs < atMs; ) {
      take(dueMs, []);
      // Whatever stays due is due with the next change.
      if (alerter.dueMs <= dueMs) return;
      dueMs = alerter.dueMs;
    }
  };
  /** The healths of these, and of what depends on them, of which each may have another cause now. */
  const settle = (touched: ReadonlySet<number>): Health[] => {
    const changed: Health[] = [];
    for (const index of new Set([...touched].flatMap((each) => [each, ...graph.dependents.of(each)]))) {
      const causedBy = unhealthyDependencies(graph, statuses, index).map((each) => graph.definitions[each]!.id);
      const before = healths[index]!;
      if (!touched.has(index) && causedBy.join() === before.causedBy.join()) continue;
      healths[index] = { ...before, causedBy, revision: ++revision };
      changed.push(healths[index]);
    }
    return changed;
  };

  settle(new Set(healths.keys()));
  take(past.fromMs - BEFORE_MS, [], { graph, settings, health: (index) => healths[index]! });
  for (let at = 0; at < transitions.length; ) {
    const { atMs } = transitions[at]!;
    passTo(atMs);
    const touched = new Set<number>();
    // What came together was one decision.
    for (; transitions[at]?.atMs === atMs; at++) {
      const { component, to, reason } = transitions[at]!;
      const index = graph.indexOf.get(component)!;
      healths[index] = { ...healths[index]!, status: to, sinceMs: atMs, reason };
      touched.add(index);
    }
    take(atMs, settle(touched));
  }
  passTo(past.toMs);
  take(past.toMs, []);
  return { transitions: transitions.length, messages };
}

/** As it was before its first change, or as it is. */
function initialHealths(graph: Graph, transitions: Past['transitions'], { fromMs, statuses }: Past): Health[] {
  const first = new Map<string, Status>();
  for (const { component, from } of transitions) if (!first.has(component)) first.set(component, from);
  return graph.definitions.map(({ id }) => ({
    component: id,
    // Of what the server does not have nothing is known: it makes no alert.
    status: first.get(id) ?? statuses.get(id) ?? 'HEALTHY',
    sinceMs: fromMs - BEFORE_MS,
    reason: NOT_KNOWN,
    causedBy: [],
    revision: 0,
  }));
}
