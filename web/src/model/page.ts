// What the page knows, and what it makes of it: in from the feed, out by signals. It draws nothing.
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import { type FromFeed, STATUSES, type Status } from '../feed/messages.ts';
import { type Address, readAddress, writeAddress } from './address.ts';
import { Alerts } from './alerts.ts';
import { Announcements } from './announcements.ts';
import { type Causes, findCauses } from './causes.ts';
import { Components, type Counts } from './components.ts';
import { type Freshness, freshnessAt, nextFreshness } from './freshness.ts';
import { Latencies } from './latencies.ts';
import type { Call, Feed, FirstKnown, Surroundings } from './outside.ts';
import { isOpen, select, sorted } from './selection.ts';
import { type TreeRow, treeRows } from './tree.ts';

/** Order and causes follow what changes at most this often, so that a storm leaves time for everything else. */
const ORDER_EVERY_MS = 50;
/** While a state comes in parts: what it is ordered by is complete in a moment. */
const ORDER_PARTS_EVERY_MS = 250;
/** While somebody scrolls, rows stay where they are: until so long after the last step, and never longer than that. */
export const SCROLL_ENDS_MS = 150;
const ORDER_HELD_MS = 1_000;
const GLANCE_EVERY_MS = 1_000;

/** How everything together is. */
export interface Overall {
  readonly status: Status;
  /** The group of everything, where there is one. */
  readonly index?: number;
}

/** What of the address changes; undefined takes it away. */
export type Change = {
  readonly [Key in keyof Address]?: Address[Key] | (Key extends 'at' | 'theme' ? undefined : never);
};

export class Page {
  readonly components = new Components();
  readonly alerts = new Alerts();
  readonly latencies: Latencies;
  readonly call: Call;
  readonly retry: () => void;
  readonly address: Signal<Address>;
  readonly now: Signal<number>;
  readonly counts: Signal<Counts>;
  readonly announcement = signal('');
  readonly freshness: ReadonlySignal<Freshness>;
  /** Whether the server answers, as far as is known. */
  readonly isReachable: ReadonlySignal<boolean>;
  readonly causes: ReadonlySignal<Causes>;
  /** Undefined until something is known. */
  readonly overall: ReadonlySignal<Overall | undefined>;
  /** What the list shows: indexes of components, in order. */
  readonly order: ReadonlySignal<readonly number[]>;
  readonly tree: ReadonlySignal<readonly TreeRow[]>;
  readonly isFiltered: ReadonlySignal<boolean>;
  /** Changes with what the causes are made of; read by whatever reads `components` as a whole. */
  readonly version = signal(0);
  /** Changes after `counts` and `overall`, once a second: for a title, which a browser draws much of its own window anew for. */
  readonly glance = signal(0);

  readonly #surroundings: Surroundings;
  readonly #announcements = new Announcements();
  readonly #heard: Signal<Freshness>;
  #latest: Freshness;
  /** Whether something is to be shown, and whether that is asked for already. */
  #isNew = false;
  #isScheduled = false;
  /** Changes with what order and tree are made of: as `version`, but for while somebody scrolls. */
  readonly #listVersion = signal(0);
  #isOrderOld = false;
  #isListOld = false;
  #orderedAt = Number.NEGATIVE_INFINITY;
  #listedAt = Number.NEGATIVE_INFINITY;
  #scrolledAt = Number.NEGATIVE_INFINITY;
  #glancedAt = Number.NEGATIVE_INFINITY;

