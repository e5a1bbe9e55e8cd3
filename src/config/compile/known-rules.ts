// The rules in CEL of config.proto that most files meet, in JavaScript, by the text of the expression: a file that keeps them for certain
// needs neither CEL nor protovalidate (ADR 85). A condition may be narrower than its rule, never wider; tests/rules/certain.test.ts
// compares them.
import type {
  AlertRoute,
  Component,
  HeartbeatProbe,
  HttpProbe,
  MaintenanceWindow,
  OpenkProbe,
  QuorumRule,
  Server,
  SlackChannel,
  Slo,
  TlsProbe,
  WeightedRule,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { KnownRules } from '../../rules/certain.ts';
import type { Condition } from '../../rules/conditions.ts';

const keeps = (pattern: RegExp) => (text: string) => pattern.test(text);
const isSet = (value: unknown) => value !== undefined;
const isSecure = (url: string) => url.startsWith('https://');

const IPV4 = '([1-9]?[0-9]|1[0-9][0-9])(\\.([1-9]?[0-9]|1[0-9][0-9])){3}';
const PORT = '(0|[1-9][0-9]{0,3}|[1-5][0-9]{4})';

/** Addresses with numbers below 200 and ports below 60000. */
const TEXTS: Readonly<Record<string, (text: string) => boolean>> = {
  "this.matches('^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')": keeps(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
  "this.matches('^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$')": keeps(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  "this.matches('^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$')": keeps(
    /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/,
  ),
  "size(this) <= 128 && !this.matches('[\\x00-\\x1f\\x7f-\\x9f]')": keeps(/^[ -~\u00a0-\uffff]{0,128}$/),
  "this.isHostAndPort(true) || this.matches('^([0-9A-Za-z_.-]*[A-Za-z_-][0-9A-Za-z_-]*[.]?|[[][0-9A-Fa-f:.]+(%[0-9A-Za-z_.~-]+)?[]]):(0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$')":
    keeps(new RegExp(`^(${IPV4}|[a-z]+|\\[::1?\\]):${PORT}$`)),
  "this.isIp() || this.matches('^[^\\x00-)+,:-@[\\\\]^`{-\\x7f]+$')": keeps(/^[0-9A-Za-z._/-]+$/),
  'this.isIp() || this.isIpPrefix()': keeps(new RegExp(`^${IPV4}(/[12]?[0-9])?$`)),
  "this.isIp() || (this.isHostAndPort(true) && this.matches('^[0-9.]+:[0-9]+$|^\\\\[[0-9A-Fa-f:.]+\\\\]:[0-9]+$'))":
    keeps(new RegExp(`^${IPV4}(:${PORT})?$`)),
  "this == 'memory:' || this.matches('^sqlite:.+$') || this.matches('^postgres(ql)?://.+$')": keeps(
    /^(memory:|sqlite:[ -~]+|postgres(ql)?:\/\/[ -~]+)$/,
  ),
  "this.matches('^([[][^][]+[]]|[^][:/?#@%\\\\s]+):[1-9][0-9]{0,4}$')": keeps(
    /^(\[[0-9A-Za-z:.%]+\]|[0-9A-Za-z_.-]+):[1-9][0-9]{0,4}$/,
  ),
  "this.matches('^(?i:https?)://[^/?#\\\\s]')": keeps(/^https?:\/\/[0-9A-Za-z[]/),
  "this.matches('^(?i:https?)://[^/?#@\\\\s]+([/?#][^\\\\s]*)?$')": keeps(
    /^https?:\/\/[0-9A-Za-z_.:-]+([/?#][!-~]*)?$/,
  ),
  // Requests.
  "this.matches('^[!#$%&\\'*+.^_`|~0-9A-Za-z-]+$')": keeps(/^[0-9A-Za-z-]+$/),
  "!this.matches('[\\x00-\\x08\\x0a-\\x1f\\x7f]')": keeps(/^[ -~]*$/),
  "this.matches('^[A-Z]{1,16}$') && this != 'CONNECT'": keeps(/^(GET|HEAD|POST|PUT|OPTIONS)$/),
  "this.matches('^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$') && (size(this) == 3 || this <= this.split('-')[1])": keeps(
    /^([1-5][0-9][0-9]|([1-5])00-\2[0-9][0-9])$/,
  ),
  "this.matches('^[0-9a-z_.-]+$') && !this.startsWith('grpc-')": keeps(/^(?!grpc-)[0-9a-z_.-]+$/),
  "this.matches('^[ -~]*$')": keeps(/^[ -~]*$/),
  // Who may what, and from where.
  "this.matches('^[A-Za-z0-9_-]{16,128}$')": keeps(/^[A-Za-z0-9_-]{16,128}$/),
  "this.matches('^[0-9a-fA-F]{64}$')": keeps(/^[0-9a-fA-F]{64}$/),
  "this.matches('^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$')": keeps(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/),
  "this == '*' || this.matches('^([*][.])?[0-9A-Za-z_-]([0-9A-Za-z_.-]{0,251}[0-9A-Za-z_-])?$') || this.isIp()": keeps(
    /^[0-9a-z]([0-9a-z.-]{0,251}[0-9a-z])?$/,
  ),
  "this.matches('^([*]|(?i:https?)://[^/?#@\\\\s]+)$')": keeps(/^https?:\/\/[0-9a-z.:-]+$/),
};

const MESSAGES: Readonly<Record<string, Condition>> = {
  '!(has(this.group) || has(this.heartbeat)) || !(has(this.interval) || has(this.timeout) || has(this.unhealthy_interval) || has(this.stale_after) || has(this.healthy_threshold) || has(this.unhealthy_threshold))':
    (component: Component) => {
      const { kind, interval, timeout, unhealthyInterval, staleAfter, healthyThreshold, unhealthyThreshold } =
        component;
      if (kind.case !== 'group' && kind.case !== 'heartbeat') return true;
      return ![interval, timeout, unhealthyInterval, staleAfter, healthyThreshold, unhealthyThreshold].some(isSet);
    },
  '!has(this.vantage) || !(has(this.group) || has(this.heartbeat) || has(this.discovery) || has(this.alertmanager))': ({
    vantage,
    kind,
  }: Component) => vantage === undefined || kind.case === 'http' || kind.case === 'tcp' || kind.case === 'grpc',
  "(has(this.period) && this.cron == '' && this.timezone == '') || (!has(this.period) && this.cron != '')": ({
    period,
    cron,
    timezone,
  }: HeartbeatProbe) => (period === undefined ? cron !== '' : cron === '' && timezone === ''),
  "this.cron == '' || (has(this.grace) && this.grace > duration('0s'))": ({ cron, grace }: HeartbeatProbe) =>
    cron === '' || (grace !== undefined && grace.seconds > 0n),
  "!has(this.tls) || this.follow_redirects > 0u || !this.url.matches('^(?i:http)://')": ({ tls, url }: HttpProbe) =>
    tls === undefined || isSecure(url),
  "!has(this.tls) || !this.server.matches('^(?i:http)://')": ({ tls, server }: OpenkProbe) =>
    tls === undefined || isSecure(server),
  '!has(this.degraded_before) || !has(this.degraded_before_share)': (tls: TlsProbe) =>
    tls.degradedBefore === undefined || tls.degradedBeforeShare === undefined,
  'has(this.healthy) != has(this.healthy_percent)': (rule: QuorumRule) =>
    isSet(rule.healthy) !== isSet(rule.healthyPercent),
  '!(has(this.degraded) && has(this.degraded_percent))': (rule: QuorumRule) =>
    rule.degraded === undefined || rule.degradedPercent === undefined,
  'this.degraded_at <= this.healthy_at': (rule: WeightedRule) => rule.degradedAt <= rule.healthyAt,
  "(has(this.start) && has(this.end) && this.cron == '' && !has(this.duration) && this.timezone == '') || (!has(this.start) && !has(this.end) && this.cron != '' && has(this.duration))":
    ({ start, end, cron, duration, timezone }: MaintenanceWindow) =>
      cron === ''
        ? isSet(start) && isSet(end) && duration === undefined && timezone === ''
        : start === undefined && end === undefined && duration !== undefined,
  '!(has(this.start) && has(this.end)) || this.start < this.end': ({ start, end }: MaintenanceWindow) =>
    start === undefined || end === undefined || start.seconds < end.seconds,
  '!this.good.exists(status, status in this.exclude)': ({ exclude }: Slo) => exclude.length === 0,
  'size(this.good) == 0 || this.good.exists(status, status == 1)': ({ good }: Slo) => good.length === 0,
  '!this.proxy_protocol || size(this.trusted_proxies) > 0': ({ proxyProtocol }: Server) => !proxyProtocol,
  "(this.webhook_url != '') != (this.token != '' && this.channel != '')": (slack: SlackChannel) =>
    slack.webhookUrl !== '' && slack.token === '',
  'size(this.on) == 0 || size(this.on_burn) == 0': ({ on, onBurn }: AlertRoute) =>
    on.length === 0 || onBurn.length === 0,
  'size(this.on_burn) == 0 || !has(this.for)': ({ onBurn }: AlertRoute) => onBurn.length === 0,
};

export const OBJECTIVE =
  'this <= 0.0 || this >= 100.0 || (this * 10000.0 - double(int(this * 10000.0 + 0.5)) < 0.000001 && this * 10000.0 - double(int(this * 10000.0 + 0.5)) > -0.000001)';

export const KNOWN_RULES: KnownRules = {
  patternTest: () => undefined,
  expressions: new Map([
    ...Object.entries<Condition>(TEXTS),
    ...Object.entries(MESSAGES),
    [OBJECTIVE, (percent: number) => Math.abs(percent * 1e4 - Math.round(percent * 1e4)) < 1e-7],
  ]),
};
