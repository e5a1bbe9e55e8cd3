// Which components exist for somebody: those that one of the selectors takes. A selector is a list of requirements with commas
// between, as in Kubernetes, and takes what meets all of them: labels, and `id=NAME` with `*` for any text.
import { type LabelRequirement, labelPredicate, parseLabelRequirement } from './label-selector.ts';

export interface Selection {
  /** Equal for selections that take the same. */
  readonly key: string;
  takes(id: string, labels: Readonly<Record<string, string>>): boolean;
  /** Whether it takes what is called so whatever its labels are: those of what is gone, nobody knows any more. */
  takesById(id: string): boolean;
  /** Whether nothing that the selector takes, now or later, is outside of this. Where that is hard to tell: no. */
  contains(selector: string): boolean;
}

/** Of a label, or of the id, whose value may be a pattern. */
interface Requirement extends LabelRequirement {
  readonly isOfId: boolean;
  meets(id: string, labels: Readonly<Record<string, string>>): boolean;
}

const ID = /^id(?<operator>==?|!=)(?<pattern>[A-Za-z0-9*][A-Za-z0-9._*-]{0,127})$/;

/** Undefined where one of them is no selector. */
export function parseSelection(selectors: readonly string[]): Selection | undefined {
  const alternatives: (readonly Requirement[])[] = [];
  for (const selector of selectors) {
    const requirements = parseRequirements(selector);
    if (requirements === undefined) return undefined;
    alternatives.push(requirements);
  }
  return {
    key: JSON.stringify([...new Set(selectors)].sort()),
    takes: (id, labels) => alternatives.some((requirements) => requirements.every((one) => one.meets(id, labels))),
    takesById: (id) =>
      alternatives.some((requirements) => requirements.every((one) => one.isOfId && one.meets(id, {}))),
    contains(selector) {
      const given = parseRequirements(selector) ?? [];
      return alternatives.some((requirements) => requirements.every((one) => given.some((each) => implies(each, one))));
    },
  };
}

function parseRequirements(selector: string): readonly Requirement[] | undefined {
  const requirements = selector.split(',').map((part) => parseRequirement(part.trim()));
  return requirements.every((requirement) => requirement !== undefined) ? requirements : undefined;
}

function parseRequirement(text: string): Requirement | undefined {
  const groups = ID.exec(text)?.groups;
  if (groups !== undefined) {
    const { operator, pattern = '' } = groups;
    const matches = idPattern(pattern);
    return operator === '!='
      ? { isOfId: true, key: '', operator, value: pattern, meets: (id) => !matches(id) }
      : { isOfId: true, key: '', operator: '=', value: pattern, meets: matches };
  }
  // A label of this name would be taken for an id, or the other way about.
  if (/^id(?:$|[=!])/.test(text)) return undefined;
  const requirement = parseLabelRequirement(text);
  if (requirement === undefined) return undefined;
  const predicate = labelPredicate(requirement);
  return { isOfId: false, ...requirement, meets: (_id, labels) => predicate(labels) };
}

/** Whether whatever meets `given` meets `wanted` too. */
function implies(given: Requirement, wanted: Requirement): boolean {
  if (given.isOfId !== wanted.isOfId || given.key !== wanted.key) return false;
  if (given.isOfId) return impliesOfId(given, wanted);
  if (wanted.operator === 'exists') return given.operator !== '!=';
  if (wanted.operator === '=') return given.operator === '=' && given.value === wanted.value;
  return given.operator === '='
    ? given.value !== wanted.value
    : given.operator === '!=' && given.value === wanted.value;
}

/** No id has a star in it, so that a pattern which takes the text of another takes all that this one takes. */
function impliesOfId(given: Requirement, wanted: Requirement): boolean {
  const isWithin = (inner: string, outer: string) => idPattern(outer)(inner);
  if (given.operator === '=' && wanted.operator === '=') return isWithin(given.value, wanted.value);
  if (given.operator === '!=' && wanted.operator === '!=') return isWithin(wanted.value, given.value);
  if (given.operator === '!=') return false;
  return !given.value.includes('*') && !isWithin(given.value, wanted.value);
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
