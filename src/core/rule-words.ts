// What is wrong with a value by a rule of the .proto files (buf.validate), for people: what to write instead. The words of
// protovalidate are those of its programmers, "must not be in list [0]"; this is the only place that knows them.

export interface BrokenRule {
  /** For example `uint32.gte_lte`. */
  readonly ruleId: string;
  /** Protovalidate's own; of a rule that we wrote ourselves, ours. */
  readonly message: string;
  /** Where the value is one of an enum: all of them. */
  readonly enumValues?: readonly { readonly name: string; readonly number: number }[] | undefined;
}

/** Our own words, or, for a rule that none of our files has, those of protovalidate. */
export function ruleWords({ ruleId, message, enumValues }: BrokenRule): string {
  // Such as `enum.not_in`; our own rules have names that begin with no type.
  const [, rule = ruleId] = /^[a-z0-9]+\.(.+)$/.exec(ruleId) ?? [];
  const [number = ''] = /\d+/.exec(message) ?? [];
  switch (rule) {
    case 'required':
      return 'is required';
    case 'min_len':
      return number === '1' && ruleId.startsWith('string.')
        ? 'must not be empty: write a text, or take it out'
        : message;
    case 'pattern':
      return PATTERNS[/`(.*)`/s.exec(message)?.[1] ?? ''] ?? message;
    case 'min_items':
    case 'min_pairs':
      return `must have at least ${entries(number)}`;
    case 'max_items':
    case 'max_pairs':
      return `must have at most ${entries(number)}`;
    case 'uri':
      return 'must be a URL such as https://example.com/path';
    case 'unique':
      return 'has the same entry twice: take one of them out';
    case 'finite':
      return 'must be a number, neither infinite nor NaN';
    case 'in':
    case 'not_in':
    case 'defined_only':
      return enumValues === undefined
        ? listWords(message)
        : `must be one of ${namesOf(enumValues, rule, message).join(', ')}`;
    default:
      return rangeWords(message);
  }
}

/** Patterns of our own files, in words. */
const PATTERNS: Readonly<Record<string, string>> = {
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$': "must be a letter or digit, then up to 127 of letters, digits, '.', '_', '-'",
};

function entries(count: string): string {
  return count === '1' ? '1 entry' : `${count} entries`;
}

function listed(message: string): readonly string[] {
  return (/\[(.*)\]$/s.exec(message)?.[1] ?? '').split(', ');
}

function listWords(message: string): string {
  const values = listed(message).join(', ');
  return message.startsWith('must not') ? `must not be any of ${values}` : `must be one of ${values}`;
}

/** Those that the rule leaves. */
function namesOf(values: NonNullable<BrokenRule['enumValues']>, rule: string, message: string): readonly string[] {
  const numbers = new Set(listed(message));
  const isLeft = ({ number }: { readonly number: number }) => {
    // The first stands for nothing said, which a rule that has the others leaves out.
    if (rule === 'defined_only') return number !== 0;
    return numbers.has(String(number)) === (rule === 'in');
  };
  return values.filter(isLeft).map(({ name }) => name);
}

/** "must be greater than or equal to 1 and less than or equal to 20": "must be from 1 to 20". */
function rangeWords(message: string): string {
  const range = /^must be (?:greater than (or equal to )?(\S+))?(?: and )?(?:less than (or equal to )?(\S+))?$/.exec(
    message,
  );
  if (range === null) return message;
  const [, orLow, low, orHigh, high] = range;
  if (low === undefined && high === undefined) return message;
  if (orLow && orHigh) return `must be from ${low} to ${high}`;
  const bounds = [];
  if (low !== undefined) bounds.push(`${orLow ? 'at least' : 'above'} ${low}`);
  if (high !== undefined) bounds.push(`${orHigh ? 'at most' : 'below'} ${high}`);
  return `must be ${bounds.join(' and ')}`;
}
