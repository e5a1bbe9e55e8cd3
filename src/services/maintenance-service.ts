// openk.maintenance.v1.MaintenanceService: what people take out of service, or keep quiet, for a time. Whoever sees a part of the
// components has those suspensions alone that can take nothing else, whatever components there will be.
import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  CreateMaintenanceResponseSchema,
  CreateSilenceResponseSchema,
  EndMaintenanceResponseSchema,
  EndSilenceResponseSchema,
  ListMaintenanceResponseSchema,
  ListSilencesResponseSchema,
  type MaintenanceService,
  type Suspension as SuspensionMessage,
} from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import type { Principal } from '../auth/principal.ts';
import type { AlertOperator, AlertReader, Suspension } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import { parseSelection } from '../core/selection.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import type { AuditChange } from './audit-reports.ts';
import { addressOf, principalOf } from './caller.ts';
import { durationFromProto, timestampFromProto } from './convert.ts';
import { suspensionToProto } from './convert-alerts.ts';
import { createPageToken, parsePageToken } from './page-token.ts';
import { seesAuthors } from './visible-alerts.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_LENGTH_MS = 366 * 86_400_000;
/** Not over at the same time, of each kind: each is looked at for each component. */
const MAX_AT_ONCE = 1_000;

export interface MaintenanceServiceOptions {
  readonly alerts: Pick<AlertReader, 'suspensions'>;
  readonly operator: Pick<AlertOperator, 'suspend' | 'endSuspension'>;
  /** Takes what the audit log is to have. Must not throw. */
  readonly audit: (change: AuditChange) => void;
  readonly clock: Clock;
}

export function createMaintenanceService(options: MaintenanceServiceOptions): ServiceImpl<typeof MaintenanceService> {
  const maintenance = createSuspensions('MAINTENANCE', options);
  const silences = createSuspensions('SILENCE', options);
  return {
    createMaintenance: async (request, { values }) =>
      create(CreateMaintenanceResponseSchema, { maintenance: await maintenance.begin(request, values) }),
    endMaintenance: async ({ id }, { values }) =>
      create(EndMaintenanceResponseSchema, { maintenance: await maintenance.end(id, values) }),
    listMaintenance(request, { values }) {
      const { page, nextPageToken } = maintenance.list(request, values);
      return create(ListMaintenanceResponseSchema, { maintenance: page, nextPageToken });
    },
    createSilence: async (request, { values }) =>
      create(CreateSilenceResponseSchema, { silence: await silences.begin(request, values) }),
    endSilence: async ({ id }, { values }) =>
      create(EndSilenceResponseSchema, { silence: await silences.end(id, values) }),
    listSilences(request, { values }) {
      const { page, nextPageToken } = silences.list(request, values);
      return create(ListSilencesResponseSchema, { silences: page, nextPageToken });
    },
  };
}

type Values = HandlerContext['values'];

interface BeginRequest {
  readonly selector: string;
  readonly start?: Timestamp | undefined;
  readonly end?: Timestamp | undefined;
  readonly duration?: Duration | undefined;
  readonly reason: string;
}

interface ListRequest {
  readonly active: boolean;
  readonly pageSize: number;
  readonly pageToken: string;
}

const NOUNS: Readonly<Record<Suspension['kind'], string>> = { SILENCE: 'silence', MAINTENANCE: 'maintenance' };

