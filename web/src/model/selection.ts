// Which components the list shows, and in which order.
import { STATUSES, type Status } from '../feed/messages.ts';
import type { Components } from './components.ts';
import { meetsLabel } from './selector.ts';

export const SORTS = ['worst', 'name', 'since'] as const;
/** The worst first, by name, or what changed last first. Equal ones are in order of their names. */
export type Sort = (typeof SORTS)[number];

/** All of it must hold. Empty: nothing is asked. */
export interface Filter {
  /** Words, each of which must be in the name, the id or the message; or selectors of labels such as `team=payments`. */
  readonly text: string;
  /** Selectors: `team=payments`, `team!=payments` (also where there is no such label), or `team` for any value. */
  readonly labels: readonly string[];
  readonly statuses: readonly Status[];
  readonly kinds: readonly string[];
  /** Only what is below this group, however deep. */
  readonly group: string;
}

/** All components. @param isReversed the last becomes the first; equal ones stay in order of their names */
export function sorted(components: Components, sort: Sort, isReversed = false): readonly number[] {
  const { badness, sinces } = components;
  const all = components.byName();
  if (sort === 'since') return all.toSorted((a, b) => (isReversed ? sinces[a]! - sinces[b]! : sinces[b]! - sinces[a]!));
  if (sort === 'name') return isReversed ? all.toReversed() : all;
  const byStatus: number[][] = STATUSES.map(() => []);
  for (const index of all) byStatus[badness[index]!]!.push(index);
  return ([] as number[]).concat(...(isReversed ? byStatus.reverse() : byStatus));
}

/** What is asked for, in the order in which it is given. */
export function select(components: Components, filter: Filter, order: readonly number[]): readonly number[] {
  const matches = matcher(components, filter);
  return matches === undefined ? order : order.filter(matches);
}

/** Whether nothing is asked. */
export function isOpen({ text, labels, statuses, kinds, group }: Filter): boolean {
  return text.trim() === '' && labels.length + statuses.length + kinds.length === 0 && group === '';
}

/** Undefined where nothing is asked. */
export function matcher(components: Components, filter: Filter): ((index: number) => boolean) | undefined {
  const { abouts, healths, searched } = components;
  const tests: ((index: number) => boolean)[] = [];
  const words: string[] = [];
  const selectors = [...filter.labels];
  for (const word of filter.text.split(/\s+/)) {
    if (/^[A-Za-z0-9][\w./-]*!?=/.test(word)) selectors.push(word);
    else if (word !== '') words.push(word.toLowerCase());
  }
  // What costs least comes first.
  if (filter.statuses.length > 0) tests.push((index) => filter.statuses.includes(healths[index]!.status));
  if (filter.kinds.length > 0) tests.push((index) => filter.kinds.includes(abouts[index]!.kind));
  if (filter.group !== '') {
    const below = everythingBelow(components, filter.group);
    tests.push((index) => below.has(index));
  }
  for (const selector of selectors) tests.push(labelTest(abouts, selector));
  for (const word of words) {
    // An expression takes no copy of each message in lower case.
    const expression = new RegExp(word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
    tests.push((index) => {
      if (searched[index]!.includes(word)) return true;
      const { message } = healths[index]!;
      // Of most there is none, and an expression costs ten times as much as to see that.
      return message !== '' && expression.test(message);
    });
  }
  if (tests.length === 0) return undefined;
  return tests.reduce((first, second) => (index) => first(index) && second(index));
}

function labelTest(abouts: Components['abouts'], selector: string): (index: number) => boolean {
  const [, key = '', operator, value] = /^([^!=]*)(!?=)?(.*)$/s.exec(selector)!;
  return (index) => meetsLabel(abouts[index]!.labels, key, operator, value);
}

/** Also where groups go round in a circle. */
function everythingBelow(components: Components, group: string): ReadonlySet<number> {
  const start = components.indexOf(group);
  const below = new Set<number>();
  if (start === undefined) return below;
  for (const member of components.membersOf(start)) below.add(member);
  for (const each of below) for (const member of components.membersOf(each)) below.add(member);
  below.delete(start);
  return below;
}
