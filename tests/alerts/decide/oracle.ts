// What alerts have to be, by brute force: every second of a history is looked at, for every route and component, from the words of
// docs/alerting.md. No queue, nothing incremental, and nothing of src/alerts.
import type { AlertRoute } from '../../../src/core/alert.ts';
import type { Status } from '../../../src/core/status.ts';

/** A component at one time. */
export interface Look {
  readonly status: Status;
  /** Second. */
  readonly since: number;
  readonly isCaused: boolean;
}

export interface OracleWorld {
  readonly ids: readonly string[];
  readonly routes: readonly AlertRoute[];
  /** Of a group: its members. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  readonly dependent: ReadonlySet<string>;
  /** Seconds that it may take until it is seen that a component is up again. */
  readonly recovery: Readonly<Record<string, number>>;
  readonly lastSecond: number;
  /** As it is from this second on. */
  look(second: number, id: string): Look;
  isSilenced(second: number, id: string): boolean;
  isRestarted(second: number): boolean;
}

interface Line {
  since: number | undefined;
  isOpen: boolean;
  goodSince: number | undefined;
  wasCaused: boolean;
  unseenUntil: number;
  isShown: boolean;
}

/** `SECOND opened|resolved ROUTE ID`, sorted within a second. */
export function expectedEvents(world: OracleWorld): string[] {
  const events: string[] = [];
  const lines = new Map<string, Line>();
  const fresh = (): Line => ({
    since: undefined,
    isOpen: false,
    goodSince: undefined,
    wasCaused: false,
    unseenUntil: -1,
    isShown: false,
  });
  for (let second = 0; second <= world.lastSecond; second++) {
    // What is due comes before what happens at the same time.
    const looks: ((id: string) => Look)[] = [(id) => world.look(second - 1, id), (id) => world.look(second, id)];
    const found: string[] = [];
    for (const [phase, look] of looks.entries()) {
      if (second === 0 && phase === 0) continue;
      for (const route of world.routes) {
        for (const id of world.ids) {
          const key = `${route.id} ${id}`;
          const line = lines.get(key) ?? fresh();
          lines.set(key, line);
          if (phase === 1 && world.isRestarted(second) && !line.isOpen && !line.isShown) {
            Object.assign(line, fresh());
            // Only what is bad by what was seen before the restart: what turns bad after it was looked at.
            const isBad = route.on.includes(look(id).status);
            if (isBad && world.dependent.has(id)) line.unseenUntil = second + world.recovery[id]!;
          }
          const event = next(world, line, route, id, second, look);
          if (event !== undefined) found.push(...event.map((one) => `${one} ${key}`));
        }
      }
    }
    events.push(...found.sort().map((one) => `${second} ${one}`));
  }
  return events;
}

function next(
  world: OracleWorld,
  line: Line,
  route: AlertRoute,
  id: string,
  second: number,
  look: (id: string) => Look,
): string[] | undefined {
  const { status, since, isCaused } = look(id);
  const isBad = route.on.includes(status);
  if (line.isOpen) {
    if (status === 'MAINTENANCE' || isBad) line.goodSince = undefined;
    else if (status !== 'UNKNOWN') {
      line.goodSince ??= second;
      if (second >= line.goodSince + route.resolveAfterMs / 1_000) {
        Object.assign(line, {
          since: undefined,
          isOpen: false,
          goodSince: undefined,
          isShown: false,
          wasCaused: false,
        });
        line.unseenUntil = -1;
        return ['resolved'];
      }
    }
    return undefined;
  }
  if (!isBad) {
    if (status !== 'UNKNOWN') {
      Object.assign(line, { since: undefined, isShown: false, wasCaused: false });
      line.unseenUntil = world.isRestarted(second) ? line.unseenUntil : -1;
    }
    return undefined;
  }
  line.since ??= since;
  if (line.wasCaused && !isCaused) line.unseenUntil = second + world.recovery[id]!;
  line.wasCaused = isCaused;
  const isToldByMember =
    route.groupBy === 'CAUSE' && (world.members[id] ?? []).some((member) => look(member).status === status && isBad);
  if (isCaused || isToldByMember || second < line.unseenUntil || world.isSilenced(second, id)) {
    line.isShown = false;
    return undefined;
  }
  line.isShown = true;
  if (second < line.since + route.forMs / 1_000) return undefined;
  line.isOpen = true;
  return ['opened'];
}
