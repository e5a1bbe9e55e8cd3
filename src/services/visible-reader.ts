// Another reader as somebody sees it for whom only a part of the components exists (ADR 47). It follows what changes, since what
// changes for everybody may be nothing new here: each health keeps the revision of its last change that shows.
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health, MemberCounts } from '../core/health.ts';
import { redefinedIds } from '../core/redefined.ts';
import type { Selection } from '../core/selection.ts';
import { withChanges } from '../core/sorted.ts';
import type { Status } from '../core/status.ts';
import { createChangeLog } from '../engine/change-log.ts';
import { isChange } from '../engine/component-state.ts';
import type { Changes, HealthReader } from '../engine/health-ports.ts';
import { createRedefinitions } from '../engine/redefinitions.ts';
import { createWatchers } from '../engine/watchers.ts';

export interface VisibleReader extends HealthReader {
  /** Number of subscriptions that are open. */
  readonly subscriberCount: number;
  /** Takes in what changed after `since`, and wakes whoever watches something of it that shows. */
  advance(since: number, changes: Changes | undefined): void;
}

/** One component that there is. */
interface Shown {
  /** As everybody has it. */
  full: Health;
  health: Health;
  /** The health at its last change. */
  changed: Health;
  /** As the caller sees it. */
  definition: ComponentDefinition;
}

/** A group that has members which there are not. */
interface PartialGroup {
  /** Those that there are. */
  readonly ignored: number;
  readonly counts: Record<Status, number>;
}

