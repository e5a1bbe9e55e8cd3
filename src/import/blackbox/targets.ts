// What Prometheus has blackbox_exporter look at: the jobs of prometheus.yml whose path is that of probes, target by target, after relabelling.
import { Keys } from '../keys.ts';
import type { UnknownKey } from '../report.ts';
import type { SourceMap, SourceValue } from '../source-yaml.ts';
import { type Labels, readRelabelRule, relabel } from './relabel.ts';

export interface ProbeTarget {
  readonly place: string;
  readonly job: string;
  readonly instance: string;
  /** Undefined: blackbox_exporter takes `http_2xx`. */
  readonly module: string | undefined;
  readonly target: string;
  /** That blackbox_exporter has it called by, in Host and in TLS. */
  readonly hostname: string | undefined;
  readonly intervalMs: number;
  readonly scrapeTimeoutMs: number;
  /** Those that Prometheus keeps, without job and instance. */
  readonly labels: Labels;
}

/** Targets that are found at run time, or by a target without `__param_target`. */
export interface LostTargets {
  readonly place: string;
  readonly name: string;
  readonly why: string;
}

export interface ProbeTargets {
  readonly targets: readonly ProbeTarget[];
  readonly lost: readonly LostTargets[];
}

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const PROBE_PATH = '/probe';

export function readProbeTargets(root: SourceMap, unknown: UnknownKey[]): ProbeTargets {
  const global = new Keys(root).keys('global');
  const defaults = {
    intervalMs: global.read('scrape_interval', prometheusDuration, 'duration') ?? DEFAULT_INTERVAL_MS,
    timeoutMs: global.read('scrape_timeout', prometheusDuration, 'duration') ?? DEFAULT_TIMEOUT_MS,
  };
  const targets: ProbeTarget[] = [];
  const lost: LostTargets[] = [];
  for (const job of new Keys(root).list('scrape_configs')) {
    if (job.kind !== 'MAP') continue;
    const found = readJob(job, defaults, unknown);
    targets.push(...found.targets);
    lost.push(...found.lost);
  }
  return { targets, lost };
}

function readJob(
  map: SourceMap,
  defaults: { readonly intervalMs: number; readonly timeoutMs: number },
  unknown: UnknownKey[],
): ProbeTargets {
  const keys = new Keys(map);
  const job = keys.text('job_name')?.text ?? '';
  const path = keys.text('metrics_path')?.text ?? '/metrics';
  const rules = keys
    .list('relabel_configs')
    .flatMap((rule) => (rule.kind === 'MAP' ? [readRelabelRule(rule, unknown)] : []));
  const isProbe = path === PROBE_PATH || rules.some(({ targetLabel }) => targetLabel === '__param_target');
  if (!isProbe) return { targets: [], lost: [] };
  const intervalMs = keys.read('scrape_interval', prometheusDuration, 'duration') ?? defaults.intervalMs;
  const scrapeTimeoutMs = Math.min(
    keys.read('scrape_timeout', prometheusDuration, 'duration') ?? defaults.timeoutMs,
    intervalMs,
  );
  const params = [...(keys.map('params')?.entries ?? [])].flatMap(([name, value]): [string, string][] => {
    const [first] = value.kind === 'LIST' ? value.items : [];
    return first?.kind === 'TEXT' ? [[`__param_${name}`, first.text]] : [];
  });
  const targets: ProbeTarget[] = [];
  const lost: LostTargets[] = keys
    .names()
    .filter((name) => name.endsWith('_sd_configs'))
    .map((name) => ({
      place: keys.value(name)?.place ?? map.place,
      name: job,
      why: `its targets come from ${name}: OpenK finds targets by sources of its own (docs/discovery.md)`,
    }));
  for (const group of keys.list('static_configs')) {
    if (group.kind !== 'MAP') continue;
    const groupKeys = new Keys(group);
    const own = textsOf(groupKeys.map('labels'));
    for (const value of groupKeys.list('targets')) {
      if (value.kind !== 'TEXT') continue;
      const labels = relabel(
        new Map([
          ['__address__', value.text],
          ['__scheme__', keys.text('scheme')?.text ?? 'http'],
          ['__metrics_path__', path],
          ['job', job],
          ...params,
          ...own,
        ]),
        rules,
      );
      // Prometheus drops it, too.
      if (labels === undefined || (labels.get('__address__') ?? '') === '') continue;
      if (labels.get('__metrics_path__') !== PROBE_PATH) continue;
      const target = labels.get('__param_target');
      if (target === undefined) {
        lost.push({
          place: value.place,
          name: `${job}: ${value.text}`,
          why: 'no relabelling makes a __param_target of it',
        });
        continue;
      }
      targets.push({
        place: value.place,
        job: labels.get('job') ?? job,
        instance: labels.get('instance') ?? labels.get('__address__')!,
        module: labels.get('__param_module'),
        target,
        hostname: labels.get('__param_hostname') || undefined,
        intervalMs,
        scrapeTimeoutMs,
        labels: new Map(
          [...labels].filter(([name]) => !name.startsWith('__') && name !== 'job' && name !== 'instance'),
        ),
      });
    }
  }
  return { targets, lost };
}

function textsOf(map: SourceMap | undefined): readonly (readonly [string, string])[] {
  return [...(map?.entries ?? [])].flatMap(([name, value]: [string, SourceValue]) =>
    value.kind === 'TEXT' ? [[name, value.text] as const] : [],
  );
}

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** `1m30s`, `1d`, `500ms`, in this order and without fractions, in milliseconds. */
export function prometheusDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || text === '') return undefined;
  return UNITS.reduce((sum, [, ms], at) => sum + Number(match[at + 1] ?? 0) * ms, 0);
}
