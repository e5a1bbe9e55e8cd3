// A Gatus configuration as an OpenK one.
import { formatDuration } from '../../config/duration.ts';
import type { Block, Draft, GroupDraft } from '../draft.ts';
import { assignIds, slug } from '../ids.ts';
import type { Imported, Judge } from '../imported.ts';
import { ImportError, outcomeOf, type ReportItem } from '../report.ts';
import { createSecrets } from '../secrets.ts';
import { shownSource } from '../shown-source.ts';
import { type SourceMap, toPlain } from '../source-yaml.ts';
import { type Alerted, translateAlerts } from './alerts.ts';
import type { Oddity } from './condition-to-cel.ts';
import { readGatusDocuments, type SourceFile } from './documents.ts';
import { type Environment, marksIn, resolveMarks, withoutMarks, writeMarks } from './environment.ts';
import { parseGoDuration } from './go-numbers.ts';
import { MAINTENANCE_DIFFERENCE, maintenanceOf } from './maintenance.ts';
import type { Probed } from './probe.ts';
import { probeOf } from './probe-of-endpoint.ts';
import {
  type GatusConfig,
  type GatusEndpoint,
  type GatusExternal,
  type GatusSetting,
  type GatusSuite,
  gatusKey,
  readGatus,
} from './read-gatus.ts';

export interface GatusOptions {
  /** The environment, in which Gatus' variables may be. */
  readonly env: Environment;
  /** For tokens that OpenK does not take as they are. */
  readonly randomToken: () => string;
}

const DEFAULTS = { intervalMs: 60_000, timeoutMs: 10_000 };
const MAX_INTERVAL_MS = 86_400_000;
const MAX_TIMEOUT_MS = 600_000;
/** Longest that a heartbeat may be waited for: as good as for ever. */
const LONGEST_PERIOD = '8760h';
const PING_TOKEN = /^[A-Za-z0-9_-]{16,128}$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
const ROOT_ID = 'system';
const CONNECTIVITY_ID = 'connectivity';

/** What is checked, of whatever kind. */
interface Check {
  readonly kind: 'endpoint' | 'external endpoint';
  readonly item: GatusEndpoint | GatusExternal;
  /** Of the suite for its steps. */
  readonly group: string;
  readonly suite: GatusSuite | undefined;
}

/** @throws {ImportError} for what Gatus does not read either */
export function importGatus(files: readonly SourceFile[], options: GatusOptions): Imported {
  const { root, unread } = readGatusDocuments(files, options.env);
  const config = readGatus(root, options.env);
  if (config.endpoints.length === 0 && config.suites.length === 0) {
    throw new ImportError('there are no endpoints and no suites in it, and Gatus does not start without');
  }
  return new Importer(config, root, unread, options).run();
}

class Importer {
  readonly #config: GatusConfig;
  readonly #options: GatusOptions;
  readonly #secrets;
  readonly #unread: readonly string[];
  readonly #variables: readonly string[];
  readonly #blocks: Block[] = [];
  readonly #items: ReportItem[] = [];
  readonly #alerted: Alerted[] = [];
  readonly #judges: Judge[] = [];
  readonly #members = new Map<string, string[]>();
  readonly #oddities = new Set<Oddity>();

  constructor(config: GatusConfig, root: SourceMap, unread: readonly string[], options: GatusOptions) {
    this.#config = config;
    this.#options = options;
    this.#unread = unread;
    this.#variables = variablesOf(root);
    this.#secrets = createSecrets(new Set(this.#variables));
  }

