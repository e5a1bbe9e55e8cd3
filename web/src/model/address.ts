// What the page shows is in its URL: a link shows another reader the same, and the browser's Back goes back.
import { STATUSES } from '../feed/messages.ts';
import { type Filter, SORTS, type Sort } from './selection.ts';

export const THEMES = ['auto', 'dark', 'light', 'wall'] as const;
export type Theme = (typeof THEMES)[number];
export const LAYOUTS = ['list', 'tree'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface Address extends Filter {
  readonly sort: Sort;
  readonly isReversed: boolean;
  readonly layout: Layout;
  /** Paths of the groups of the tree that are open. Not set: as at first. */
  readonly open?: readonly string[];
  /** Whether all rows are there, for the browser's own search. */
  readonly all: boolean;
  /** Whether the alerts are looked at, where no component is. */
  readonly alerts: boolean;
  /** Id of the component that is looked at. Empty: none. */
  readonly component: string;
  /** The past time that is looked at, in milliseconds since 1970. Not set: now. */
  readonly at?: number;
  /** Not set: as the reader chose before. */
  readonly theme?: Theme;
}

export const NOTHING_ASKED: Filter = { text: '', labels: [], statuses: [], kinds: [], group: '' };

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const at = Date.parse(query.get('at') ?? '');
  const sort = query.get('sort') ?? '';
  const theme = oneOf(THEMES, query.get('theme'));
  return {
    text: query.get('q') ?? '',
    labels: all(query, 'label'),
    statuses: STATUSES.filter((status) => query.getAll('status').includes(status)),
    kinds: all(query, 'kind'),
    group: query.get('group') ?? '',
    sort: oneOf(SORTS, sort.replace('-', '')) ?? 'worst',
    isReversed: sort.startsWith('-'),
    layout: oneOf(LAYOUTS, query.get('view')) ?? 'list',
    all: query.has('all'),
    alerts: query.has('alerts'),
    component: query.get('c') ?? '',
    ...(query.has('open') && { open: all(query, 'open') }),
    ...(Number.isFinite(at) && { at }),
    ...(theme !== undefined && { theme }),
  };
}

/** The query, with its question mark; empty where everything is as it is by itself. */
export function writeAddress(address: Address): string {
  const { text, labels, statuses, kinds, group, sort, isReversed, layout, open, component, at, theme } = address;
  const query = new URLSearchParams();
  if (text !== '') query.set('q', text);
  for (const label of labels) query.append('label', label);
  for (const status of statuses) query.append('status', status);
  for (const kind of kinds) query.append('kind', kind);
  if (group !== '') query.set('group', group);
  if (sort !== 'worst' || isReversed) query.set('sort', `${isReversed ? '-' : ''}${sort}`);
  if (layout !== 'list') query.set('view', layout);
  for (const path of open?.length === 0 ? [''] : (open ?? [])) query.append('open', path);
  if (address.all) query.set('all', '');
  if (address.alerts) query.set('alerts', '');
  if (component !== '') query.set('c', component);
  if (at !== undefined) query.set('at', new Date(at).toISOString());
  if (theme !== undefined) query.set('theme', theme);
  const written = query
    .toString()
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replace(/(^|&)(all|alerts)=/g, '$1$2');
  return written === '' ? '' : `?${written}`;
}

function all(query: URLSearchParams, name: string): string[] {
  return [...new Set(query.getAll(name))].filter(Boolean);
}

function oneOf<Value extends string>(values: readonly Value[], value: string | null): Value | undefined {
  return values.find((each) => each === value);
}
