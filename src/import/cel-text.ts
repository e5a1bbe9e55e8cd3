// Pieces of CEL as text, for what is translated into expectations.

/** A text literal. */
export function celText(text: string): string {
  const escaped = text.replace(/[\\'\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    if (char === '\t') return '\\t';
    return char === '\\' || char === "'" ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `'${escaped}'`;
}

/** A step of a path through JSON: the name of a key, or a position in a list. */
export type Step = string | number;

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

/** `json.items[0].name` */
export function celPath(steps: readonly Step[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return isName(step) ? `${path}.${step}` : `${path}[${celText(step)}]`;
  }, 'json');
}

/** What is true where there is a value other than null at the end of the path. */
export function celPresence(steps: readonly Step[]): string {
  return [...presenceParts(steps), `${celPath(steps)} != null`].join(' && ');
}

/** What is true where the path leads nowhere, or (NOT_NULL) to null. */
export function celAbsence(steps: readonly Step[], end: 'OR_NULL' | 'NOT_NULL'): string {
  const parts = [...presenceParts(steps), ...(end === 'NOT_NULL' ? [`${celPath(steps)} != null`] : [])];
  return parts.length === 1 && parts[0]!.startsWith('has(') ? `!${parts[0]}` : `!(${parts.join(' && ')})`;
}

function presenceParts(steps: readonly Step[]): readonly string[] {
  return steps.map((step, at) => {
    const before = celPath(steps.slice(0, at));
    if (typeof step === 'number') return `size(${before}) > ${step}`;
    return isName(step) ? `has(${before}.${step})` : `${celText(step)} in ${before}`;
  });
}

function isName(step: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) && !RESERVED.has(step);
}
