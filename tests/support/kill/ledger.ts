// What the clients of an OpenK that is killed again and again were told, and whether its history still says the same.
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth, Transition } from '../../../gen/openk/health/v1/health_pb.ts';
import type { HealthClient } from '../running-openk.ts';

export interface Ledger {
  /** A watcher or a caller was told this. */
  told(health: ComponentHealth): void;
  /** A report of this component was sent, and was answered. */
  sent(component: string): void;
  answered(component: string): void;
  /** A probe's upstream was asked. */
  asked(component: string): void;
  /** Compares everything so far with what the running OpenK says of the past. */
  check(client: HealthClient): Promise<void>;
  readonly violations: readonly string[];
  counts(): { readonly told: number; readonly sent: number; readonly answered: number; readonly transitions: number };
}

interface Told {
  readonly component: string;
  readonly revision: bigint;
  readonly status: HealthStatus;
  readonly sinceMs: number;
}

const PAGE_SIZE = 1000;

export function createLedger(): Ledger {
  const violations: string[] = [];
  /** By revision: none is given twice, to whatever. */
  const byRevision = new Map<bigint, Told>();
  let unchecked: Told[] = [];
  /** By component, in order of revision. */
  const kept = new Map<string, Transition[]>();
  let newestKept = 0n;
  const sent = new Map<string, number>();
  const answered = new Map<string, number>();
  const asked = new Map<string, number>();
  const add = (counts: Map<string, number>, component: string) =>
    void counts.set(component, (counts.get(component) ?? 0) + 1);
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const text = ({ component, revision, status, sinceMs }: Told) =>
    `${component} ${nameOf(status)} since ${sinceMs} at revision ${revision}`;

  /** Takes in what is new, the newest first, down to what is known. */
  const fetchTransitions = async (client: HealthClient) => {
    const fresh: Transition[] = [];
    for (let pageToken = ''; ; ) {
      const page = await client.listTransitions({ includeMembers: true, pageSize: PAGE_SIZE, pageToken });
      const added = page.transitions.filter(({ revision }) => revision > newestKept);
      fresh.push(...added);
      pageToken = page.nextPageToken;
      if (added.length < page.transitions.length || pageToken === '') break;
    }
    for (const transition of fresh.reverse()) {
      if (transition.revision <= newestKept) violations.push(`transitions are out of order at ${transition.revision}`);
      newestKept = transition.revision;
      const known = kept.get(transition.component) ?? [];
      const before = known.at(-1)?.to ?? HealthStatus.UNKNOWN;
      if (before !== transition.from) {
        violations.push(
          `${transition.component} went from ${nameOf(transition.from)} at ${transition.revision}, but was ${nameOf(before)}`,
        );
      }
      known.push(transition);
      kept.set(transition.component, known);
    }
  };

  const checkTold = (told: Told) => {
    const last = kept.get(told.component)?.findLast(({ revision }) => revision <= told.revision);
    if (last === undefined) {
      if (told.status !== HealthStatus.UNKNOWN) violations.push(`told, and not kept: ${text(told)}`);
    } else if (last.to !== told.status || timestampMs(last.time!) !== told.sinceMs) {
      violations.push(`told ${text(told)}, but kept ${nameOf(last.to)} at ${last.revision}`);
    }
  };

  const checkCounts = async (client: HealthClient) => {
    const { members } = await client.getAvailability({ window: { seconds: 86_400n }, includeMembers: true });
    for (const { component, total: bucket } of members) {
      const count = Number(bucket?.observations ?? 0n);
      const [least, most] = asked.has(component)
        ? [0, asked.get(component)!]
        : [answered.get(component) ?? 0, sent.get(component) ?? 0];
      if (count < least || count > most) {
        violations.push(`${component} has ${count} observations; at least ${least} and at most ${most} were made`);
      }
    }
  };

  return {
    violations,
    told({ component, revision, status, since }) {
      const told: Told = { component, revision, status, sinceMs: timestampMs(since!) };
      const known = byRevision.get(revision);
      if (known === undefined) {
        byRevision.set(revision, told);
        unchecked.push(told);
      } else if (text(known) !== text(told)) {
        violations.push(`revision ${revision} was given twice: ${text(known)}, and ${text(told)}`);
      }
    },
    sent: (component) => add(sent, component),
    answered: (component) => add(answered, component),
    asked: (component) => add(asked, component),
    async check(client) {
      const toCheck = unchecked;
      unchecked = [];
      await fetchTransitions(client);
      for (const told of toCheck) checkTold(told);
      await checkCounts(client);
    },
    counts: () => ({
      told: byRevision.size,
      sent: total(sent),
      answered: total(answered),
      transitions: [...kept.values()].reduce((sum, list) => sum + list.length, 0),
    }),
  };
}

function nameOf(status: HealthStatus): string {
  return Object.entries(HealthStatus).find(([, value]) => value === status)?.[0] ?? String(status);
}
