// Modules of blackbox_exporter and the targets that Prometheus gives them as an OpenK configuration: a component for each target.
import { formatDuration } from '../../config/duration.ts';
import { type Block, type Draft, type GroupDraft, literal } from '../draft.ts';
import { assignIds } from '../ids.ts';
import type { Imported, Judge } from '../imported.ts';
import { Keys } from '../keys.ts';
import { ImportError, outcomeOf, type ReportItem, type UnknownKey } from '../report.ts';
import { createSecrets } from '../secrets.ts';
import { maskUrl, shownSource } from '../shown-source.ts';
import { readYaml, type SourceMap } from '../source-yaml.ts';
import { http } from './http.ts';
import { lost, type ModuleOptions, type ModuleResult } from './module.ts';
import { dns, grpc, icmp, tcp } from './others.ts';
import { type ProbeTarget, prometheusDuration, readProbeTargets } from './targets.ts';
import { websocket } from './websocket.ts';

export interface BlackboxFile {
  /** As people call it. */
  readonly name: string;
  readonly text: string;
}

const DEFAULTS = { intervalMs: 60_000, timeoutMs: 9_500 };
/** What a module may take before Prometheus gives up. */
const TIMEOUT_OFFSET_MS = 500;
const DEFAULT_MODULE = 'http_2xx';
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
const ROOT_ID = 'system';
const PROBERS = ['http', 'tcp', 'icmp', 'dns', 'grpc', 'unix', 'websocket'];

/** Which file is which, its own keys say. @throws {ImportError} */
export function importBlackbox(files: readonly BlackboxFile[]): Imported {
  const maps = files
    .flatMap(({ name, text }) => readYaml(text, name))
    .flatMap((value) => (value?.kind === 'MAP' ? [value] : []));
  const modules = new Map(maps.flatMap((map) => [...(new Keys(map).map('modules')?.entries ?? [])]));
  if (modules.size === 0) throw new ImportError('there are no modules in it');
  const unknown: UnknownKey[] = [];
  const found = maps.map((map) => readProbeTargets(map, unknown));
  const targets = found.flatMap((each) => each.targets);
  const secrets = createSecrets();
  const blocks: Block[] = [];
  const items: ReportItem[] = [];
  const judges: Judge[] = [];
  const members = new Map<string, string[]>();
  const ids = assignIds(
    targets.map(({ job, instance, module, target }) => ({
      identity: `${job}\0${instance}\0${module}\0${target}`,
      wish: `${job}_${instance}`,
    })),
    new Set([ROOT_ID]),
  );
  for (const [at, target] of targets.entries()) {
    const id = ids[at]!;
    const name = target.module ?? DEFAULT_MODULE;
    const base = { kind: 'target', name: `${target.job}: ${target.instance}`, place: target.place };
    const module = modules.get(name);
    const made =
      module?.kind === 'MAP'
        ? probeOf(module, { name: `${name}_${id}`, target: target.target, hostname: target.hostname, secrets }, unknown)
        : lost(`there is no module ${name}, so that blackbox_exporter answers nothing either`);
    if ('lost' in made) {
      const shown = {
        job: target.job,
        target: maskUrl(target.target),
        module: name,
        ...(module && { [name]: shownSource(module) }),
      };
      blocks.push({ kind: 'COMMENT', shown, comments: [`NOT IMPORTED: ${base.name}, ${base.place}`, ...made.lost] });
      items.push({ ...base, outcome: 'LOST', differences: [], losses: made.lost });
      continue;
    }
    const { differences, losses } = made;
    const component = componentOf(id, target, module as SourceMap, made.probe, differences);
    blocks.push({
      kind: 'COMPONENT',
      id,
      component: component.draft,
      comments: [
        target.place,
        ...losses.map((loss) => `LOST: ${loss}`),
        ...component.differences.map((text) => `differs: ${text}`),
      ],
    });
    items.push({
      ...base,
      outcome: outcomeOf(component.differences, losses),
      component: id,
      differences: component.differences,
      losses,
    });
    members.set(target.job, [...(members.get(target.job) ?? []), id]);
    if (made.judged !== undefined)
      judges.push({ component: id, names: [target.instance, target.target], ...made.judged });
  }
  for (const { place, name, why } of found.flatMap((each) => each.lost)) {
    items.push({ kind: 'job', name, place, outcome: 'LOST', differences: [], losses: [why] });
    blocks.push({ kind: 'COMMENT', shown: { job: name }, comments: [`NOT IMPORTED: job ${name}, ${place}`, why] });
  }
  const used = new Set(targets.map(({ module }) => module ?? DEFAULT_MODULE));
  const unused = [...modules.keys()].filter((name) => !used.has(name));
  return {
    config: {
      title: [
        'yaml-language-server: $schema=openk.schema.json',
        '',
        'Made of blackbox_exporter and Prometheus by `openk import blackbox`.',
      ],
      before: {
        defaults: {
          interval: formatDuration(DEFAULTS.intervalMs),
          timeout: formatDuration(DEFAULTS.timeoutMs),
          unhealthy_threshold: 1,
          healthy_threshold: 1,
        },
      },
      blocks,
      groups: groupsOf(members, new Set([...ids, ROOT_ID])),
      channels: [],
      routes: [],
      witnesses: [],
      pages: [],
    },
    items,
    notes: [
      'A job is a group here, of the worst of its targets.',
      'One failed run makes a component UNHEALTHY, as probe_success shows it: alerting rules, and their `for`, are routes of `alerts`.',
      'All addresses of a name are tried, where blackbox_exporter tries the first one.',
      ...(unused.length > 0 ? [`Modules that no target uses: ${unused.join(', ')}.`] : []),
      ...(targets.length === 0 ? ['There is no target: name the prometheus.yml that has them by --prometheus.'] : []),
    ],
    unknownKeys: dedupe(unknown),
    secrets: secrets.values,
    variables: [],
    judges,
  };
}