/** @param startRevision below all that change from now on; whoever stands before it receives a snapshot */
export function createVisibleReader(reader: HealthReader, selection: Selection, startRevision: number): VisibleReader {
  const components = new Map<string, Shown>();
  const partialGroups = new Map<string, PartialGroup>();
  const watchers = createWatchers();
  /** Ids that changed since watchers were woken. */
  let news: string[] = [];
  /** Whether the definitions have become others since then. */
  let isRedefined = false;
  /** What came, went or became something else by the file of an instance that stands by, before the one that decides gave that a revision. */
  const early = new Set<string>();
  let position = reader.revision;
  let structure = reader.ids();
  let ids: readonly string[] = [];
  const redefinitions = createRedefinitions();
  let { structureRevision } = reader;

  const isVisible = (id: string) => components.has(id);

  const definitionsById = () => new Map([...components].map(([id, { definition }]) => [id, definition]));

  const takes = (id: string) => {
    const definition = reader.definition(id);
    return definition !== undefined && selection.takes(id, definition.labels);
  };
  /** By what is another since they were looked at: there may be very many that are not selected. */
  const idsSince = (redefined: readonly string[]): readonly string[] => {
    const others = redefined.filter((id) => takes(id) !== isVisible(id));
    return withChanges(ids, others.filter(isVisible), others.filter(takes));
  };
  /**
   * @param others since it was read last. Undefined: it was not, or nobody knows them any more
   * @returns the ids that there were until now and are no more, and those that are something else
   */
  const readStructure = (others?: readonly string[]): { gone: string[]; redefined: ReadonlySet<string> } => {
    structure = reader.ids();
    ids = others === undefined ? structure.filter(takes) : idsSince(others);
    const before = definitionsById();
    for (const id of ids) {
      if (before.has(id)) continue;
      const full = reader.health(id)!;
      // What is new has no change yet.
      components.set(id, { full, health: full, changed: NEVER, definition: reader.definition(id)! });
    }
    const gone = [...new Set(before.keys()).difference(new Set(ids))];
    for (const id of gone) components.delete(id);
    partialGroups.clear();
    for (const id of ids) {
      const shown = components.get(id)!;
      const full = reader.definition(id)!;
      shown.definition = definitionPart(full, isVisible);
      const group = readGroup(full);
      if (group !== undefined) partialGroups.set(id, group);
    }
    const after = definitionsById();
    const redefined = redefinedIds(before, after);
    for (const [id, { servingWhenDegraded }] of after) {
      const known = before.get(id);
      // No health of its own, but its watchers have to look again.
      if (known !== undefined && known.servingWhenDegraded !== servingWhenDegraded) news.push(id);
    }
    return { gone, redefined };
  };
  const readGroup = ({ subject }: ComponentDefinition): PartialGroup | undefined => {
    if (subject.type !== 'group') return undefined;
    const members = subject.members.filter(({ component }) => isVisible(component));
    if (members.length === subject.members.length) return undefined;
    const counts = { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0, MAINTENANCE: 0 };
    for (const { component } of members) counts[reader.health(component)!.status] += 1;
    return { ignored: members.filter(({ impact }) => impact === 'IGNORED').length, counts };
  };
  /** @returns the groups in which something is counted anew */
  const recount = (changed: readonly Health[]): Set<string> => {
    const recounted = new Set<string>();
    for (const { component, status } of partialGroups.size === 0 ? [] : changed) {
      const before = components.get(component)?.full.status;
      if (before === undefined || before === status) continue;
      for (const parent of reader.parents(component)) {
        const group = partialGroups.get(parent);
        if (group === undefined) continue;
        group.counts[before] -= 1;
        group.counts[status] += 1;
        recounted.add(parent);
      }
    }
    return recounted;
  };

  /** The same where nothing of it is hidden. */
  const partOf = (full: Health): Health => {
    const group = partialGroups.get(full.component);
    if (group === undefined && full.causedBy.every(isVisible)) return full;
    return {
      ...full,
      causedBy: full.causedBy.filter(isVisible),
      // It says how many members there are.
      ...(group && { memberCounts: countsOf(group), reason: { code: full.reason.code, message: '' } }),
    };
  };
  /**
   * Whether it is another health for those who see this part of it.
   * @param isOther it is something else, however it is
   */
  const refresh = (shown: Shown, full: Health, revision: number, isReload = false, isOther = false): boolean => {
    const health = partOf(full);
    const { changed } = shown;
    const isWhole = health === full && shown.health === shown.full;
    const isSame = isWhole && changed !== NEVER && changed.revision === full.revision;
    // A reload may have given it a revision for a parent that is hidden.
    const isChanged = (isWhole && !isReload) || changed === NEVER || isChange(changed, health);
    const isNew = isOther || (!isSame && isChanged);
    shown.full = full;
    shown.health = withRevision(health, isNew ? revision : changed.revision);
    if (isNew) shown.changed = shown.health;
    return isNew;
  };

  const catchUp = (changes?: Changes) => {
    const isReload = structure !== reader.ids();
    if (position === reader.revision && !isReload) return;
    const from = position;
    const known = changes ?? reader.changesSince(from);
    const { changed, removed, revision } = known ?? changesNow(reader, from);
    position = revision;
    const revisions = new Map(changed.map((health) => [health.component, health.revision]));
    // Removals come before all else in a reload, and each takes one.
    removed.forEach((id, at) => void revisions.set(id, from + 1 + at));
    // What the one that decides has no more may still be in the file of one that stands by, which knows nothing of it then.
    const looked = [...changed, ...removed.flatMap((id) => reader.health(id) ?? [])];
    const recounted = isReload ? undefined : recount(looked);
    const idsBefore = ids;
    const { gone, redefined } = isReload ? readStructure(reader.redefinedSince(structure)) : { gone: [] };
    const candidates = isReload ? ids : new Set([...looked.map(({ component }) => component), ...recounted!]);
    const found: { id: string; at: number; isGone: boolean }[] = [];
    const late = new Set(early.size === 0 ? [] : [...revisions.keys()].filter((id) => early.delete(id)));
    for (const id of late.union(new Set(gone))) {
      if (!isVisible(id)) found.push({ id, at: revisions.get(id) ?? revision, isGone: true });
    }
    for (const id of candidates) {
      const shown = components.get(id);
      const full = shown && reader.health(id);
      if (full === undefined) continue;
      const at = revisions.get(id) ?? revision;
      const isOther = redefined?.has(id) === true || late.has(id);
      if (refresh(shown!, full, at, isReload, isOther)) found.push({ id, at, isGone: false });
    }
    for (const { id, at, isGone } of found.sort((a, b) => a.at - b.at)) {
      if (isGone) log.removed(id, at);
      else log.changed(id, at);
      news.push(id);
      if (!revisions.has(id)) early.add(id);
    }
    if (!isReload) return;
    redefinitions.add(
      idsBefore,
      found.map(({ id }) => id),
    );
    structureRevision = log.revision + (found.every(({ id }) => revisions.has(id)) ? 0 : 1);
    isRedefined = true;
  };

  readStructure();
  for (const shown of components.values()) refresh(shown, shown.full, shown.full.revision);
  const isRemembered = reader.changesSince(startRevision)?.removed.some((id) => selection.takesById(id)) ?? true;
  const kept = Array.from(components, ([id, { changed }]) => ({ id, revision: changed.revision }));
  const latest = kept.reduce((highest, { revision }) => Math.max(highest, revision), startRevision);
  const earlier = { resumable: [], components: kept, removed: [] };
  const lastChange = (id: string) => components.get(id)?.changed.revision;
  const log = createChangeLog(isRemembered ? position : latest, earlier, lastChange);

  const healthOf = (id: string): Health | undefined => {
    const shown = components.get(id);
    if (shown === undefined) return undefined;
    const full = reader.health(id)!;
    // A look that changed nothing has brought another time.
    if (full !== shown.full) {
      shown.full = full;
      shown.health = withRevision(partOf(full), shown.changed.revision);
    }
    return shown.health;
  };

  return {
    get rootId() {
      catchUp();
      return isVisible(reader.rootId) ? reader.rootId : '';
    },
    get revision() {
      catchUp();
      return log.revision;
    },
    get structureRevision() {
      catchUp();
      return structureRevision;
    },
    get subscriberCount() {
      return watchers.size;
    },
    ids() {
      catchUp();
      return ids;
    },
    redefinedSince(list) {
      catchUp();
      return redefinitions.since(list);
    },
    health(id) {
      catchUp();
      return healthOf(id);
    },
    definition(id) {
      catchUp();
      return components.get(id)?.definition;
    },
    parents(id) {
      catchUp();
      return isVisible(id) ? reader.parents(id).filter(isVisible) : [];
    },
    memberIds(id) {
      catchUp();
      return isVisible(id) ? reader.memberIds(id).filter(isVisible) : [];
    },
    explain(id, shows = () => true) {
      catchUp();
      const explanation = isVisible(id) ? reader.explain(id, (one) => isVisible(one) && shows(one)) : undefined;
      if (explanation === undefined) return undefined;
      const causes = explanation.causes.map((steps) =>
        steps.map((step) => ({ ...step, reason: healthOf(step.component)!.reason })),
      );
      return { ...explanation, causes };
    },
    slo(id) {
      catchUp();
      return isVisible(id) ? reader.slo(id) : undefined;
    },
    changesSince(revision, watched) {
      catchUp();
      const found = log.since(revision, watched);
      if (found === undefined) return undefined;
      const { changed, removed } = found;
      return { revision: log.revision, changed: changed.map((id) => healthOf(id)!), removed };
    },
    subscribe: (watched, wake, atReloads) => watchers.add(watched, wake, atReloads),
    advance(since, changes) {
      catchUp(since === position ? changes : undefined);
      const [woken, isReload] = [news, isRedefined];
      news = [];
      isRedefined = false;
      watchers.wake(woken, isReload);
    },
  };
}

