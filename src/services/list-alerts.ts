// ListAlerts: first what is not over, from memory, then what is, from the store. An alert only ever goes from the one to the
// other, so that none is missing from the pages, whatever ends meanwhile.
import { create } from '@bufbuild/protobuf';
import {
  type ListAlertsRequest,
  type ListAlertsResponse,
  ListAlertsResponseSchema,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { Alert, AlertLog, AlertQuery } from '../core/alert.ts';
import { parseLabels } from './component-filters.ts';
import { alertStatesFromProto, alertToProto } from './convert-alerts.ts';
import { createPageToken, parsePageToken } from './page-token.ts';
import type { VisibleAlerts } from './visible-alerts.ts';

const DEFAULT_PAGE_SIZE = 50;
/** Looked at together, where not all of them are taken. */
const LOOKED_AT = 1000;

/** @throws INVALID_PAGE_TOKEN, INVALID_LABEL_SELECTOR, and what the log throws */
export async function listAlerts(
  visible: VisibleAlerts,
  log: Pick<AlertLog, 'alerts'>,
  request: ListAlertsRequest,
): Promise<ListAlertsResponse> {
  const { component, route, label, pageSize } = request;
  const states = alertStatesFromProto(request.state);
  const hasLabels = parseLabels(label);
  const filters = JSON.stringify(['alerts', [...states], component, route, [...new Set(label)].sort()]);
  const place = parsePlace(parsePageToken(request.pageToken, filters)?.last);
  // One more than fits: only then is it known that this page is not the last.
  const wanted = (pageSize || DEFAULT_PAGE_SIZE) + 1;
  const isTaken = (alert: Alert) =>
    (component === '' || alert.component === component) &&
    (route === '' || alert.route === route) &&
    hasLabels(alert.labels);

  const found: Alert[] = [];
  if (place?.resolvedMs === undefined) {
    const isAsked = ({ state }: Alert) => states.size === 0 || states.has(state);
    const live = visible.list().filter((alert) => isTaken(alert) && isAsked(alert));
    live.sort((a, b) => newerFirst(a.id, b.id));
    const start = place === undefined ? 0 : live.findIndex(({ id }) => newerFirst(id, place.id) > 0);
    if (start >= 0) found.push(...live.slice(start, start + wanted));
  }
  if (states.has('RESOLVED') && found.length < wanted) {
    const query = { ...(component !== '' && { component }), ...(route !== '' && { route }) };
    const before = place?.resolvedMs === undefined ? undefined : { resolvedMs: place.resolvedMs, id: place.id };
    const shown = (alert: Alert) => (isTaken(alert) ? visible.shown(alert) : undefined);
    found.push(...(await resolved(log, query, before, wanted - found.length, shown)));
  }
  const page = found.slice(0, wanted - 1);
  const last = found.length === wanted ? page.at(-1) : undefined;
  return create(ListAlertsResponseSchema, {
    alerts: page.map(alertToProto),
    ...(last && { nextPageToken: createPageToken({ last: placeOf(last), revision: 0 }, filters) }),
  });
}

/** The first of those that are shown, as far as there are. */
async function resolved(
  log: Pick<AlertLog, 'alerts'>,
  query: Omit<AlertQuery, 'limit' | 'before'>,
  start: AlertQuery['before'],
  count: number,
  shown: (alert: Alert) => Alert | undefined,
): Promise<readonly Alert[]> {
  const found: Alert[] = [];
  const limit = Math.max(count, LOOKED_AT);
  let before = start;
  for (;;) {
    const alerts = await log.alerts({ ...query, ...(before && { before }), limit });
    found.push(...alerts.map(shown).filter((alert) => alert !== undefined));
    const last = alerts.at(-1);
    if (last === undefined || alerts.length < limit || found.length >= count) return found.slice(0, count);
    before = { resolvedMs: last.resolvedMs ?? 0, id: last.id };
  }
}

interface Place {
  readonly id: string;
  /** Undefined: among those that are not over. */
  readonly resolvedMs: number | undefined;
}

function placeOf({ id, state, resolvedMs = 0 }: Alert): string {
  return state === 'RESOLVED' ? `${id} ${resolvedMs}` : id;
}

function parsePlace(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  const [id = '', resolvedMs] = text.split(' ');
  return { id, resolvedMs: resolvedMs === undefined ? undefined : Number(resolvedMs) };
}

/** Ids are a time and a number, both in base 36: they say which is newer, of those too that are over by now. */
function newerFirst(a: string, b: string): number {
  const [aTime = 0, aNumber = 0] = partsOf(a);
  const [bTime = 0, bNumber = 0] = partsOf(b);
  return bTime - aTime || bNumber - aNumber;
}

function partsOf(id: string): readonly number[] {
  const [time = '', number = ''] = id.split('-');
  return [time, number].map((part) => Number.parseInt(part, 36) || 0);
}