/** Those of one kind. */
function createSuspensions(kind: Suspension['kind'], { alerts, operator, audit, clock }: MaintenanceServiceOptions) {
  const noun = NOUNS[kind];
  const existsFor = ({ selection }: Principal, { selector }: Pick<Suspension, 'selector'>) =>
    selection === undefined || selection.contains(selector);
  const isOver = ({ untilMs }: Suspension) => untilMs <= clock.nowMs();
  const record = (action: string, { id, selector }: Suspension, more: string, { name }: Principal, values: Values) =>
    audit({
      principal: name,
      address: addressOf(values),
      action: `${action}_${kind}`,
      component: '',
      detail: `${id} of ${selector}${more}`,
    });
  const checkKept = (isDurable: boolean, what: string) => {
    if (!isDurable) throw refusal('CHANGE_NOT_KEPT', { what });
  };
  const toMessage = (suspension: Suspension, principal: Principal): SuspensionMessage =>
    suspensionToProto(suspension, seesAuthors(principal));

  return {
    /** @throws INVALID_REQUEST, SELECTOR_TOO_WIDE, TOO_MANY_SUSPENSIONS, CHANGE_NOT_KEPT */
    async begin(request: BeginRequest, values: Values): Promise<SuspensionMessage> {
      const principal = principalOf(values, 'OPERATE');
      const { selector, reason } = request;
      if (parseSelection([selector]) === undefined) {
        throw invalidField(
          'selector',
          'is no selector: write team=payments, id=shop-*, or several with commas between',
        );
      }
      if (!existsFor(principal, request)) throw refusal('SELECTOR_TOO_WIDE', { selector });
      const nowMs = Math.floor(clock.nowMs());
      const others = alerts.suspensions().filter((one) => one.kind === kind && !isOver(one));
      if (others.length >= MAX_AT_ONCE) throw refusal('TOO_MANY_SUSPENSIONS', { limit: MAX_AT_ONCE });
      const suspension: Suspension = {
        id: randomUUID(),
        kind,
        selector,
        ...parseTimes(request, nowMs),
        author: principal.name,
        reason,
        createdMs: nowMs,
      };
      const { isDurable } = await operator.suspend(suspension);
      const times = [suspension.fromMs, suspension.untilMs].map((ms) => new Date(ms).toISOString()).join(' to ');
      record('CREATE', suspension, ` from ${times}: ${reason}`, principal, values);
      checkKept(isDurable, `the ${noun} ${JSON.stringify(suspension.id)}`);
      return toMessage(suspension, principal);
    },

    /** @throws SUSPENSION_NOT_FOUND, CHANGE_NOT_KEPT */
    async end(id: string, values: Values): Promise<SuspensionMessage> {
      const principal = principalOf(values, 'OPERATE');
      const known = alerts.suspensions().find((one) => one.kind === kind && one.id === id);
      if (known === undefined || isOver(known) || !existsFor(principal, known)) {
        throw refusal('SUSPENSION_NOT_FOUND', { noun, id });
      }
      const result = await operator.endSuspension(kind, id, principal.name);
      if (!result.ok) throw refusal('SUSPENSION_NOT_FOUND', { noun, id });
      record('END', result.suspension, '', principal, values);
      checkKept(result.isDurable, `the end of the ${noun} ${JSON.stringify(id)}`);
      return toMessage(result.suspension, principal);
    },

    /** @throws INVALID_PAGE_TOKEN */
    list({ active, pageSize, pageToken }: ListRequest, values: Values) {
      const principal = principalOf(values, 'READ');
      const filters = JSON.stringify([noun, active]);
      const place = parsePageToken(pageToken, filters);
      const nowMs = clock.nowMs();
      const goesOn = ({ fromMs, untilMs }: Suspension) => fromMs <= nowMs && nowMs < untilMs;
      const found = alerts
        .suspensions()
        .filter((one) => one.kind === kind && (!active || goesOn(one)) && existsFor(principal, one));
      // Where the last one is gone, from the one that follows it in time.
      const after = place === undefined ? 0 : found.findIndex((one) => isBehind(one, place.last));
      const rest = after < 0 ? [] : found.slice(after);
      const page = rest.slice(0, pageSize || DEFAULT_PAGE_SIZE);
      const last = page.length < rest.length ? page.at(-1) : undefined;
      return {
        page: page.map((one) => toMessage(one, principal)),
        nextPageToken: last ? createPageToken({ last: `${last.createdMs} ${last.id}`, revision: 0 }, filters) : '',
      };
    },
  };
}

/** @throws INVALID_REQUEST for times that are none */
function parseTimes({ start, end, duration }: BeginRequest, nowMs: number): Pick<Suspension, 'fromMs' | 'untilMs'> {
  // What has begun already is taken for now: the caller's clock may be behind.
  const fromMs = Math.max(nowMs, start === undefined ? nowMs : Math.floor(timestampFromProto(start)));
  const ends = [
    ...(end === undefined ? [] : [timestampFromProto(end)]),
    ...(duration === undefined ? [] : [fromMs + durationFromProto(duration)]),
  ];
  if (ends.length === 0) throw invalidField('end', 'either this or duration has to be set');
  const untilMs = Math.min(...ends);
  if (untilMs <= nowMs) throw invalidField('end', 'must be in the future');
  if (untilMs <= fromMs) throw invalidField('end', 'must be after start');
  if (untilMs > fromMs + MAX_LENGTH_MS) throw invalidField('end', 'must be at most 366 days after start');
  return { fromMs, untilMs: Math.ceil(untilMs) };
}

/** In the order of the list: by when they were made, the newest first. */
function isBehind({ createdMs, id }: Suspension, last: string): boolean {
  const [lastMs = '', lastId = ''] = last.split(' ');
  return createdMs < Number(lastMs) || (createdMs === Number(lastMs) && id > lastId);
}
