// What holds of every history whatever the oracle says: asked of what was sent, and of the history, each by itself.
import type { Delivery } from '../../../src/core/alert.ts';
import { contribution } from '../../../src/core/rules.ts';
import { parseSelection } from '../../../src/core/selection.ts';
import type { History } from './history.ts';
import type { Run } from './run-history.ts';

/** Sentences about what is wrong; empty when nothing is. */
export function faultsOf(history: History, { sent, left }: Run): string[] {
  const faults = left.map(({ alert }) => `${alert.route} ${alert.component} is ${alert.state} at the end`);
  /** By alert and channel: what has been sent. */
  const heard = new Map<string, 'opened' | 'over'>();
  /** By route and component: the alert that is open. */
  const open = new Map<string, string>();
  const ids = new Set<string>();
  let last = 0;
  for (const { second, delivery } of sent) {
    const { type, alert } = delivery.message;
    if (delivery.number <= last || ids.has(delivery.id))
      faults.push(`delivery ${delivery.number} ${delivery.id} again`);
    ids.add(delivery.id);
    last = delivery.number;
    if (type === 'openk.notice') continue;
    const at = `${second} ${type} of ${alert.route} ${alert.component} to ${delivery.channel}`;
    const to = `${alert.id} ${delivery.channel}`;
    const key = `${alert.route} ${alert.component}`;
    // A channel hears first that it was opened, once, and nothing more after its end.
    if (heard.get(to) !== (type === 'alert.opened' ? undefined : 'opened')) faults.push(`${at}: out of turn`);
    heard.set(to, type === 'alert.resolved' ? 'over' : 'opened');
    if (type === 'alert.resolved') open.delete(key);
    if (type !== 'alert.opened') continue;
    if ((open.get(key) ?? alert.id) !== alert.id) faults.push(`${at}: another alert of the same is open`);
    if (!open.has(key)) faults.push(...faultsOfOpening(history, second, delivery, new Set(open.keys())));
    open.set(key, alert.id);
  }
  for (const [to, state] of heard) if (state !== 'over') faults.push(`${to}: no end`);
  return faults;
}

/** What keeps an alert from being opened. @param open other alerts, as `ROUTE COMPONENT` */
function faultsOfOpening(
  history: History,
  second: number,
  { message: { alert, atMs } }: Delivery,
  open: ReadonlySet<string>,
): string[] {
  if (alert.openedMs !== atMs) return [];
  // What was due at this second was decided by what was so before, and the rest by what is so now.
  const { routes, components } = history.configurations.findLast(({ from }) => from <= second)!;
  const route = routes.find(({ id }) => id === alert.route);
  const definition = components.find(({ id }) => id === alert.component);
  const looks = [second - 1, second].flatMap((at) => history.looks[at]?.get(alert.component) ?? []);
  if (route === undefined || definition === undefined) return [];
  const faults: string[] = [];
  const fault = (why: string) => faults.push(`${second} ${route.id} ${definition.id} was opened: ${why}`);
  if (!looks.some(({ status }) => route.on.includes(status))) fault(`it is ${looks.at(-1)?.status}`);
  if (!looks.some(({ causes }) => causes.length === 0)) fault('it has a cause');
  const before = secondBefore(history, second);
  if (history.outages.some(({ from, until }) => from <= before && second < until)) fault('the network was gone');
  for (const { id, selector, from, until, endedAt = until } of history.silences) {
    const takes = parseSelection([selector])!.takes(definition.id, definition.labels);
    if (takes && from < second && second < endedAt) fault(`silence ${id} holds`);
  }
  // With severities an alert that goes on may be none of what is bad now.
  const bySeverity = routes.some(({ match }) => match.severities.length > 0);
  if (bySeverity || route.groupBy === 'COMPONENT' || definition.subject.type !== 'group') return faults;
  // One alert for each cause: a member that the group has its status from, and that has an alert of the same route, tells of it.
  for (const { component, impact } of definition.subject.members) {
    const isSteady = [component, definition.id].every(
      (id) => history.looks[second - 1]?.get(id)?.status === history.looks[second]!.get(id)!.status,
    );
    const { status } = history.looks[second]!.get(component)!;
    const isCulprit = contribution(status, impact) === looks.at(-1)!.status;
    if (isSteady && isCulprit && route.on.includes(status) && open.has(`${route.id} ${component}`)) {
      fault(`its member ${component} tells of it`);
    }
  }
  return faults;
}

/** The last one in which there was a process: one that starts knows of the network what the one before knew. */
function secondBefore({ restarts }: History, second: number): number {
  let before = second - 1;
  while (restarts.some(({ from, until }) => from <= before && before < until)) before--;
  return before;
}