function probeOf(map: SourceMap, options: ModuleOptions, unknown: UnknownKey[]): ModuleResult {
  const keys = new Keys(map);
  const prober = keys.text('prober')?.text ?? '';
  const own = keys.keys(prober);
  keys.ignore('timeout', ...PROBERS);
  unknown.push(...keys.unknown());
  switch (prober) {
    case 'http':
      return http(own, options, unknown);
    case 'tcp':
      return tcp(own, options);
    case 'dns':
      return dns(own, options);
    case 'grpc':
      return grpc(own, options);
    case 'icmp':
      return icmp(own, options);
    case 'websocket':
      return websocket(own, options);
    default:
      return lost(`OpenK has no probe like ${prober || 'one without a prober'}`);
  }
}

function componentOf(
  id: string,
  { instance, intervalMs, scrapeTimeoutMs, labels }: ProbeTarget,
  module: SourceMap,
  probe: Draft,
  known: readonly string[],
): { readonly draft: Draft; readonly differences: readonly string[] } {
  const differences = [...known];
  const moduleMs = new Keys(module).read('timeout', prometheusDuration, 'duration') ?? 0;
  const scrapeMs = Math.max(scrapeTimeoutMs - TIMEOUT_OFFSET_MS, 1);
  const timeoutMs = moduleMs === 0 ? scrapeMs : Math.min(moduleMs, scrapeMs);
  const written: Record<string, string> = {};
  for (const [name, value] of labels) {
    if (LABEL.test(name)) written[name] = literal(value);
    else differences.push(`the label "${name}" has a name that OpenK does not take`);
  }
  const name = [...instance.replace(/\p{Cc}+/gu, ' ')].slice(0, 128).join('');
  return {
    draft: {
      id,
      display_name: literal(maskUrl(name)),
      ...(Object.keys(written).length > 0 && { labels: written }),
      ...probe,
      ...(intervalMs !== DEFAULTS.intervalMs && { interval: formatDuration(intervalMs) }),
      ...(timeoutMs !== DEFAULTS.timeoutMs && { timeout: formatDuration(timeoutMs) }),
    },
    differences,
  };
}

function groupsOf(members: ReadonlyMap<string, readonly string[]>, taken: ReadonlySet<string>): readonly GroupDraft[] {
  const jobs = [...members.keys()];
  const ids = assignIds(
    jobs.map((job) => ({ identity: `job\0${job}`, wish: job })),
    taken,
  );
  return jobs.map((job, at) => ({
    id: ids[at]!,
    keys: ids[at] === job ? {} : { display_name: literal([...job].slice(0, 128).join('')) },
    members: members.get(job)!,
  }));
}

function dedupe(unknown: readonly UnknownKey[]): readonly UnknownKey[] {
  return [...new Map(unknown.map((each) => [`${each.place} ${each.key}`, each])).values()];
}