  run(): Imported {
    const { suites, endpoints, externals } = this.#config;
    const checks: Check[] = [
      ...endpoints.map((item): Check => ({ kind: 'endpoint', item, group: item.group, suite: undefined })),
      ...externals.map((item): Check => ({ kind: 'external endpoint', item, group: item.group, suite: undefined })),
      ...suites.flatMap((suite) =>
        suite.endpoints.map((item): Check => ({ kind: 'endpoint', item, group: suite.group, suite })),
      ),
    ];
    const hasConnectivity = this.#config.settings.some(({ key }) => key === 'connectivity');
    const taken = new Set([ROOT_ID, ...(hasConnectivity ? [CONNECTIVITY_ID] : [])]);
    const ids = assignIds(
      checks.map(({ item, group, suite }) => ({
        identity: `${suite?.name ?? ''}\0${group}\0${item.name}`,
        wish: wishOf(group, item.name),
      })),
      taken,
    );
    this.#reportSuites(suites);
    const keys = new Set<string>();
    for (const [at, check] of checks.entries()) {
      const key = gatusKey(check.group, check.item.name);
      const duplicate = keys.has(key) ? [`its key ${key} is that of another endpoint`] : [];
      keys.add(key);
      this.#addCheck(check, ids[at]!, duplicate);
    }
    const witnesses = this.#addSettings();
    const alerts = translateAlerts(this.#config.providers, this.#alerted, {
      env: this.#options.env,
      secrets: this.#secrets,
    });
    this.#items.push(...alerts.items);
    const groups = this.#groups(new Set([...ids, ...taken]));
    const written = JSON.stringify([this.#blocks, alerts.channels]);
    const variables = this.#variables.filter((name) => written.includes(`\${${name}:-}`));
    return {
      config: {
        title: [
          'yaml-language-server: $schema=openk.schema.json',
          '',
          'Made of a configuration of Gatus by `openk import gatus`.',
        ],
        before: {
          defaults: {
            interval: formatDuration(DEFAULTS.intervalMs),
            timeout: formatDuration(DEFAULTS.timeoutMs),
            unhealthy_threshold: 1,
            healthy_threshold: 1,
          },
        },
        blocks: this.#blocks,
        groups,
        channels: alerts.channels,
        routes: alerts.routes,
        witnesses,
        pages: [],
      },
      items: this.#items,
      notes: this.#notes(groups.length > 0),
      unknownKeys: this.#config.unknownKeys,
      secrets: this.#secrets.values,
      variables,
      judges: this.#judges,
    };
  }

  #addCheck(check: Check, id: string, faults: readonly string[]): void {
    const { item, kind, suite, group } = check;
    const name = nameOf(group, item.name);
    const base = {
      kind: suite === undefined ? kind : 'step',
      name: suite === undefined ? name : `${suite.name}: ${name}`,
      place: item.place,
    };
    if (suite !== undefined && needsOrder(suite)) return;
    const gatusFaults = [...item.faults, ...faults];
    if (gatusFaults.length > 0) {
      this.#lose(
        base,
        item.source,
        gatusFaults.map((fault) => `Gatus does not start with it either: ${fault}`),
      );
      return;
    }
    const made = kind === 'endpoint' ? this.#endpoint(check, id) : this.#external(check, id);
    if ('lost' in made) {
      if (item.enabled) this.#lose(base, item.source, made.lost);
      else this.#off(base, this.#shown(item.source), made.lost);
      return;
    }
    const { component, differences, losses } = made;
    if (!item.enabled || suite?.enabled === false) {
      this.#off(base, component, []);
      return;
    }
    this.#blocks.push({
      kind: 'COMPONENT',
      id,
      component,
      comments: [
        item.place,
        ...losses.map((loss) => `LOST: ${loss}`),
        ...differences.map((difference) => `differs: ${difference}`),
      ],
    });
    this.#items.push({ ...base, outcome: outcomeOf(differences, losses), component: id, differences, losses });
    const parent = suite === undefined ? group : suite.name;
    if (parent !== '') this.#members.set(parent, [...(this.#members.get(parent) ?? []), id]);
    this.#alerted.push({
      component: id,
      group,
      alerts: item.alerts,
      intervalMs: kind === 'external endpoint' ? undefined : intervalOf(item as GatusEndpoint, suite),
      hasDefaults: suite === undefined,
    });
  }

  #lose(base: Pick<ReportItem, 'kind' | 'name' | 'place'>, source: SourceMap, losses: readonly string[]): void {
    this.#blocks.push({
      kind: 'COMMENT',
      shown: this.#shown(source),
      comments: [`NOT IMPORTED: ${base.kind} ${base.name}, ${base.place}`, ...losses],
    });
    this.#items.push({ ...base, outcome: 'LOST', differences: [], losses });
  }

  #off(base: Pick<ReportItem, 'kind' | 'name' | 'place'>, shown: unknown, differences: readonly string[]): void {
    this.#blocks.push({
      kind: 'COMMENT',
      shown,
      comments: [`switched off there: ${base.kind} ${base.name}, ${base.place}`, ...differences],
    });
    this.#items.push({ ...base, outcome: 'OFF', differences, losses: [] });
  }

  #endpoint({ item, group, suite }: Check, id: string) {
    const endpoint = item as GatusEndpoint;
    const key = gatusKey(group, endpoint.name);
    const made: Probed = probeOf({ ...endpoint, group }, { env: this.#options.env, secrets: this.#secrets, key });
    if ('lost' in made) return made;
    for (const oddity of made.oddities) this.#oddities.add(oddity);
    const differences = [...made.differences];
    const intervalMs = intervalOf(endpoint, suite);
    const timeoutMs = Math.min(made.timeoutMs, MAX_TIMEOUT_MS);
    if (intervalMs > MAX_INTERVAL_MS)
      differences.push(`its interval is ${formatDuration(MAX_INTERVAL_MS)}, the longest that there is`);
    if (made.judged !== undefined) {
      const { foreign, expectedStatus, expect } = made.judged;
      this.#judges.push({
        component: id,
        names: [key, nameOf(group, endpoint.name), endpoint.name],
        foreign,
        expectedStatus,
        expect,
      });
    }
    const component: Draft = {
      ...this.#common(endpoint, id, differences),
      ...labelsOf(endpoint, differences),
      ...made.probe,
      ...(intervalMs !== DEFAULTS.intervalMs && { interval: formatDuration(Math.min(intervalMs, MAX_INTERVAL_MS)) }),
      ...(timeoutMs !== DEFAULTS.timeoutMs && { timeout: formatDuration(timeoutMs) }),
      ...this.#maintenance(endpoint, differences),
    };
    return { component, differences, losses: made.losses };
  }

  #external({ item, group }: Check, id: string) {
    const external = item as GatusExternal;
    const { raw, text } = external.token;
    const key = gatusKey(group, external.name);
    const differences: string[] = [];
    const losses: string[] = [];
    const isOwn = withoutMarks(raw) !== '';
    let token = writeMarks(raw);
    if (text !== '' && !PING_TOKEN.test(text)) {
      token = this.#secrets.keep(['GATUS', key, 'TOKEN'], this.#options.randomToken());
      losses.push(
        'its token is not of 16 to 128 letters, digits, - or _: a new one is made, and who pushes has to use it',
      );
    } else if (isOwn) {
      token = this.#secrets.keep(['GATUS', key, 'TOKEN'], text);
    }
    if (external.heartbeatMs === 0)
      differences.push(`Gatus never misses its reports; here it is late after ${LONGEST_PERIOD}`);
    if (pushKey(key) !== pushKey(id))
      differences.push(`who pushes has to call it ${id} in the URL, where it was ${key}`);
    const component: Draft = {
      ...this.#common(external, id, differences),
      heartbeat: {
        period: external.heartbeatMs === 0 ? LONGEST_PERIOD : formatDuration(external.heartbeatMs),
        ping_token: token,
      },
      ...this.#maintenance(external, differences),
    };
    return { component, differences, losses };
  }

  #common({ name, alerts }: GatusEndpoint | GatusExternal, id: string, differences: string[]): Draft {
    const shown = [...name.replace(/[\p{Cc}]+/gu, ' ')].slice(0, 128).join('');
    const descriptions = new Set(alerts.flatMap(({ description }) => description || []));
    if (descriptions.size > 1)
      differences.push('its alerts have descriptions of their own, of which the component has the first');
    const [description] = descriptions;
    return {
      id,
      ...(shown !== id && { display_name: literalText(shown) }),
      ...(description !== undefined && { description: literalText(description) }),
    };
  }

  #maintenance({ windows }: GatusEndpoint | GatusExternal, differences: string[]): Draft {
    const maintenance = maintenanceOf([
      ...windows,
      ...(this.#config.maintenance === undefined ? [] : [this.#config.maintenance]),
    ]);
    if (maintenance === undefined) return {};
    if (windows.some(({ enabled }) => enabled)) differences.push(MAINTENANCE_DIFFERENCE);
    return { maintenance };
  }

  /** Groups, and suites as groups of their steps. */
  #groups(taken: ReadonlySet<string>): readonly GroupDraft[] {
    const names = [...this.#members.keys()];
    const ids = assignIds(
      names.map((name) => ({ identity: `group\0${name}`, wish: slug(name) })),
      taken,
    );
    return names.map((name, at) => ({
      id: ids[at]!,
      keys: ids[at] === name ? {} : { display_name: literalText([...name].slice(0, 128).join('')) },
      members: this.#members.get(name)!,
    }));
  }

  #reportSuites(suites: readonly GatusSuite[]): void {
    for (const suite of suites) {
      const base = { kind: 'suite', name: nameOf(suite.group, suite.name), place: suite.place };
      if (!suite.enabled) this.#items.push({ ...base, outcome: 'OFF', differences: [], losses: [] });
      else if (needsOrder(suite)) {
        this.#lose(base, suite.source, [
          'its steps hand values to one another ([CONTEXT], store), which OpenK does not',
        ]);
      } else {
        const differences = [
          'its steps are checked by themselves, all of them, and not one after the other until one fails',
        ];
        this.#items.push({ ...base, outcome: 'DIFFERENT', differences, losses: [] });
      }
    }
  }

  /** Witnesses of the network. */
  #addSettings(): readonly string[] {
    const witnesses: string[] = [];
    const { maintenance } = this.#config;
    if (maintenance?.enabled) {
      this.#items.push({
        kind: 'setting',
        name: 'maintenance',
        place: maintenance.place,
        outcome: 'DIFFERENT',
        differences: [
          'it is that of each component: their status is MAINTENANCE then, where Gatus only keeps alerts back',
        ],
        losses: [],
      });
    }
    for (const setting of this.#config.settings) {
      const [differences, losses] = this.#setting(setting, witnesses);
      if (differences.length === 0 && losses.length === 0) continue;
      const outcome = losses.length > 0 ? 'LOST' : 'DIFFERENT';
      this.#items.push({ kind: 'setting', name: setting.key, place: setting.place, outcome, differences, losses });
    }
    return witnesses;
  }

  #setting(
    { key, value }: GatusSetting,
    witnesses: string[],
  ): readonly [differences: readonly string[], losses: readonly string[]] {
    switch (key) {
      case 'storage':
        return [['what Gatus has stored is not taken over'], []];
      case 'web':
        return [['where OpenK listens is `listen`, by default 127.0.0.1:8080'], []];
      case 'ui':
        return [['how its pages look is not taken over; `status_pages` makes pages for readers'], []];
      case 'security':
        return [[], ['who may see it is `auth` here: docs/security.md']];
      case 'remote':
        return [[], ['endpoints of another Gatus are not shown: import its configuration']];
      case 'announcements':
        return [[], ['announcements are incidents of a status page here: docs/status-pages.md']];
      case 'connectivity':
        return this.#connectivity(value.kind === 'MAP' ? value : undefined, witnesses);
      default:
        // How many at once, how much is logged, what a wrong reload does: OpenK's own way.
        return [[], []];
    }
  }

  #connectivity(map: SourceMap | undefined, witnesses: string[]): readonly [readonly string[], readonly string[]] {
    const checker = map?.entries.get('checker');
    const target = checker?.kind === 'MAP' ? checker.entries.get('target') : undefined;
    if (target?.kind !== 'TEXT') return [[], ['it has no target']];
    const written = checker?.kind === 'MAP' ? checker.entries.get('interval') : undefined;
    const intervalMs =
      (written?.kind === 'TEXT' ? parseGoDuration(resolveMarks(written.text, this.#options.env)) : undefined) ??
      DEFAULTS.intervalMs;
    witnesses.push(CONNECTIVITY_ID);
    this.#blocks.push({
      kind: 'COMPONENT',
      id: CONNECTIVITY_ID,
      component: {
        id: CONNECTIVITY_ID,
        tcp: { target: writeMarks(target.text) },
        ...(intervalMs !== DEFAULTS.intervalMs && { interval: formatDuration(intervalMs) }),
      },
      comments: [target.place],
    });
    return [
      ['it is a component and a witness of `observer`: while it does not answer, nothing that is seen counts'],
      [],
    ];
  }

  #notes(hasGroups: boolean): readonly string[] {
    const notes = [
      ...(hasGroups ? ['A group is the worst of its members here; Gatus only shows them together.'] : []),
      'Requests name OpenK as their user agent, and not Gatus/1.0.',
    ];
    if (this.#oddities.size > 0) {
      notes.push(
        'Conditions say the same of answers of the shape that they name; of odd ones OpenK is the stricter: docs/import.md.',
      );
    }
    if (this.#unread.length > 0) notes.push(`Empty in Gatus, since it knows no defaults: ${this.#unread.join(', ')}.`);
    const sent = new Set(this.#alerted.flatMap(({ alerts }) => alerts.map(({ type }) => type)));
    const silent = this.#config.providers.map(({ type }) => type).filter((type) => !sent.has(type));
    if (silent.length > 0)
      notes.push(`Providers of which no endpoint that is there has an alert: ${silent.join(', ')}.`);
    const unset = this.#variables.filter((name) => this.#options.env[name] === undefined);
    if (unset.length > 0)
      notes.push(`Not set here, and so empty where a value was needed: ${unset.map((name) => `$${name}`).join(', ')}.`);
    return notes;
  }

  /** The source of what is not there, without its secrets. */
  #shown(source: SourceMap): unknown {
    const write = (text: string) => writeMarks(text).replaceAll('$${', '${').replaceAll(':-}', '}');
    return shownSource(source, write, (text) => withoutMarks(text) !== '');
  }
}

