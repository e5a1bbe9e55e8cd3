// Every component that the page knows, as arrays by index: a change touches one place in them, and nothing is copied.
import { type Signal, signal } from '@preact/signals-core';
import { type About, type FromFeed, type Health, STATUSES, type Status } from '../feed/messages.ts';

export type Counts = Readonly<Record<Status, number>>;

export interface StatusChange {
  readonly index: number;
  readonly from: Status;
  readonly to: Status;
}

/** What changed since it was asked for the last time. */
export interface Changes {
  readonly rows: ReadonlySet<number>;
  /** Changes of status of what was there before, in order. */
  readonly statuses: readonly StatusChange[];
}

export class Components {
  /** By index. Where a component was removed, all three are undefined until another one takes its place. */
  readonly ids: (string | undefined)[] = [];
  readonly abouts: About[] = [];
  readonly healths: Health[] = [];
  /** What is searched, in lower case, and what is sorted by: digits are padded, so that node-2 comes before node-10. */
  readonly searched: string[] = [];
  readonly sortKeys: string[] = [];
  /** What the list is sorted by, as numbers: the place of the status in STATUSES, and since when it has it. */
  readonly badness: number[] = [];
  readonly sinces: number[] = [];
  /** What is UNHEALTHY or DEGRADED. */
  readonly bad = new Set<number>();
  readonly counts: Record<Status, number> = { UNHEALTHY: 0, DEGRADED: 0, UNKNOWN: 0, MAINTENANCE: 0, HEALTHY: 0 };
  /** Whether parts of a new state are still to come. */
  isLoading = true;

  #indexes = new Map<string, number>();
  #free: number[] = [];
  #watched = new Map<number, Signal<number>>();
  #changedRows = new Set<number>();
  #changedStatuses: StatusChange[] = [];
  #byName: number[] = [];
  #byNameIsOld = false;
  #members: Map<number, number[]> | undefined;
  #top: readonly number[] | undefined;
  #kinds: readonly string[] | undefined;

  get size(): number {
    return this.#indexes.size;
  }

  indexOf(id: string): number | undefined {
    return this.#indexes.get(id);
  }

  statusOf(id: string): Status | undefined {
    const index = this.#indexes.get(id);
    return index === undefined ? undefined : this.healths[index]!.status;
  }

  nameOf(id: string): string {
    const index = this.#indexes.get(id);
    return (index !== undefined && this.abouts[index]!.displayName) || id;
  }