const NEVER: Health = {
  component: '',
  status: 'UNKNOWN',
  sinceMs: 0,
  reason: { code: '', message: '' },
  causedBy: [],
  revision: 0,
};

function withRevision(health: Health, revision: number): Health {
  return health.revision === revision ? health : { ...health, revision };
}

function countsOf({ counts, ignored }: PartialGroup): MemberCounts {
  const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN, MAINTENANCE } = counts;
  return {
    total: HEALTHY + DEGRADED + UNHEALTHY + UNKNOWN + MAINTENANCE,
    healthy: HEALTHY,
    degraded: DEGRADED,
    unhealthy: UNHEALTHY,
    unknown: UNKNOWN,
    maintenance: MAINTENANCE,
    ignored,
  };
}

/** The same where it names nothing that is hidden. */
function definitionPart(definition: ComponentDefinition, isVisible: (id: string) => boolean): ComponentDefinition {
  const { dependsOn, subject } = definition;
  const hasHiddenMember = subject.type === 'group' && !subject.members.every(({ component }) => isVisible(component));
  if (!hasHiddenMember && dependsOn.every(isVisible)) return definition;
  return {
    ...definition,
    dependsOn: dependsOn.filter(isVisible),
    subject: hasHiddenMember
      ? { ...subject, members: subject.members.filter(({ component }) => isVisible(component)) }
      : subject,
  };
}

/** More is gone than anybody remembers: what is there says the rest. */
function changesNow(reader: HealthReader, since: number): Changes {
  const changed = reader.ids().map((id) => reader.health(id)!);
  return { revision: reader.revision, changed: changed.filter(({ revision }) => revision > since), removed: [] };
}
