// What has to hold, whatever happens: looked at with each commit, each event, each thing that a watcher is shown, and in the end.
import type { Health } from '../../../src/core/health.ts';
import type { HealthReader } from '../../../src/engine/health-ports.ts';
import type { Commit, State } from './database.ts';
import type { Row } from './sql/evaluate.ts';

/** What was found wrong; the first says most. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export interface WriterRow {
  readonly holder: string;
  readonly epoch: number;
  readonly expires_at: number;
  readonly batch: number;
  readonly revision: number;
}

export function writerOf(state: State): WriterRow {
  const [row] = state.get('writer')!.values();
  return row as unknown as WriterRow;
}

type Shown = Pick<Version, 'revision' | 'status'>;

interface Version {
  readonly revision: number;
  readonly status: string;
  /** Who wrote it. */
  readonly by: string;
}

export interface Checks {
  /** Throws Violation, and so does everything here. */
  committed(commit: Commit): void;
  /** The true time, and who could act now. */
  mayAct(holder: string, state: State, nowMs: number): void;
  /** It says that it holds the database for so long from now on. */
  holds(holder: string, forMs: number, state: State, nowMs: number): void;
  /** Somebody was answered by this one that a report of `b` is kept. */
  accepted(holder: string, revision: number): void;
  /** Of everything that was answered. */
  atTheEnd(): void;
  watcher(): Watcher;
}

/** Somebody who follows all components, at one instance after the other. */
export interface Watcher {
  /** Begins, or goes on, where that is known. @returns false: it cannot go on there yet */
  attach(reader: HealthReader): boolean;
  /** Takes what is new. */
  look(reader: HealthReader): void;
}

/** By how much a clock may be wrong over one lease. */
const CLOCK_MS = 20;

export function createChecks(): Checks {
  /** By component, all that was ever committed of it, in order. */
  const versions = new Map<string, Version[]>();
  /** Where incarnations began, in order. */
  const starts: number[] = [];
  const accepted: { readonly holder: string; readonly revision: number }[] = [];

  const latest = (id: string, revision: number): Version | undefined =>
    versions.get(id)?.findLast((version) => version.revision <= revision);

  return {
    committed({ client, atMs, before, after, tables }) {
      // That it lives everybody says for himself.
      if (tables.size === 1 && tables.has('instance')) return;
      const [was, is] = [writerOf(before), writerOf(after)];
      if (is.holder !== client) {
        throw new Violation(`${client} wrote ${[...tables].join(', ')} while ${is.holder} holds the database`);
      }
      if (is.epoch > was.epoch && was.expires_at > atMs) {
        throw new Violation(`${client} took the database ${was.expires_at - atMs} ms before ${was.holder} had lost it`);
      }
      if (is.epoch < was.epoch || is.batch < was.batch || is.revision < was.revision) {
        throw new Violation(`what counts went back: ${JSON.stringify(was)} ${JSON.stringify(is)}`);
      }
      for (const [id, { start_revision: start }] of after.get('incarnation')!) {
        if (before.get('incarnation')!.has(id)) continue;
        if ((start as number) <= was.revision || starts.some((one) => one >= (start as number))) {
          throw new Violation(`${client} began at ${start}, below what was given before`);
        }
        starts.push(start as number);
      }
      for (const [id, row] of after.get('component')!) {
        const old = before.get('component')!.get(id);
        if (old === row || row.state === null) continue;
        take(row, client);
      }
    },
    mayAct(holder, state, nowMs) {
      const writer = writerOf(state);
      if (writer.holder !== holder)
        throw new Violation(`${holder} would alert while ${writer.holder} holds the database`);
      if (writer.expires_at <= nowMs) {
        throw new Violation(`${holder} would alert ${nowMs - writer.expires_at} ms after the end of its lease`);
      }
    },
    holds(holder, forMs, state, nowMs) {
      const writer = writerOf(state);
      if (writer.holder !== holder || nowMs + forMs <= writer.expires_at + CLOCK_MS) return;
      throw new Violation(`${holder} says that it holds the database ${nowMs + forMs - writer.expires_at} ms too long`);
    },
    accepted(holder, revision) {
      accepted.push({ holder, revision });
      check(holder, revision);
    },
    atTheEnd() {
      for (const { holder, revision } of accepted) check(holder, revision);
    },
    watcher() {
      let revision = -1;
      const shown = new Map<string, Shown>();
      const see = ({ component, status, revision: at }: Health) => shown.set(component, { revision: at, status });
      const compare = () => {
        for (const id of versions.keys()) {
          const wanted = latest(id, revision);
          const seen = shown.get(id);
          if (wanted === undefined || (seen?.revision === wanted.revision && seen.status === wanted.status)) continue;
          throw new Violation(
            `a watcher at revision ${revision} has ${id} as ${JSON.stringify(seen)}, and it was ${JSON.stringify(wanted)}`,
          );
        }
      };
      const begin = (reader: HealthReader) => {
        revision = reader.revision;
        for (const id of reader.ids()) see(reader.health(id)!);
        compare();
      };
      const look = (reader: HealthReader) => {
        const changes = reader.changesSince(revision);
        if (changes === undefined) {
          // Over one change of who decides everybody can go on; who was away for longer begins anew.
          if (starts.filter((start) => start > revision).length >= 2) return begin(reader);
          throw new Violation(`a watcher cannot go on from ${revision}, which is kept`);
        }
        if (changes.revision < revision) {
          throw new Violation(`a watcher at ${revision} was shown ${changes.revision}`);
        }
        for (const health of changes.changed) see(health);
        revision = changes.revision;
        compare();
      };
      return {
        attach(reader) {
          if (revision === -1) {
            begin(reader);
            return true;
          }
          if (reader.revision < revision) return false;
          look(reader);
          return true;
        },
        look,
      };
    },
  };

  function take(row: Row, by: string): void {
    const { health } = JSON.parse(row.state as string) as { readonly health: Health };
    const known = versions.get(health.component) ?? [];
    versions.set(health.component, known);
    const last = known.at(-1);
    if (last?.revision === health.revision && last.status === health.status) return;
    if (last !== undefined && last.revision >= health.revision) {
      throw new Violation(`${health.component} went from revision ${last.revision} to ${health.revision}`);
    }
    known.push({ revision: health.revision, status: health.status, by });
  }

  /** Of several that came together the last one stands for all. */
  function check(holder: string, revision: number): void {
    if (versions.get('b')?.some((version) => version.by === holder && version.revision >= revision)) return;
    throw new Violation(`what ${holder} answered as kept at revision ${revision} is not there`);
  }
}