function literalText(text: string): string {
  return writeMarks(text);
}

function intervalOf(endpoint: GatusEndpoint, suite: GatusSuite | undefined): number {
  return suite === undefined ? endpoint.intervalMs : suite.intervalMs;
}

function needsOrder(suite: GatusSuite): boolean {
  return suite.hasContext || suite.endpoints.some(({ usesContext }) => usesContext);
}

function nameOf(group: string, name: string): string {
  return group === '' ? name : `${group}/${name}`;
}

/** The key of Gatus, which badges and those who push call it by, without the `_` that stands for no group. */
function wishOf(group: string, name: string): string {
  return gatusKey(group, name).replace(/^_/, '');
}

/** As the route of Gatus' pushes compares keys with ids. */
function pushKey(key: string): string {
  return key
    .toLowerCase()
    .replace(/^_/, '')
    .replaceAll(/[^a-z0-9]/g, '-');
}

function labelsOf({ labels }: GatusEndpoint, differences: string[]): Draft {
  const written: Record<string, string> = {};
  for (const [name, { raw }] of labels) {
    if (LABEL.test(name)) written[name] = writeMarks(raw);
    else differences.push(`the label "${name}" has a name that OpenK does not take`);
  }
  return Object.keys(written).length === 0 ? {} : { labels: written };
}

function variablesOf(root: SourceMap): readonly string[] {
  const names = new Set<string>();
  toPlain(root, (text) => {
    for (const name of marksIn(text)) names.add(name);
    return '';
  });
  return [...names];
}
