// Which components exist for somebody: those that one of the selectors takes. A selector is a list of requirements with commas
// between, as in Kubernetes, and takes what meets all of them: labels, and `id=NAME` with `*` for any text.
import { type LabelPredicate, parseLabelSelector } from './label-selector.ts';

export interface Selection {
  /** Equal for selections that take the same. */
  readonly key: string;
  takes(id: string, labels: Readonly<Record<string, string>>): boolean;
  /** Whether it takes what is called so whatever its labels are: those of what is gone, nobody knows any more. */
  takesById(id: string): boolean;
}

interface Requirement {
  readonly isOfId: boolean;
  meets(id: string, labels: Readonly<Record<string, string>>): boolean;
}

const ID = /^id(?<operator>==?|!=)(?<pattern>[A-Za-z0-9*][A-Za-z0-9._*-]{0,127})$/;

/** Undefined where one of them is no selector. */
export function parseSelection(selectors: readonly string[]): Selection | undefined {
  const alternatives: (readonly Requirement[])[] = [];
  for (const selector of selectors) {
    const requirements = selector.split(',').map((part) => parseRequirement(part.trim()));
    if (!requirements.every((requirement) => requirement !== undefined)) return undefined;
    alternatives.push(requirements);
  }
  return {
    key: JSON.stringify([...new Set(selectors)].sort()),
    takes: (id, labels) => alternatives.some((requirements) => requirements.every((one) => one.meets(id, labels))),
    takesById: (id) =>
      alternatives.some((requirements) => requirements.every((one) => one.isOfId && one.meets(id, {}))),
  };
}

function parseRequirement(text: string): Requirement | undefined {
  const groups = ID.exec(text)?.groups;
  if (groups !== undefined) {
    const { operator, pattern = '' } = groups;
    const matches = idPattern(pattern);
    return { isOfId: true, meets: operator === '!=' ? (id) => !matches(id) : matches };
  }
  // A label of this name would be taken for an id, or the other way about.
  if (/^id(?:$|[=!])/.test(text)) return undefined;
  const predicate: LabelPredicate | undefined = parseLabelSelector(text);
  return predicate && { isOfId: false, meets: (_id, labels) => predicate(labels) };
}

/** Without a regular expression, whose time a pattern of many stars could multiply. */
function idPattern(pattern: string): (id: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (id) => id === pattern;
  return (id) => {
    if (id.length < first.length + last.length || !id.startsWith(first) || !id.endsWith(last)) return false;
    const end = id.length - last.length;
    let position = first.length;
    for (const part of rest) {
      const found = id.indexOf(part, position);
      if (found < 0 || found + part.length > end) return false;
      position = found + part.length;
    }
    return true;
  };
}
