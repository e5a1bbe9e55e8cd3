// What /metrics and OTLP say of each component: which metrics there are, and the figures of one component for each.
import type { Attributes } from '@opentelemetry/api';
import type { MemberCounts } from '../core/health.ts';
import type { SloStanding } from '../core/slo/budget.ts';
import { BURN_WINDOWS, budgetShare, type SloDefinition } from '../core/slo/objective.ts';
import { STATUSES, type Status } from '../core/status.ts';

/** One component, as it was when it was read. */
export interface Subject {
  readonly id: string;
  readonly status: Status;
  readonly isSuppressed: boolean;
  readonly info: Info;
  readonly latencyMs: number | undefined;
  readonly rest: Rest;
}

/** Kind and labels. */
export interface Info {
  readonly attributes: Attributes;
  readonly text: string;
}

/** What few components have. */
export interface Rest {
  readonly memberCounts?: MemberCounts | undefined;
  readonly certificateExpiresMs?: number | undefined;
  readonly slo?: SloDefinition | undefined;
  readonly standing?: SloStanding | undefined;
}

/** One figure of a component. */
export interface Sample {
  readonly value: number;
  /** Beside the component. */
  readonly label?: { readonly name: 'status' | 'window'; readonly value: string };
  /** What its line ends with in the text. Most samples are the same few for all components. */
  readonly ending: string;
}

export interface Family {
  readonly name: string;
  readonly description: string;
  readonly unit: '' | 's' | '{member}' | '1';
  readonly samples: (subject: Subject) => readonly Sample[];
  /** Beside the component and its kind. */
  readonly hasLabels?: true;
  /** Each component has some, which follow from its kind, its labels, its status and whether it is suppressed: mostly they are as they were. */
  readonly lasts?: true;
}

export const FAMILIES: readonly Family[] = [
  {
    name: 'openk.component.status',
    description: 'Whether the component has this status: 1 for the one that it has, 0 for the others.',
    unit: '',
    lasts: true,
    samples: ({ status }) => OF_STATUS[status],
  },
  {
    name: 'openk.component.info',
    description: 'Kind and labels of the component. Always 1: to be joined with the other metrics.',
    unit: '',
    hasLabels: true,
    lasts: true,
    samples: () => ONE,
  },
  {
    name: 'openk.component.suppressed',
    description: 'Whether something that the component depends on is UNHEALTHY while it is: 1 or 0.',
    unit: '',
    lasts: true,
    samples: ({ isSuppressed }) => (isSuppressed ? ONE : ZERO),
  },
  {
    name: 'openk.group.members',
    description: 'Direct members of the group, by their status.',
    unit: '{member}',
    samples: ({ rest: { memberCounts } }) =>
      memberCounts === undefined
        ? NO_SAMPLES
        : STATUSES.map((status) => ofStatus(status, memberCounts[COUNT_OF[status]])),
  },
  {
    name: 'openk.component.last_latency',
    description: 'Latency of the last probe run.',
    unit: 's',
    samples: ({ latencyMs }) => only(inSeconds(latencyMs)),
  },
  {
    name: 'openk.certificate.expiry_timestamp',
    description: 'When the certificate that the component showed last expires, in seconds since 1970.',
    unit: 's',
    samples: ({ rest }) => only(inSeconds(rest.certificateExpiresMs)),
  },
  {
    name: 'openk.slo.objective_ratio',
    description: 'Share of the time that counts in which the component is to be good.',
    unit: '1',
    samples: ({ rest: { slo } }) => only(slo && Number((1 - budgetShare(slo)).toPrecision(12))),
  },
  {
    name: 'openk.slo.error_budget_remaining_ratio',
    description: 'Share of the error budget that is left: 1 is all of it, below 0 is more spent than there was.',
    unit: '1',
    samples: ({ rest }) => only(rest.standing?.budget.leftRatio),
  },
  {
    name: 'openk.slo.burn_rate',
    description: 'How many times as fast as it bears the error budget burns, over a window until now.',
    unit: '1',
    samples({ rest }) {
      const rates = rest.standing?.rates;
      if (rates === undefined) return NO_SAMPLES;
      return BURN_WINDOWS.flatMap((window) => {
        const value = rates[window];
        return value === undefined ? [] : [sampleOf(value, { name: 'window', value: window })];
      });
    },
  },
];

export const NO_SAMPLES: readonly Sample[] = [];
const ONE: readonly Sample[] = [sampleOf(1)];
const ZERO: readonly Sample[] = [sampleOf(0)];
/** By the status that a component has. */
const OF_STATUS: Readonly<Record<Status, readonly Sample[]>> = {
  HEALTHY: oneOf('HEALTHY'),
  DEGRADED: oneOf('DEGRADED'),
  UNHEALTHY: oneOf('UNHEALTHY'),
  UNKNOWN: oneOf('UNKNOWN'),
  MAINTENANCE: oneOf('MAINTENANCE'),
};

function oneOf(own: Status): readonly Sample[] {
  return STATUSES.map((status) => ofStatus(status, status === own ? 1 : 0));
}

function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? NO_SAMPLES : [sampleOf(value)];
}

function ofStatus(status: Status, value: number): Sample {
  return sampleOf(value, { name: 'status', value: status });
}

function sampleOf(value: number, label?: NonNullable<Sample['label']>): Sample {
  if (label === undefined) return { value, ending: `} ${value}\n` };
  return { value, label, ending: `,${label.name}="${label.value}"} ${value}\n` };
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

const COUNT_OF: Readonly<Record<Status, keyof MemberCounts>> = {
  HEALTHY: 'healthy',
  DEGRADED: 'degraded',
  UNHEALTHY: 'unhealthy',
  UNKNOWN: 'unknown',
  MAINTENANCE: 'maintenance',
};
