// The probe kind `alertmanager`: what alerts of a Prometheus say of a component. It asks nobody: alerts come in as an argument, and what
// changes between two runs is pushed.
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { AlertmanagerProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { HeardSender, Listening } from '../core/heard-alerts.ts';
import { labelPredicate, parseLabelRequirement } from '../core/label-selector.ts';
import type { Observation } from '../core/observation.ts';
import { type AlertRules, judgeAlerts, type LabelMatch } from './alertmanager-verdict.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import type { ProbeKind } from './probe.ts';

const DEFAULT_DEGRADED = ['severity=warning'];
const DEFAULT_IGNORED = ['severity=info'];
/** Those that say that alerts get through, and nothing else: in kube-prometheus Watchdog. */
const NEVER_COUNT = 'severity=none';
const DEFAULT_HEARD_WITHIN_MS = 600_000;
/** Alertmanager's repeat_interval is four hours where nobody says. */
const DEFAULT_REPEATED_WITHIN_MS = 5 * 3_600_000;
const NO_SELECTOR =
  'is no selector: write team=payments, team!=payments or team for any value, and commas between what must hold together';

const NEVER: HeardSender = { heardMs: undefined, missedMs: undefined, groups: [] };

export const alertmanagerProbe: ProbeKind<AlertmanagerProbe> = {
  kind: 'alertmanager',
  host: () => 'alertmanager',
  check,
  create(options, { clock, heardAlerts, push }) {
    assertNoFaults('alertmanager', check(options));
    const rules = rulesOf(options);
    let said = '';
    let listening: Listening | undefined;
    const look = () => judgeAlerts(listening?.look() ?? NEVER, rules, clock.nowMs());
    const wordsOf = ({ outcome, reason }: Observation) => JSON.stringify([outcome, reason]);
    listening = heardAlerts?.listen(options.token, () => {
      const now = look();
      if (wordsOf(now) === said) return;
      said = wordsOf(now);
      push(now);
    });
    return {
      async run() {
        await listening?.ready();
        const now = look();
        said = wordsOf(now);
        return now;
      },
      async close() {
        listening?.end();
      },
    };
  },
};

function check({ match, degraded, ignored }: AlertmanagerProbe): readonly ProbeFault[] {
  return Object.entries({ match, degraded, ignored }).flatMap(([field, selectors]) =>
    selectors.flatMap((selector, at) =>
      matchOf(selector) === undefined ? [{ path: [field, at], message: NO_SELECTOR }] : [],
    ),
  );
}

function rulesOf({ match, degraded, ignored, heardWithin, repeatedWithin }: AlertmanagerProbe): AlertRules {
  const matches = (selectors: readonly string[]) => selectors.map((selector) => matchOf(selector)!);
  return {
    match: matches(match),
    degraded: matches(degraded.length > 0 ? degraded : DEFAULT_DEGRADED),
    ignored: matches([NEVER_COUNT, ...(ignored.length > 0 ? ignored : DEFAULT_IGNORED)]),
    heardWithinMs: heardWithin ? durationMs(heardWithin) : DEFAULT_HEARD_WITHIN_MS,
    repeatedWithinMs: repeatedWithin ? durationMs(repeatedWithin) : DEFAULT_REPEATED_WITHIN_MS,
  };
}

/** Undefined for what is no selector. */
function matchOf(selector: string): LabelMatch | undefined {
  const requirements = selector.split(',').map((part) => parseLabelRequirement(part.trim()));
  const predicates = requirements.flatMap((one) =>
    // As Prometheus writes them they would mean something else here: `team=~"shop|cart"`, `team="shop"`.
    one === undefined || /^[~"']/.test(one.value) ? [] : [{ key: one.key, holds: labelPredicate(one) }],
  );
  if (predicates.length < requirements.length) return undefined;
  return {
    takes: (labels) => predicates.every(({ holds }) => holds(labels)),
    mayTake: (labels) => predicates.every(({ key, holds }) => !Object.hasOwn(labels, key) || holds(labels)),
  };
}
