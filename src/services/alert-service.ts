// openk.alerts.v1.AlertService: which alerts there are, for whom they exist, and what somebody says of them.
import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  AcknowledgeAlertResponseSchema,
  type AlertService,
  GetAlertResponseSchema,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { Principal } from '../auth/principal.ts';
import type { Alert, AlertLog, AlertOperator, AlertReader } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import { StoreFault } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import type { AuditChange } from './audit-reports.ts';
import { addressOf, principalOf } from './caller.ts';
import { alertToProto } from './convert-alerts.ts';
import { endOf } from './end-of-call.ts';
import { listAlerts } from './list-alerts.ts';
import { listDeliveries } from './list-deliveries.ts';
import { createNewsStreams } from './news-streams.ts';
import { createChannelTest, type FindChannel } from './test-channel.ts';
import { createVisibleAlerts, type VisibleAlerts } from './visible-alerts.ts';
import { watchAlerts } from './watch-alerts.ts';

const DEFAULT_KEEP_ALIVE_MS = 15_000;

export interface AlertServiceOptions {
  readonly alerts: AlertReader;
  readonly operator: Pick<AlertOperator, 'acknowledge'>;
  readonly log: AlertLog;
  /** Everything that there is. */
  readonly reader: Pick<HealthReader, 'definition' | 'subscribe'>;
  /** As the configuration is now. */
  readonly findChannel: FindChannel;
  /** Takes what the audit log is to have. Must not throw. */
  readonly audit: (change: AuditChange) => void;
  /** What is kept of alerts could not be read. Must not throw. */
  readonly onFault: (fault: StoreFault) => void;
  readonly clock: Clock;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** Longest silence of a stream, in milliseconds. Default: 15,000. */
  readonly keepAliveMs?: number;
}

export function createAlertService(options: AlertServiceOptions): ServiceImpl<typeof AlertService> {
  const { alerts, operator, reader, audit, clock, draining, keepAliveMs = DEFAULT_KEEP_ALIVE_MS } = options;
  const log = withApiErrors(options.log, options.onFault);
  const alertsOf = createVisibleAlerts(alerts, reader);
  const stream = createNewsStreams(draining);
  const testChannel = createChannelTest(options.findChannel, clock);
  const record = (action: string, component: string, detail: string, { name }: Principal, values: Values) =>
    audit({ principal: name, address: addressOf(values), action, component, detail });
  /** One that is over. */
  const findResolved = async (id: string, visible: VisibleAlerts): Promise<Alert | undefined> => {
    const [kept] = await log.alerts({ id, limit: 1 });
    return kept && visible.shown(kept);
  };

  return {
    listAlerts: (request, { values }) => listAlerts(alertsOf(principalOf(values, 'READ')), log, request),

    async getAlert({ alert: id }, { values }) {
      const visible = alertsOf(principalOf(values, 'READ'));
      const alert = visible.find(id) ?? (await findResolved(id, visible));
      if (alert === undefined) throw refusal('ALERT_NOT_FOUND', { alert: id });
      return create(GetAlertResponseSchema, { alert: alertToProto(alert) });
    },

    watchAlerts(request, context) {
      const principal = principalOf(context.values, 'READ');
      const subscribeReloads = (wake: () => void) => reader.subscribe([], wake, true);
      const watching = {
        alerts,
        visible: alertsOf(principal),
        subscribeReloads: principal.selection && subscribeReloads,
        clock,
        stream,
        draining,
        keepAliveMs,
      };
      return watchAlerts(watching, request, endOf(context));
    },

    async acknowledgeAlert({ alert: id, note }, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const visible = alertsOf(principal);
      if (visible.find(id) === undefined) {
        if ((await findResolved(id, visible)) === undefined) throw refusal('ALERT_NOT_FOUND', { alert: id });
        throw refusal('ALERT_RESOLVED', { alert: id });
      }
      const result = await operator.acknowledge(id, { author: principal.name, note });
      if (!result.ok && result.why === 'resolved') throw refusal('ALERT_RESOLVED', { alert: id });
      if (!result.ok) throw refusal('ALERT_NOT_FOUND', { alert: id });
      const { alert, isDurable } = result;
      record('ACKNOWLEDGE_ALERT', alert.component, note === '' ? id : `${id}: ${note}`, principal, values);
      if (!isDurable) throw refusal('CHANGE_NOT_KEPT', { what: `the acknowledgement of alert ${JSON.stringify(id)}` });
      return create(AcknowledgeAlertResponseSchema, { alert: alertToProto(visible.shown(alert) ?? alert) });
    },

    listDeliveries(request, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const { shown } = alertsOf(principal);
      // What OpenK says of itself is about no component.
      const isSeen = ({ message: { type, alert } }: { readonly message: { type: string; alert: Alert } }) =>
        type.startsWith('alert.') && shown(alert) !== undefined;
      return listDeliveries(log, principal.selection && isSeen, request);
    },

    async testChannel({ channel }, { values }) {
      const principal = principalOf(values, 'OPERATE');
      const answer = await testChannel(channel, principal.name);
      record('TEST_CHANNEL', '', `${channel}: ${answer.accepted ? 'accepted' : answer.error}`, principal, values);
      return answer;
    },
  };
}

type Values = HandlerContext['values'];

/** The same, that fails with HISTORY_UNAVAILABLE where the store fails. */
function withApiErrors(log: AlertLog, onFault: (fault: StoreFault) => void): AlertLog {
  const ask = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      onFault(fault);
      throw refusal('HISTORY_UNAVAILABLE', {});
    }
  };
  return { alerts: (query) => ask(log.alerts(query)), deliveries: (query) => ask(log.deliveries(query)) };
}
