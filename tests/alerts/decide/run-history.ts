// Takes a history through the decider as the engine does, with what is kept going through JSON at each restart.
import { createAlerter } from '../../../src/alerts/decide/alerter.ts';
import type {
  AlertChanges,
  AlertOpening,
  AlertSettings,
  Delivery,
  SavedAlert,
  SavedAlerting,
  Suspension,
} from '../../../src/core/alert.ts';
import { tableOfRoutes } from '../../../src/core/alert-routes.ts';
import type { Alerter } from '../../../src/core/alerter.ts';
import type { ComponentDefinition, SystemDefinition } from '../../../src/core/definition.ts';
import { compileGraph, type Graph } from '../../../src/core/graph.ts';
import type { Health } from '../../../src/core/health.ts';
import { compileNext } from '../../../src/core/next-graph.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { type History, type Look, SECONDS } from './history.ts';

const START_MS = 1_800_000_000_000;

export interface Run {
  /** In the order in which they were made, with the second at which each was. */
  readonly sent: readonly { readonly second: number; readonly delivery: Delivery }[];
  /** What is not over at the end. */
  readonly left: readonly SavedAlert[];
}

/** @param setBack at this second the clock is set back by so much */
export function runHistory(history: History, setBack?: { readonly at: number; readonly byMs: number }): Run {
  const sent: { second: number; delivery: Delivery }[] = [];
  const kept = new Map<string, SavedAlert>();
  const suspensions = new Map<string, Suspension>();
  const openings: AlertOpening[] = [];
  let lastDeliveryNumber = 0;
  let knownOffline = false;
  let second = 0;
  const take = (changes: AlertChanges | undefined) => {
    if (changes === undefined) return;
    for (const one of changes.alerts) {
      const { id, state, route, component, openedMs } = one.alert;
      if (state === 'RESOLVED') {
        kept.delete(id);
        openings.push({ route, component, openedMs: openedMs! });
      } else kept.set(id, JSON.parse(JSON.stringify(one)));
    }
    for (const id of changes.forgotten) kept.delete(id);
    for (const one of changes.suspensions) suspensions.set(one.id, JSON.parse(JSON.stringify(one)));
    for (const delivery of changes.deliveries) {
      sent.push({ second, delivery });
      lastDeliveryNumber = delivery.number;
    }
  };
  const changedAt = (at: number): Health[] => {
    const [looks, before] = [history.looks[at]!, history.looks[at - 1]!];
    return [...looks.keys()]
      .filter((id) => !isSame(looks.get(id), before.get(id)))
      .map((id) => healthAt(history, at, id));
  };
  let alerter: Alerter | undefined;
  /** That of the configuration in force. */
  let known: Graph | undefined;
  for (; second <= SECONDS; second++) {
    if (history.restarts.some(({ from, until }) => from <= second && second < until)) {
      alerter = undefined;
      continue;
    }
    const clockMs = (at: number) =>
      START_MS + at * 1_000 - (setBack !== undefined && at >= setBack.at ? setBack.byMs : 0);
    const atMs = clockMs(second);
    const isOffline = history.outages.some(({ from, until }) => from <= second && second < until);
    const input = { atMs, presentMs: atMs, isOffline };
    if (history.restarts.some(({ until }) => until === second)) alerter = undefined;
    const isStart = alerter === undefined;
    if (alerter === undefined) {
      const saved: SavedAlerting = {
        alerts: [...kept.values()],
        lastDeliveryNumber,
        suspensions: [...suspensions.values()],
      };
      alerter = createAlerter({ saved, openings, incarnation: second });
    }
    for (const { id, selector, from, until, endedAt } of history.silences) {
      if (from === second) {
        const author = { author: 'me', reason: 'x', createdMs: atMs };
        const span = { fromMs: atMs, untilMs: START_MS + until * 1_000 };
        take(alerter.suspend({ id, kind: 'SILENCE', selector, ...span, ...author }, atMs));
      }
      if (endedAt === second) {
        const ended = alerter.endSuspension('SILENCE', id, 'me', atMs);
        if (ended.ok) take(ended.changes);
      }
    }
    const configuration = history.configurations.findLast(({ from }) => from <= second)!;
    if (isStart || configuration.from === second) {
      // A process starts with what the one before knew of the network.
      const before: boolean = isStart ? knownOffline : isOffline;
      const structure = structureAt(history, second, configuration, isStart ? undefined : known);
      const changed = isStart ? [] : changedAt(second);
      take(alerter.take({ ...input, isOffline: before, changed, structure }));
      if (before !== isOffline) take(alerter.take({ ...input, changed: [] }));
      known = structure.graph;
    } else {
      const changed = changedAt(second);
      if (changed.length > 0 || alerter.dueMs <= atMs || isOffline !== knownOffline) {
        take(alerter.take({ ...input, changed }));
      }
    }
    knownOffline = isOffline;
    for (const { at, route, component, author } of history.acknowledgements) {
      if (at !== second) continue;
      const alert = [...kept.values()].find((one) => one.alert.route === route && one.alert.component === component);
      if (alert === undefined) continue;
      const acknowledged = alerter.acknowledge(alert.alert.id, { author, note: '' }, atMs);
      if (acknowledged.ok) take(acknowledged.changes);
    }
  }
  return { sent, left: [...kept.values()] };
}

