// Label selectors of ListComponents: `team=payments`, `team!=payments`, `team`. They mean what they mean in Kubernetes:
// `!=` takes components without the label too, and `==` is `=`.

/** Whether a component with these labels is selected. */
export type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

/** Keys as the configuration allows them. */
const SELECTOR = /^(?<key>[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?)(?:(?<operator>==?|!=)(?<value>.*))?$/s;

/** What a selector says of one label. */
export interface LabelRequirement {
  readonly key: string;
  /** `exists`: whatever its value is; `value` is empty then. */
  readonly operator: '=' | '!=' | 'exists';
  readonly value: string;
}

/** Undefined for text that is no selector. */
export function parseLabelRequirement(text: string): LabelRequirement | undefined {
  const groups = SELECTOR.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { key = '', operator, value = '' } = groups;
  if (operator === undefined) return { key, operator: 'exists', value: '' };
  return { key, operator: operator === '!=' ? '!=' : '=', value };
}

/** Undefined for text that is no selector. */
export function parseLabelSelector(text: string): LabelPredicate | undefined {
  const requirement = parseLabelRequirement(text);
  return requirement && labelPredicate(requirement);
}

export function labelPredicate({ key, operator, value }: LabelRequirement): LabelPredicate {
  if (operator === 'exists') return (labels) => Object.hasOwn(labels, key);
  const isEqual: LabelPredicate = (labels) => Object.hasOwn(labels, key) && labels[key] === value;
  return operator === '!=' ? (labels) => !isEqual(labels) : isEqual;
}
