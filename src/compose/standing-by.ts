// What an instance that stands by refuses: whatever would change something is for the one that decides. And what it says of itself.
import type { AlertOperator } from '../core/alert.ts';
import type { Standing } from '../engine/instance.ts';
import { refusal } from '../errors/to-connect.ts';
import type { Reports } from '../services/report-health.ts';
import type { Incidents } from '../status/incidents.ts';

export interface Writes {
  readonly reports: Reports;
  readonly operator: AlertOperator;
  readonly incidents: Incidents;
}

/** The same, that fail with INSTANCE_STANDS_BY where another one decides. */
export function refuseWhileStandingBy({ reports, operator, incidents }: Writes, standing: Standing): Writes {
  const check = () => {
    const heldBy = standing.heldBy();
    if (heldBy !== undefined) throw refusal('INSTANCE_STANDS_BY', { heldBy });
  };
  const checked =
    <Args extends unknown[], Result>(change: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      check();
      return change(...args);
    };
  return {
    reports: { report: checked(reports.report), startRun: checked(reports.startRun) },
    operator: {
      acknowledge: checked(operator.acknowledge),
      suspend: checked(operator.suspend),
      endSuspension: checked(operator.endSuspension),
    },
    incidents: { ...incidents, save: checked(incidents.save) },
  };
}

/** For people; undefined where it decides. */
export function standingNotice(standing: Standing): string | undefined {
  const heldBy = standing.heldBy();
  return heldBy && `this instance stands by, ${heldBy} decides; ${ageText(standing)}`;
}

/** For people; undefined: it can be relied on. */
export function outdatedText(standing: Standing): string | undefined {
  return standing.isOutdated() ? `${ageText(standing)}, and cannot be brought up to date` : undefined;
}

function ageText(standing: Standing): string {
  return `what it shows is ${(standing.behindMs() / 1000).toFixed(1)}s old`;
}
