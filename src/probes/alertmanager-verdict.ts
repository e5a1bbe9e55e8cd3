// What alerts of somebody else come to for one component: pure, so that every order of what fires, ends and is silent can be tried.
import type { FiringAlert, HeardGroup, HeardSender } from '../core/heard-alerts.ts';
import type { Observation } from '../core/observation.ts';
import { type ReasonCode, reason } from './reason.ts';

type Labels = Readonly<Record<string, string>>;

export interface LabelMatch {
  readonly takes: (labels: Labels) => boolean;
  /** Whether it may take something that has at least these labels. */
  readonly mayTake: (labels: Labels) => boolean;
}

/** Lists of which one has to match. */
export interface AlertRules {
  /** Alerts that are about the component; empty: all. */
  readonly match: readonly LabelMatch[];
  readonly degraded: readonly LabelMatch[];
  readonly ignored: readonly LabelMatch[];
  readonly heardWithinMs: number;
  readonly repeatedWithinMs: number;
}

/** What was not said again is forgotten after so many times repeated_within. */
const FORGOTTEN_AFTER = 2;
/** Alerts that evidence names. */
const NAMED = 3;

/** The worst that is known to fire; what may fire unheard comes before what only degrades. @param nowMs epoch milliseconds */
export function judgeAlerts({ heardMs, missedMs, groups }: HeardSender, rules: AlertRules, nowMs: number): Observation {
  if (heardMs === undefined) return say('UNKNOWN', 'ALERTS_UNHEARD', 'Alertmanager has not sent anything yet');
  if (nowMs - heardMs > rules.heardWithinMs)
    return say('UNKNOWN', 'ALERTS_UNHEARD', 'nothing was heard of Alertmanager for longer than heard_within');
  const ageOf = (sinceMs: number) => (nowMs - sinceMs) / rules.repeatedWithinMs;
  const isAbout = ({ labels }: FiringAlert) =>
    (rules.match.length === 0 || rules.match.some(({ takes }) => takes(labels))) &&
    !rules.ignored.some(({ takes }) => takes(labels));
  const isMild = ({ labels }: FiringAlert) => rules.degraded.some(({ takes }) => takes(labels));
  // A sender that is heard and did not say it in twice the time has nothing to say of it: its routes have changed.
  const known = groups.filter(({ heardMs: saidMs }) => ageOf(saidMs) <= FORGOTTEN_AFTER);
  const [old, fresh] = [known.filter(isOld), known.filter((group) => !isOld(group))];
  const firing = fresh.flatMap((group) => group.firing.filter(isAbout));
  const severe = firing.filter((alert) => !isMild(alert));
  if (severe.length > 0) return fires('UNHEALTHY', severe);
  if (old.some((group) => group.firing.some(isAbout)))
    return say('UNKNOWN', 'ALERTS_NOT_REPEATED', 'an alert fired, and was not said again within repeated_within');
  const isCut = known.some(
    ({ missing, labels }) =>
      missing > 0 && (rules.match.length === 0 || rules.match.some(({ mayTake }) => mayTake(labels))),
  );
  if (isCut)
    return say(
      'UNKNOWN',
      'ALERTS_MISSED',
      'Alertmanager has left out alerts: raise its max_alerts, or group otherwise',
    );
  // By then all that fires was said again.
  if (missedMs !== undefined && ageOf(missedMs) <= 1)
    return say('UNKNOWN', 'ALERTS_MISSED', 'Alertmanager has sent something that could not be taken');
  if (firing.length > 0) return fires('DEGRADED', firing);
  return say('HEALTHY', 'OK', 'no alert fires');

  function isOld({ heardMs: saidMs }: HeardGroup): boolean {
    return ageOf(saidMs) > 1;
  }
}

function fires(outcome: 'UNHEALTHY' | 'DEGRADED', alerts: readonly FiringAlert[]): Observation {
  const words = alerts.map(wordsOf).sort();
  const [first = ''] = alerts.map(nameOf).sort();
  const named = [...new Set(words)].slice(0, NAMED).join('; ');
  const rest = words.length > NAMED ? '; …' : '';
  return say(outcome, 'ALERT_FIRING', `the alert ${first} fires`, `${words.length}: ${named}${rest}`);
}

function nameOf({ labels }: FiringAlert): string {
  return labels.alertname ?? 'without a name';
}

function wordsOf(alert: FiringAlert): string {
  return alert.summary === '' ? nameOf(alert) : `${nameOf(alert)}, ${alert.summary}`;
}

function say(outcome: Observation['outcome'], code: ReasonCode, message: string, evidence?: string): Observation {
  return { outcome, reason: reason(code, message, evidence), decisive: true };
}