  /** Changes its value with each change of the row; costs nothing once nobody reads it. */
  watch(index: number): Signal<number> {
    let watched = this.#watched.get(index);
    if (watched === undefined) {
      watched = signal(0, { unwatched: () => void this.#watched.delete(index) });
      this.#watched.set(index, watched);
    }
    return watched;
  }

  receive(message: FromFeed): void {
    if (message.type === 'reset') this.#reset();
    else if (message.type === 'removed') for (const id of message.ids) this.#remove(id);
    else if (message.type === 'begun' || message.type === 'live') this.#complete();
    else if (message.type === 'update') {
      for (const about of message.about) this.#define(about);
      for (const health of message.health) this.#change(health);
    }
  }

  takeChanges(): Changes {
    const changes = { rows: this.#changedRows, statuses: this.#changedStatuses };
    this.#changedRows = new Set();
    this.#changedStatuses = [];
    return changes;
  }

  /** Has those signals that somebody reads say that their rows changed. */
  announce(rows: ReadonlySet<number>): void {
    for (const [index, watched] of this.#watched) if (rows.has(index)) watched.value++;
  }

  /** All indexes, in order of the names that people read. While parts are still to come, in the order of their coming. */
  byName(): readonly number[] {
    if (this.#byNameIsOld) {
      this.#byName = [...this.#indexes.values()];
      if (!this.isLoading) {
        const keys = this.sortKeys;
        this.#byName.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : 0));
        this.#byNameIsOld = false;
      }
    }
    return this.#byName;
  }

  /** The direct members of a group, in order of their names. */
  membersOf(group: number): readonly number[] {
    if (this.#members === undefined) {
      this.#members = new Map();
      for (const member of this.byName()) {
        for (const parent of this.parentsOf(member)) {
          const known = this.#members.get(parent);
          if (known === undefined) this.#members.set(parent, [member]);
          else known.push(member);
        }
      }
    }
    return this.#members.get(group) ?? [];
  }

  /** The groups that it is a direct member of, as far as the page knows them. */
  parentsOf(index: number): number[] {
    const parents: number[] = [];
    for (const id of this.abouts[index]!.parents) {
      const parent = this.#indexes.get(id);
      if (parent !== undefined && parent !== index) parents.push(parent);
    }
    return parents;
  }

  /** What is in no group: as a rule, the group of everything alone. */
  top(): readonly number[] {
    this.#top ??= this.byName().filter((index) => this.parentsOf(index).length === 0);
    return this.#top;
  }

  /** The kinds that occur. */
  kinds(): readonly string[] {
    this.#kinds ??= [...new Set(this.byName().map((index) => this.abouts[index]!.kind))].filter(Boolean).sort();
    return this.#kinds;
  }

  #complete(): void {
    if (!this.isLoading) return;
    this.isLoading = false;
    this.#forgetOrder();
  }

  #reset(): void {
    for (const index of this.#indexes.values()) this.#changedRows.add(index);
    this.#indexes.clear();
    this.#free = [];
    const { ids, abouts, healths, searched, sortKeys, badness, sinces } = this;
    for (const column of [ids, abouts, healths, searched, sortKeys, badness, sinces]) column.length = 0;
    this.bad.clear();
    for (const status of STATUSES) this.counts[status] = 0;
    this.#changedStatuses = [];
    this.isLoading = true;
    this.#forgetOrder();
  }

  #define(about: About): void {
    const index = this.#indexes.get(about.id) ?? this.#add(about.id);
    this.abouts[index] = about;
    const { id, displayName } = about;
    const searched = (displayName === '' ? id : `${displayName}\n${id}`).toLowerCase();
    this.searched[index] = searched;
    this.sortKeys[index] = searched.replace(/\d+/g, (digits) => digits.padStart(9, '0'));
    this.#changedRows.add(index);
    this.#forgetOrder();
  }

  #change(health: Health): void {
    let index = this.#indexes.get(health.id);
    if (index === undefined) {
      this.#define({ id: health.id, displayName: '', kind: '', labels: {}, parents: [] });
      index = this.#indexes.get(health.id)!;
    }
    const before = this.healths[index]!;
    this.healths[index] = health;
    this.sinces[index] = health.since;
    this.#changedRows.add(index);
    if (before.status === health.status) return;
    this.counts[before.status]--;
    this.counts[health.status]++;
    this.badness[index] = STATUSES.indexOf(health.status);
    if (isBad(health.status)) this.bad.add(index);
    else this.bad.delete(index);
    if (!this.isLoading) this.#changedStatuses.push({ index, from: before.status, to: health.status });
  }

  #add(id: string): number {
    const index = this.#free.pop() ?? this.ids.length;
    this.#indexes.set(id, index);
    this.ids[index] = id;
    this.healths[index] = { id, status: 'UNKNOWN', since: 0, reason: '', message: '', causedBy: [] };
    this.badness[index] = STATUSES.indexOf('UNKNOWN');
    this.sinces[index] = 0;
    this.counts.UNKNOWN++;
    return index;
  }

  #remove(id: string): void {
    const index = this.#indexes.get(id);
    if (index === undefined) return;
    this.counts[this.healths[index]!.status]--;
    this.bad.delete(index);
    this.#indexes.delete(id);
    this.#free.push(index);
    this.ids[index] = undefined;
    this.#changedRows.add(index);
    this.#changedStatuses = this.#changedStatuses.filter((change) => change.index !== index);
    this.#forgetOrder();
  }

  #forgetOrder(): void {
    this.#byNameIsOld = true;
    this.#members = undefined;
    this.#top = undefined;
    this.#kinds = undefined;
  }
}

export function isBad(status: Status): boolean {
  return status === 'UNHEALTHY' || status === 'DEGRADED';
}
