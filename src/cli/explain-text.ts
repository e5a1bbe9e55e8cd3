// Why a component has its status, as text: its rule and members, and the paths to the root causes as an indented tree. Pure.
import { HealthStatus, Impact } from '../../gen/openk/common/v1/common_pb.ts';
import {
  type CausePath,
  type CauseStep,
  CauseStep_Relation,
  type ExplainHealthResponse,
  type MemberContribution,
  type RuleExplanation,
} from '../../gen/openk/health/v1/health_pb.ts';
import { details, headline, inStatusColor, statusName, statusOf } from './health-text.ts';
import { printable } from './text.ts';

const RELATION: Readonly<Record<CauseStep_Relation, string>> = {
  [CauseStep_Relation.UNSPECIFIED]: '',
  [CauseStep_Relation.MEMBER]: 'member ',
  [CauseStep_Relation.DEPENDENCY]: 'depends on ',
};

/** CRITICAL goes without saying. */
const IMPACT: Readonly<Partial<Record<Impact, readonly string[]>>> = {
  [Impact.DEGRADES]: ['impact DEGRADES'],
  [Impact.IGNORED]: ['impact IGNORED'],
};

export function explainText({ health, rule, causes, truncated }: ExplainHealthResponse, color: boolean): string {
  if (health === undefined) return 'UNKNOWN: the server said nothing about its health';
  return [
    headline(health, color),
    ...details(health).map((line) => `  ${line}`),
    ...(causes[0]?.steps[0]?.suppressed ? ['  alerts suppressed: it is the consequence of something else'] : []),
    ...(rule === undefined ? [] : ruleLines(rule, color)),
    ...(causes.length === 0 ? [] : ['why', ...causeLines(causes, color)]),
    ...(truncated ? ['  … and more paths than these'] : []),
  ].join('\n');
}

/** Members that are HEALTHY are counted only: they explain nothing. */
function ruleLines({ rule, members, notCounted, ...bounds }: RuleExplanation, color: boolean): string[] {
  const isHealthy = ({ status }: MemberContribution) => status === HealthStatus.HEALTHY;
  const healthy = members.filter(isHealthy).length;
  const [best, worst] = [bounds.ifUnknownHealthy, bounds.ifUnknownUnhealthy].map((status) => statusOf({ status }));
  return [
    `rule ${printable(rule)}`,
    ...members.filter((member) => !isHealthy(member)).map((member) => `  ${memberText(member, color)}`),
    ...(healthy > 0 ? [`  ${healthy} HEALTHY`] : []),
    ...notCounted.map((member) => `  ${memberText(member, color)}, does not count`),
    ...(best === worst
      ? []
      : [`  with what is UNKNOWN it may be anything from ${statusName(best!)} to ${statusName(worst!)}`]),
  ];
}

function memberText({ component, status, contributes, impact, weight }: MemberContribution, color: boolean): string {
  const known = statusOf({ status });
  const counted = contributes === HealthStatus.UNSPECIFIED ? known : statusOf({ status: contributes });
  return [
    `${inStatusColor(known, statusName(known), color)} ${printable(component)}`,
    ...(counted === known ? [] : [`counts as ${statusName(counted)}`]),
    ...(IMPACT[impact] ?? []),
    ...(weight === 1 ? [] : [`weight ${weight}`]),
  ].join(', ');
}

/** Without the component asked for. Paths come depth first, so that what two have in common is in neighbours, and shown once. */
function causeLines(causes: readonly CausePath[], color: boolean): string[] {
  const lines: string[] = [];
  let before: readonly CauseStep[] = [];
  for (const { steps } of causes) {
    const common = steps.findIndex((step, index) => !isSame(step, before[index]));
    for (const [index, step] of steps.entries()) {
      if (index === 0 || index < common) continue;
      lines.push(`${'  '.repeat(index)}${stepText(step, index === steps.length - 1, color)}`);
    }
    if (steps.length === 1) lines.push('  it is a root cause itself');
    before = steps;
  }
  return lines;
}

function isSame(a: CauseStep, b: CauseStep | undefined): boolean {
  return a.component === b?.component && a.relation === b.relation;
}

function stepText(step: CauseStep, isRoot: boolean, color: boolean): string {
  const marks = [...(step.suppressed ? ['alerts suppressed'] : []), ...(isRoot ? ['root cause'] : [])];
  const mark = marks.length > 0 ? ` [${marks.join(', ')}]` : '';
  return `${RELATION[step.relation] ?? ''}${headline(step, color)}${mark}`;
}
