// A draft as the text of openk.yaml: what differs stands above what it is about, and what could not be had is a comment in its place.
import { stringify } from 'yaml';
import type { Block, ConfigDraft, Draft, GroupDraft, PageDraft, RouteDraft } from './draft.ts';

/** Selectors of a route. */
const MAX_SELECTORS = 100;

export function configText(draft: ConfigDraft): string {
  const ids = new Set(draft.blocks.flatMap((block) => (block.kind === 'COMPONENT' ? [block.id] : [])));
  for (let before = -1; before !== ids.size; ) {
    before = ids.size;
    for (const { id, members } of draft.groups) if (members.some((member) => ids.has(member))) ids.add(id);
  }
  const groups = draft.groups.filter(({ id }) => ids.has(id)).map((group) => groupComponent(group, ids));
  const hasComponents = ids.size > 0;
  return [
    ...draft.title.map(comment),
    '',
    ...keysText(draft.before),
    hasComponents ? 'components:' : 'components: []',
    ...draft.blocks.map(blockText),
    ...groups.map((group) => indented(yaml([group]), '  ')),
    ...keysText(after(draft, ids)),
    '',
  ].join('\n');
}

function groupComponent({ id, keys, members }: GroupDraft, ids: ReadonlySet<string>): Draft {
  const there = members.filter((member) => ids.has(member));
  return { id, ...keys, group: { members: there.map((component) => ({ component })) } };
}

function pageDraft({ id, keys, groups }: PageDraft, ids: ReadonlySet<string>): Draft {
  const there = groups
    .map(({ title, components }) => ({ title, components: components.filter((component) => ids.has(component)) }))
    .filter(({ components }) => components.length > 0);
  return { id, ...keys, ...(there.length > 0 && { groups: there }) };
}

function after({ channels, routes, witnesses, pages }: ConfigDraft, ids: ReadonlySet<string>): Draft {
  const known = new Set(channels.map(({ id }) => id));
  const drafts = routes.flatMap((route) => routeDrafts(route, ids, known));
  const there = witnesses.filter((witness) => ids.has(witness));
  return {
    ...(channels.length > 0 && {
      alerts: { channels: channels.map(({ id, channel }) => ({ id, ...channel })), routes: drafts },
    }),
    ...(there.length > 0 && { observer: { witnesses: there } }),
    ...(pages.length > 0 && { status_pages: pages.map((page) => pageDraft(page, ids)) }),
  };
}

function routeDrafts(route: RouteDraft, ids: ReadonlySet<string>, channels: ReadonlySet<string>): readonly Draft[] {
  const to = route.channels.filter((id) => channels.has(id));
  const there = route.components.filter((id) => ids.has(id));
  if (to.length === 0) return [];
  const drafts: Draft[] = [];
  for (let from = 0; from < there.length; from += MAX_SELECTORS) {
    const labels = there.slice(from, from + MAX_SELECTORS).map((id) => `id=${id}`);
    drafts.push({
      id: from === 0 ? route.id : `${route.id}-${from / MAX_SELECTORS + 1}`,
      match: { labels },
      ...route.keys,
      to,
    });
  }
  return drafts;
}

function keysText(draft: Draft): readonly string[] {
  return Object.keys(draft).length === 0 ? [] : [yaml(draft)];
}

function blockText(block: Block): string {
  const comments = block.comments.map((text) => `  ${comment(text)}`);
  const body =
    block.kind === 'COMPONENT' ? indented(yaml([block.component]), '  ') : indented(yaml([block.shown]), '  #   ');
  return [...comments, body].join('\n');
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

function indented(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' && indent.trim() === '' ? '' : `${indent}${line}`.trimEnd()))
    .join('\n');
}

/** One line, whatever is in the text. */
function comment(text: string): string {
  return `# ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`.trimEnd();
}