  constructor(feed: Feed, surroundings: Surroundings, first?: FirstKnown) {
    this.#surroundings = surroundings;
    this.#latest = { state: 'connecting', ...(first !== undefined && { at: first.at }) };
    this.#heard = signal(this.#latest);
    this.call = feed.call;
    this.retry = () => feed.retry();
    this.latencies = new Latencies((ids) => feed.askLatencies(ids), surroundings.now);
    this.address = signal(readAddress(surroundings.query));
    this.now = signal(surroundings.now());
    this.counts = signal(first?.counts ?? { ...this.components.counts });
    this.freshness = computed(() => freshnessAt(this.#heard.value, this.now.value));
    this.isReachable = computed(() => ['begun', 'live'].includes(this.freshness.value.state));
    this.isFiltered = computed(() => !isOpen(this.address.value));
    const { components, version } = this;
    this.causes = computed(() => {
      version.value;
      return findCauses(components);
    });
    this.overall = computed(() => {
      version.value;
      return overallOf(components) ?? first?.root;
    });
    const sort = computed(() => this.address.value.sort);
    const isReversed = computed(() => this.address.value.isReversed);
    // Of all, and kept: a letter that is typed sorts nothing.
    const all = computed(() => {
      this.#listVersion.value;
      return sorted(components, sort.value, isReversed.value);
    });
    // Filters alone: what else is in the address makes no new list.
    const asked = computed(() => {
      const { text, labels, statuses, kinds, group } = this.address.value;
      return JSON.stringify({ text, labels, statuses, kinds, group });
    });
    this.order = sameWhileEqual(() => {
      this.#listVersion.value;
      return select(components, JSON.parse(asked.value), all.value);
    });
    this.tree = computed(() => {
      this.#listVersion.value;
      const { open } = this.address.value;
      return treeRows(components, this.order.value, open && new Set(open), this.isFiltered.value);
    });
    feed.subscribe((message) => this.#receive(message));
  }

  /** To be called every second. */
  tick(): void {
    const now = this.#surroundings.now();
    batch(() => {
      this.now.value = now;
      this.#heard.value = this.#latest;
      this.#glance(now);
      const said = this.#announcements.take(this.components, now);
      if (said !== undefined) this.announcement.value = said;
    });
    // A reader who scrolls looks at other rows in a moment, and what is asked takes of the same processor.
    const isScrolling = now - this.#scrolledAt < SCROLL_ENDS_MS;
    if (this.freshness.value.state === 'live' && !isScrolling) this.latencies.ask();
  }

  /** Shows something else. What is typed, opened and sorted replaces the address; where one goes is a step that Back undoes. */
  go(change: Change, how: 'push' | 'replace' = 'push'): void {
    const { at, theme, open, ...rest } = { ...this.address.value, ...change };
    const next = {
      ...rest,
      ...(open !== undefined && { open }),
      ...(at !== undefined && { at }),
      ...(theme !== undefined && { theme }),
    };
    const query = writeAddress(next);
    if (query !== writeAddress(this.address.value)) this.#surroundings.navigate(query, how);
    this.address.value = next;
  }

  /** The reader scrolls through the list: what they look at is not to jump. */
  scrolled(): void {
    this.#scrolledAt = this.#surroundings.now();
    // With the rows that the step brings, so that both are laid out at once.
    if (this.#isNew) this.#flush();
  }

  /** The reader went back or forth. */
  went(query: string): void {
    this.address.value = readAddress(query);
  }

  #receive(message: FromFeed): void {
    this.alerts.receive(message);
    this.latencies.receive(message);
    this.components.receive(message);
    this.#latest = nextFreshness(this.#latest, message);
    if (message.type === 'reset') this.#announcements.forget();
    if (message.type === 'reset' || message.type === 'update' || message.type === 'removed') this.#isOrderOld = true;
    const isComplete = message.type === 'begun' || message.type === 'live';
    if (isComplete && !this.isReachable.value) {
      this.#isOrderOld = true;
      this.#orderedAt = Number.NEGATIVE_INFINITY;
      // All at once and in this task: the next frame has enough to lay out.
      this.#flush();
    } else this.#schedule();
  }

  #schedule(): void {
    this.#isNew = true;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#surroundings.beforeFrame(() => {
      this.#isScheduled = false;
      if (this.#isNew) this.#flush();
    });
  }

  #glance(now: number): void {
    this.#glancedAt = now;
    this.glance.value++;
  }

  #flush(): void {
    this.#isNew = false;
    const now = this.#surroundings.now();
    const { components } = this;
    const { rows, statuses } = components.takeChanges();
    this.#announcements.add(statuses);
    batch(() => {
      components.announce(rows);
      const { counts } = components;
      const isNew = STATUSES.some((status) => counts[status] !== this.counts.value[status]);
      // Parts of a state count for nothing until all of them are there.
      if (isNew && !components.isLoading) this.counts.value = { ...counts };
      this.alerts.show();
      this.latencies.show();
      this.#heard.value = this.#latest;
      const every = components.isLoading ? ORDER_PARTS_EVERY_MS : ORDER_EVERY_MS;
      if (this.#isOrderOld && now - this.#orderedAt >= every) {
        this.#isOrderOld = false;
        this.#orderedAt = now;
        this.#isListOld = true;
        this.version.value++;
      }
      if (now - this.#glancedAt >= GLANCE_EVERY_MS) this.#glance(now);
      const isScrolling = now - this.#scrolledAt < SCROLL_ENDS_MS && now - this.#listedAt < ORDER_HELD_MS;
      if (this.#isListOld && !isScrolling) {
        this.#isListOld = false;
        this.#listedAt = now;
        this.#listVersion.value++;
      }
    });
    if (this.#isOrderOld || this.#isListOld) this.#schedule();
  }
}

function overallOf(components: Components): Overall | undefined {
  // Of the first parts of a state it is not known yet how the whole is.
  if (components.isLoading) return undefined;
  const top = components.top();
  const [index] = top;
  if (top.length === 1 && components.healths[index!]!.members !== undefined) {
    return { status: components.healths[index!]!.status, index: index! };
  }
  return { status: STATUSES.find((status) => components.counts[status] > 0) ?? 'UNKNOWN' };
}

/** Lists are made anew with each change; while they hold the same, nobody is to draw them again. */
function sameWhileEqual(make: () => readonly number[]): ReadonlySignal<readonly number[]> {
  let last: readonly number[] = [];
  return computed(() => {
    const next = make();
    if (next.length !== last.length || next.some((index, place) => index !== last[place])) last = next;
    return last;
  });
}
