// What the probe kind `consul` asks, and what the answer means (https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service).
import type { ConsulProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { ObservedPart } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Probe } from '../core/probe.ts';
import type { ProbeContext } from './probe.ts';
import { type ReasonCode, reason } from './reason.ts';
import {
  createSourceProbe,
  fieldsOf,
  type Judged,
  jsonOf,
  listOf,
  partsOf,
  sourceOf,
  textIn,
  unanswered,
  urlBelow,
  type Verdict,
  worstOf,
} from './source.ts';

const MAX_NAME = 200;
const MAX_SAID = 3;
/** A node or an instance that somebody took out of service has this check. */
const MAINTENANCE = /^_(node|service)_maintenance(:|$)/;

const STATES: ReadonlyMap<string, Verdict> = new Map([
  ['passing', 'HEALTHY'],
  ['warning', 'DEGRADED'],
  ['critical', 'UNHEALTHY'],
]);
const CODES: Readonly<Record<Verdict, ReasonCode>> = {
  HEALTHY: 'OK',
  DEGRADED: 'CONSUL_DEGRADED',
  UNHEALTHY: 'CONSUL_UNHEALTHY',
  UNKNOWN: 'FEED_UNKNOWN',
};

interface Instance {
  readonly name: string;
  readonly verdict: Verdict | 'MAINTENANCE';
  /** Names of the checks that do not pass; what they say is a stranger's text. */
  readonly failing: readonly string[];
}

export function createConsulProbe(options: ConsulProbe, context: ProbeContext): Probe {
  const shown = sourceOf(options.server);
  const url = urlBelow(options.server, `/v1/health/service/${encodeURIComponent(options.service)}`);
  if (options.tag !== '') url.searchParams.set('tag', options.tag);
  if (options.datacenter !== '') url.searchParams.set('dc', options.datacenter);
  const headers = options.token === '' ? {} : { 'x-consul-token': options.token };
  const { username, password } = url;
  return createSourceProbe(
    shown,
    { ...options, secrets: [options.token, username, password] },
    context,
    async (ask) => {
      const answer = await ask({ url, method: 'GET', headers });
      if (answer.status !== 200) return unanswered(shown, answer);
      const rows = jsonOf(answer, shown);
      if (!Array.isArray(rows)) {
        return {
          outcome: 'UNKNOWN',
          reason: reason('SOURCE_FAILED', `${shown} answers with something that is no list of instances`),
        };
      }
      return judge(rows.map(instanceOf), options.service);
    },
  );
}

function instanceOf(row: unknown): Instance {
  const { Node, Service, Checks } = fieldsOf(row);
  const node = textIn(fieldsOf(Node).Node);
  const service = textIn(fieldsOf(Service).ID);
  const checks = listOf(Checks).map(fieldsOf);
  const name = [node, service].map((text) => text.replaceAll('/', '-')).join('/');
  if (checks.some(({ CheckID }) => MAINTENANCE.test(textIn(CheckID))))
    return { name, verdict: 'MAINTENANCE', failing: [] };
  const verdictOf = ({ Status }: Readonly<Record<string, unknown>>) => STATES.get(textIn(Status)) ?? 'UNKNOWN';
  const failing = checks
    .filter((check) => verdictOf(check) !== 'HEALTHY')
    .map(({ Name, CheckID }) => textIn(Name) || textIn(CheckID));
  return { name, verdict: worstOf(checks.map(verdictOf)), failing };
}

function judge(instances: readonly Instance[], service: string): Judged {
  const shown = printable(service, MAX_NAME);
  const parts = partsOf(instances.map(partOf));
  if (instances.length === 0) {
    return { outcome: 'UNKNOWN', reason: reason('CONSUL_NO_INSTANCES', `Consul has no instance of ${shown}`), parts };
  }
  const counted = instances.flatMap(({ verdict }) => (verdict === 'MAINTENANCE' ? [] : [verdict]));
  if (counted.length === 0) {
    return {
      outcome: 'UNKNOWN',
      reason: reason('CONSUL_MAINTENANCE', `all instances of ${shown} are in maintenance`),
      parts,
    };
  }
  const outcome = verdictOf(counted);
  const bad = instances.filter(({ failing }) => failing.length > 0);
  const came = bad.slice(0, MAX_SAID).map(({ name, failing }) => `${name}: ${failing.join(', ')}`);
  const more = bad.length > MAX_SAID ? [`${bad.length - MAX_SAID} more`] : [];
  return { outcome, reason: reason(CODES[outcome], MESSAGES[outcome](shown), [...came, ...more].join('; ')), parts };
}

const MESSAGES: Readonly<Record<Verdict, (service: string) => string>> = {
  HEALTHY: (service) => `all instances of ${service} pass`,
  DEGRADED: (service) => `not all instances of ${service} pass`,
  UNHEALTHY: (service) => `no instance of ${service} passes`,
  UNKNOWN: (service) => `Consul says something of ${service} that is not known here`,
};

/** Unknown ones are taken for passing and for failing, as in groups: where both come to the same, that is it. */
function verdictOf(verdicts: readonly Verdict[]): Verdict {
  const [best, worst] = (['HEALTHY', 'UNHEALTHY'] as const).map((taken) => {
    const known = verdicts.map((verdict) => (verdict === 'UNKNOWN' ? taken : verdict));
    if (known.every((verdict) => verdict === 'HEALTHY')) return 'HEALTHY';
    return known.every((verdict) => verdict === 'UNHEALTHY') ? 'UNHEALTHY' : 'DEGRADED';
  });
  return best === worst ? best! : 'UNKNOWN';
}

function partOf({ name, verdict, failing }: Instance): ObservedPart {
  const shown = printable(name, MAX_NAME);
  if (verdict === 'MAINTENANCE')
    return { name: shown, outcome: 'UNKNOWN', reason: reason('CONSUL_MAINTENANCE', 'in maintenance') };
  const words =
    verdict === 'HEALTHY'
      ? 'passes'
      : verdict === 'UNKNOWN'
        ? 'is in a state that is not known here'
        : 'does not pass, or warns';
  return { name: shown, outcome: verdict, reason: reason(CODES[verdict], words, failing.join(', ')) };
}
