// What Alertmanager 0.25 posted of its own accord, with max_alerts 2: an alert, its end, and three of which one was left out.
const HEAD = { receiver: 'openk', externalURL: 'http://alertmanager:9093', version: '4' };
const GROUP = { groupLabels: { alertname: 'HighErrorRate' }, groupKey: '{}:{alertname="HighErrorRate"}' };
const labels = (instance: string) => ({ alertname: 'HighErrorRate', instance, severity: 'critical', team: 'shop' });
const alert = (instance: string, fingerprint: string) => ({
  status: 'firing',
  labels: labels(instance),
  annotations: { summary: `errors of ${instance} are above 5 %` },
  startsAt: '2026-11-29T18:49:11.39458499Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example/graph',
  fingerprint,
});
const common = { commonLabels: labels('web-1'), commonAnnotations: {} };

export const FIRING = {
  ...HEAD,
  ...GROUP,
  ...common,
  status: 'firing',
  alerts: [alert('web-1', '901da8137d6eaeee')],
  truncatedAlerts: 0,
};
export const RESOLVED = {
  ...FIRING,
  status: 'resolved',
  alerts: [{ ...alert('web-1', '901da8137d6eaeee'), status: 'resolved', endsAt: '2026-11-29T18:49:11.896Z' }],
};
export const TRUNCATED = {
  ...FIRING,
  alerts: [alert('web-1', '901da8137d6eaeee'), alert('web-2', 'cc16a20704bf8e05')],
  truncatedAlerts: 1,
};
/** An alert that always fires, as kube-prometheus has it. */
export const WATCHDOG = {
  ...FIRING,
  groupLabels: { alertname: 'Watchdog' },
  groupKey: '{}:{alertname="Watchdog"}',
  alerts: [{ ...alert('', 'ab'), labels: { alertname: 'Watchdog', severity: 'none' }, annotations: {} }],
};
