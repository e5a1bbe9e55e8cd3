// Incidents, as operators open, change and list them. A caller who does not see all of a page (`select`) has no incidents on it.
import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  CreateIncidentResponseSchema,
  IncidentImpact as ImpactMessage,
  type Incident as IncidentMessage,
  IncidentSchema,
  ListIncidentsResponseSchema,
  IncidentStatus as StatusMessage,
  type StatusPageService,
  UpdateIncidentResponseSchema,
} from '../../gen/openk/status/v1/status_pb.ts';
import type { Principal } from '../auth/principal.ts';
import type { Clock } from '../core/clock.ts';
import type { Incident, IncidentImpact, IncidentStatus } from '../core/status-page.ts';
import { StoreFault } from '../core/store.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import type { Incidents } from '../status/incidents.ts';
import type { AuditChange } from './audit-reports.ts';
import { addressOf, principalOf } from './caller.ts';
import { timestampToProto } from './convert.ts';
import { createPageToken, parsePageToken } from './page-token.ts';
import type { MayOperate } from './visible-page.ts';
import type { ReaderOf } from './visible-readers.ts';

type Methods = Pick<ServiceImpl<typeof StatusPageService>, 'createIncident' | 'updateIncident' | 'listIncidents'>;

const DEFAULT_PAGE_SIZE = 50;
const STATUSES = ['INVESTIGATING', 'IDENTIFIED', 'MONITORING', 'RESOLVED'] as const satisfies IncidentStatus[];
const IMPACTS = ['NONE', 'MINOR', 'MAJOR', 'CRITICAL'] as const satisfies IncidentImpact[];

export interface IncidentOptions {
  readonly incidents: Incidents;
  readonly mayOperate: MayOperate;
  readonly readerOf: ReaderOf;
  /** Takes what the audit log is to have. Must not throw. */
  readonly audit: (change: AuditChange) => void;
  /** An incident could not be kept. Must not throw. */
  readonly onFault: (fault: StoreFault) => void;
  readonly clock: Clock;
}

