// Status pages as data, or what is wrong with them. Which components a page has, and by which names, is settled here: a component
// that a selector takes is never shown by its id.
import {
  type Component,
  type Config,
  type StatusPage,
  StatusPage_Access,
} from '../../../gen/openk/config/v1/config_pb.ts';
import { quoteName } from '../../core/quote-name.ts';
import { parseSelection } from '../../core/selection.ts';
import type { StatusPageDefinition, StatusPageEntry, StatusPageGroup } from '../../core/status-page.ts';
import type { Steps } from '../../core/steps.ts';
import type { Path, PathFault } from '../fault.ts';
import type { KnownFaults } from './consequences.ts';

export interface StatusPagesResult {
  readonly pages: readonly StatusPageDefinition[];
  readonly faults: readonly PathFault[];
  readonly warnings: readonly PathFault[];
}

const DEFAULT_UPTIME_DAYS = 90;
/** Of one page: all of it is in one answer. */
const MAX_ENTRIES = 1000;

const ACCESS: Readonly<Partial<Record<StatusPage_Access, StatusPageDefinition['access']>>> = {
  [StatusPage_Access.PUBLIC]: 'PUBLIC',
  [StatusPage_Access.UNLISTED]: 'UNLISTED',
};

/** @param components All of the configuration, and the root group. */
export function* compileStatusPages(
  { statusPages }: Config,
  components: Iterable<Component>,
  known: KnownFaults,
): Steps<StatusPagesResult> {
  const pages: StatusPageDefinition[] = [];
  const faults: PathFault[] = [];
  const warnings: PathFault[] = [];
  if (statusPages.length === 0) return { pages, faults, warnings };
  const byId = new Map(Array.from(components, (component) => [component.id, component]));
  const ids = new Set<string>();
  for (const [index, page] of statusPages.entries()) {
    yield;
    const path = ['status_pages', index];
    if (known.touch(path)) continue;
    if (ids.has(page.id)) faults.push({ path: [...path, 'id'], message: 'is the id of another page too' });
    ids.add(page.id);
    const compiled = compilePage(page, path, byId);
    pages.push(compiled.page);
    faults.push(...compiled.faults);
    warnings.push(...compiled.warnings);
  }
  return { pages, faults, warnings };
}

function compilePage(page: StatusPage, path: Path, byId: ReadonlyMap<string, Component>) {
  const faults: PathFault[] = [];
  const warnings: PathFault[] = [];
  const taken = new Set<string>();
  /** These are where they are written, whatever selectors there are. */
  const written = new Set(page.groups.flatMap(({ components }) => components));
  const nameOf = (id: string) => page.names[id] || (byId.get(id)?.displayName ?? '');
  for (const id of Object.keys(page.names)) {
    if (!byId.has(id)) faults.push({ path: [...path, 'names', id], message: 'there is no component of this id' });
  }
  /** An operator who writes an id asks for it. */
  const writtenEntry = (id: string, at: Path): readonly StatusPageEntry[] => {
    if (!byId.has(id)) {
      faults.push({ path: at, message: `there is no component ${quoteName(id)}` });
      return [];
    }
    if (taken.has(id)) faults.push({ path: at, message: 'is on the page already' });
    taken.add(id);
    const name = nameOf(id);
    if (name !== '') return [{ component: id, name }];
    warnings.push({ path: at, message: 'is shown by its id: give it a display_name, or a name in names' });
    return [{ component: id, name: id }];
  };
  const selectedEntries = (text: string, at: Path): readonly StatusPageEntry[] => {
    const selection = parseSelection([text]);
    if (selection === undefined) {
      faults.push({ path: at, message: 'is no selector: write team=payments, team!=payments or id=shop-*' });
      return [];
    }
    const entries: StatusPageEntry[] = [];
    for (const { id, labels, kind } of byId.values()) {
      // How sources are is for those who run this; who wants it on a page writes its id.
      if (kind.case === 'discovery') continue;
      if (taken.has(id) || written.has(id) || !selection.takes(id, labels)) continue;
      taken.add(id);
      const name = nameOf(id);
      if (name !== '') entries.push({ component: id, name });
      else
        faults.push({
          path: at,
          message: `takes ${quoteName(id)}, which has no display_name: give it one, or a name in names`,
        });
    }
    if (entries.length === 0)
      warnings.push({ path: at, message: 'takes no component that is not on the page already' });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  const groups: StatusPageGroup[] = page.groups.map(({ title, components }, group) => ({
    title,
    entries: components.flatMap((text, position) => {
      const at = [...path, 'groups', group, 'components', position];
      return text.includes('=') ? selectedEntries(text, at) : writtenEntry(text, at);
    }),
  }));
  if (taken.size > MAX_ENTRIES) {
    faults.push({
      path: [...path, 'groups'],
      message: `have ${taken.size} components together: at most ${MAX_ENTRIES} fit`,
    });
  }
  return { page: toDefinition(page, groups), faults, warnings };
}

function toDefinition(page: StatusPage, groups: readonly StatusPageGroup[]): StatusPageDefinition {
  const { id, title, description, access, show, url, embedOrigins } = page;
  return {
    id,
    title,
    description,
    access: ACCESS[access] ?? 'PRIVATE',
    groups,
    uptimeDays: show?.uptimeDays ?? DEFAULT_UPTIME_DAYS,
    showsLatency: show?.latency ?? false,
    url,
    embedOrigins,
  };
}
