// `relabel_configs` of Prometheus, run as Prometheus runs them.
import { createHash } from 'node:crypto';
import { expandTemplate, goRegex } from '../go-regex.ts';
import { Keys, readWhole } from '../keys.ts';
import { ImportError, type UnknownKey } from '../report.ts';
import type { SourceMap } from '../source-yaml.ts';

export interface RelabelRule {
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  readonly regex: RegExp;
  readonly modulus: number;
  readonly replacement: string;
  readonly action: string;
}

export type Labels = ReadonlyMap<string, string>;

/** @throws {ImportError} for a rule that Prometheus does not take, or whose expression we cannot read */
export function readRelabelRule(map: SourceMap, unknown: UnknownKey[]): RelabelRule {
  const keys = new Keys(map);
  const written = keys.text('regex')?.text ?? '(.*)';
  const regex = goRegex(written, { anchored: true });
  if (regex === undefined)
    throw new ImportError(`${map.place}: the regular expression "${written}" cannot be read here`);
  const rule = {
    sourceLabels: keys.list('source_labels').flatMap((label) => (label.kind === 'TEXT' ? [label.text] : [])),
    separator: keys.text('separator')?.text ?? ';',
    targetLabel: keys.text('target_label')?.text ?? '',
    regex,
    modulus: keys.read('modulus', readWhole, 'whole number') ?? 0,
    replacement: keys.text('replacement')?.text ?? '$1',
    action: (keys.text('action')?.text ?? 'replace').toLowerCase(),
  };
  unknown.push(...keys.unknown());
  return rule;
}

/** The labels after all rules; undefined where one of them drops the target. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  const current = new Map(labels);
  for (const rule of rules) if (!apply(current, rule)) return undefined;
  return current;
}

/** Whether the target is kept. */
function apply(labels: Map<string, string>, rule: RelabelRule): boolean {
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  const set = (name: string, text: string) => void (text === '' ? labels.delete(name) : labels.set(name, text));
  switch (rule.action) {
    case 'replace': {
      const match = rule.regex.exec(value);
      if (match === null) return true;
      const name = expandTemplate(rule.targetLabel, match);
      if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) set(name, expandTemplate(rule.replacement, match));
      return true;
    }
    case 'keep':
      return rule.regex.test(value);
    case 'drop':
      return !rule.regex.test(value);
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === value;
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') !== value;
    case 'hashmod': {
      const sum = createHash('md5').update(value).digest().readBigUInt64BE(8);
      set(rule.targetLabel, String(sum % BigInt(Math.max(rule.modulus, 1))));
      return true;
    }
    case 'lowercase':
      set(rule.targetLabel, value.toLowerCase());
      return true;
    case 'uppercase':
      set(rule.targetLabel, value.toUpperCase());
      return true;
    case 'labelmap':
      for (const [name, text] of [...labels]) {
        const match = rule.regex.exec(name);
        if (match !== null) set(expandTemplate(rule.replacement, match), text);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (rule.regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!rule.regex.test(name)) labels.delete(name);
      return true;
    default:
      throw new ImportError(`there is no relabelling action "${rule.action}"`);
  }
}