export function createIncidentMethods(options: IncidentOptions): Methods {
  const { incidents, mayOperate, readerOf, audit, onFault, clock } = options;
  /** Of an incident that is no more on any page, those who see all. */
  const mayTouch = ({ pages }: Incident, principal: Principal) =>
    principal.selection === undefined || pages.every((page) => mayOperate(page, principal));
  const checkComponents = (components: readonly string[], principal: Principal) => {
    const reader = readerOf(principal);
    const missing = components.filter((id) => reader.definition(id) === undefined);
    if (missing.length > 0) throw refusal('COMPONENT_NOT_FOUND', { components: missing });
  };
  const keep = async (change: () => Incident): Promise<IncidentMessage> => {
    try {
      return toMessage(await incidents.save(change));
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      onFault(fault);
      throw refusal('INCIDENT_NOT_KEPT', {});
    }
  };
  const record = (action: string, detail: string, principal: Principal, values: HandlerContext['values']) =>
    audit({ principal: principal.name, address: addressOf(values), action, component: '', detail });

  return {
    async createIncident(request, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const { title, pages, components, text, note } = request;
      for (const [at, page] of pages.entries()) {
        if (!mayOperate(page, principal)) throw invalidField(`pages[${at}]`, 'is no status page');
      }
      checkComponents(components, principal);
      const status = statusOf(request.status) ?? 'INVESTIGATING';
      const id = randomUUID();
      const incident = await keep(() => {
        const atMs = Math.floor(clock.nowMs());
        return {
          id,
          title,
          status,
          impact: impactOf(request.impact) ?? 'MINOR',
          pages: [...pages],
          components: [...components],
          startedMs: atMs,
          updatedMs: atMs,
          ...(status === 'RESOLVED' && { resolvedMs: atMs }),
          updates: [{ atMs, status, text }],
          notes: note === '' ? [] : [{ atMs, author: principal.name, text: note }],
        };
      });
      record('CREATE_INCIDENT', `${id} on ${pages.join(', ')}: ${status}: ${title}`, principal, values);
      return create(CreateIncidentResponseSchema, { incident });
    },

    async updateIncident(request, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const { incident: id, text, note, title, components } = request;
      checkComponents(components, principal);
      const status = statusOf(request.status);
      const impact = impactOf(request.impact);
      const incident = await keep(() => {
        const known = incidents.find(id);
        if (known === undefined || !mayTouch(known, principal)) {
          throw refusal('INCIDENT_NOT_FOUND', { incident: id });
        }
        const next = status ?? known.status;
        if (next !== known.status && text === '') throw invalidField('text', 'is needed where the status is another');
        const atMs = Math.floor(clock.nowMs());
        const isSeen = text !== '' || title !== '' || impact !== undefined || components.length > 0;
        const { resolvedMs, ...rest } = known;
        return {
          ...rest,
          status: next,
          ...(impact && { impact }),
          ...(title !== '' && { title }),
          ...(components.length > 0 && { components: [...components] }),
          // Also where the clock was set back: feeds go by it.
          updatedMs: isSeen ? Math.max(atMs, known.updatedMs + 1) : known.updatedMs,
          ...(next === 'RESOLVED' && { resolvedMs: resolvedMs ?? atMs }),
          updates: text === '' ? known.updates : [...known.updates, { atMs, status: next, text }],
          notes: note === '' ? known.notes : [...known.notes, { atMs, author: principal.name, text: note }],
        };
      });
      record('UPDATE_INCIDENT', `${id}: ${statusOf(incident.status)}: ${incident.title}`, principal, values);
      return create(UpdateIncidentResponseSchema, { incident });
    },

    listIncidents({ open, page, pageSize, pageToken }, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const filters = JSON.stringify(['incidents', open, page]);
      const place = parsePageToken(pageToken, filters);
      const found = incidents.list().filter((incident) => {
        if (open && incident.resolvedMs !== undefined) return false;
        return (page === '' || incident.pages.includes(page)) && mayTouch(incident, principal);
      });
      // Where the last one is gone, from the one that follows it in time.
      const after = place === undefined ? 0 : found.findIndex((incident) => isBehind(incident, place.last));
      const rest = after < 0 ? [] : found.slice(after);
      const shown = rest.slice(0, pageSize || DEFAULT_PAGE_SIZE);
      const last = shown.at(-1);
      return create(ListIncidentsResponseSchema, {
        incidents: shown.map(toMessage),
        ...(last &&
          shown.length < rest.length && {
            nextPageToken: createPageToken({ last: placeOf(last), revision: 0 }, filters),
          }),
      });
    },
  };
}

/** In the order of the list. */
function placeOf({ startedMs, id }: Incident): string {
  return `${startedMs} ${id}`;
}

function isBehind({ startedMs, id }: Incident, last: string): boolean {
  const [lastMs = '', lastId = ''] = last.split(' ');
  return startedMs < Number(lastMs) || (startedMs === Number(lastMs) && id > lastId);
}

function statusOf(status: StatusMessage): IncidentStatus | undefined {
  return STATUSES.find((name) => StatusMessage[name] === status);
}

function impactOf(impact: ImpactMessage): IncidentImpact | undefined {
  return IMPACTS.find((name) => ImpactMessage[name] === impact);
}

function toMessage(incident: Incident): IncidentMessage {
  const { id, title, status, impact, pages, components, startedMs, updatedMs, resolvedMs, updates, notes } = incident;
  return create(IncidentSchema, {
    id,
    title,
    status: StatusMessage[status],
    impact: ImpactMessage[impact],
    pages: [...pages],
    components: [...components],
    started: timestampToProto(startedMs),
    updated: timestampToProto(updatedMs),
    ...(resolvedMs !== undefined && { resolved: timestampToProto(resolvedMs) }),
    updates: updates
      .toReversed()
      .map(({ atMs, status: then, text }) => ({ time: timestampToProto(atMs), status: StatusMessage[then], text })),
    notes: notes.toReversed().map(({ atMs, author, text }) => ({ time: timestampToProto(atMs), author, text })),
  });
}
