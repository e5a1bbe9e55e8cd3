// A group's rule in words: "quorum: healthy >= 2, degraded >= 1".
import type { Rule, Share } from '../core/definition.ts';

const RULE_TEXT: { readonly [Kind in Rule['kind']]: (rule: Extract<Rule, { kind: Kind }>) => string } = {
  worst: () => 'worst',
  best: () => 'best',
  quorum: ({ healthy, degraded }) => `quorum: healthy >= ${shareText(healthy)}, degraded >= ${shareText(degraded)}`,
  weighted: ({ healthyAt, degradedAt }) => `weighted: healthy at ${healthyAt}, degraded at ${degradedAt}`,
};

export function ruleText<Kind extends Rule['kind']>(rule: Extract<Rule, { kind: Kind }>): string {
  return RULE_TEXT[rule.kind as Kind](rule);
}

function shareText(share: Share): string {
  return 'count' in share ? String(share.count) : `${share.percent}%`;
}