/** As the oracle writes them. */
export function messagesOf({ sent }: Run): string[] {
  const bySecond = new Map<number, string[]>();
  for (const { second, delivery } of sent) {
    const { type, alert } = delivery.message;
    const words = [alert.status, alert.severity, ...(alert.isFlapping ? ['flapping'] : [])].join(' ');
    const message = `${type} ${alert.route} ${alert.component} ${delivery.channel}: ${words}`;
    bySecond.set(second, [...(bySecond.get(second) ?? []), message]);
  }
  return [...bySecond].flatMap(([second, some]) => some.sort().map((one) => `${second} ${one}`));
}

/** @param known the graph before, from which a reload goes over; left out: there was none */
function structureAt(
  history: History,
  second: number,
  { routes, components }: History['configurations'][number],
  known?: Graph,
) {
  const next = known && atOnce(compileNext(known, keeping(known, components)));
  const compiled = next ?? compileGraph({ rootId: 'system', components });
  if (!compiled.ok) throw new Error(compiled.faults[0]!.message);
  const { graph } = compiled;
  const settings: AlertSettings = {
    routes,
    table: atOnce(tableOfRoutes(routes, components)),
    channels: ['hook', 'chat', 'pager', 'boss'].map((id) => ({
      id,
      kind: 'webhook',
      timeoutMs: 1,
      options: {},
      fingerprint: '',
    })),
    denyAddresses: [],
  };
  return {
    graph,
    ...(next?.ok && { changes: next.changes }),
    settings,
    health: (index: number) => healthAt(history, second, graph.definitions[index]!.id),
  };
}

/** What is the same is the same object, as after a reload of a file. */
function keeping({ definitions, indexOf }: Graph, components: readonly ComponentDefinition[]): SystemDefinition {
  const kept = components.map((definition) => {
    const known = definitions[indexOf.get(definition.id) ?? -1];
    return JSON.stringify(known) === JSON.stringify(definition) ? known! : definition;
  });
  return { rootId: 'system', components: kept };
}

function isSame(a: Look | undefined, b: Look | undefined): boolean {
  return (
    a?.status === b?.status && a?.code === b?.code && a?.members === b?.members && `${a?.causes}` === `${b?.causes}`
  );
}

function healthAt(history: History, second: number, id: string): Health {
  const { status, code, since, causes } = history.looks[second]!.get(id)!;
  const reason = { code, message: code };
  return { component: id, status, sinceMs: START_MS + since * 1_000, reason, causedBy: causes, revision: second };
}
