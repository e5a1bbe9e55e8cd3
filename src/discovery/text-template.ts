// Texts with {{…}} in them: what stands there is CEL over a target, and gives a text, a number or a truth value. What comes of it is text
// and nothing else: it is not looked at for {{…}} again, and in a URL it cannot lead to another host than the text around it says.
import { type CelInput, celMap, isCelError, isCelUint } from '@bufbuild/cel';
import { readExpression, readValueExpression } from '../cel/expression-fault.ts';
import { wordsOf } from '../cel/fault.ts';
import { compileExpression, type Program } from '../cel/program.ts';
import type { Variable } from '../cel/types.ts';
import type { Target } from './source.ts';

export const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['address', { type: 'string' }],
  ['host', { type: 'string' }],
  ['port', { type: 'string' }],
  ['name', { type: 'string' }],
  ['labels', { type: 'map', item: 'string' }],
]);

/** What expressions are evaluated over. */
export type Values = Readonly<Record<string, CelInput>>;

/** A text that could not be made, in words that hold nothing of a target. */
export class TemplateFault extends Error {}

export interface TextTemplate {
  /** @throws TemplateFault */
  render(values: Values): string;
}

/** Most characters that come of one text. */
const MAX_TEXT = 65_536;

export function valuesOf({ name, address, labels }: Target): Values {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain ?? '';
  return { name, address, host, port, labels: celMap(new Map(Object.entries(labels))) };
}

export function hasPlaceholder(text: string): boolean {
  return text.includes('{{');
}

/** @param isUrl whether what is made is a URL @returns why it cannot be used, where it cannot */
export function compileText(text: string, isUrl: boolean): TextTemplate | string {
  const pieces: (string | Program)[] = [];
  let rest = text;
  for (;;) {
    const start = rest.indexOf('{{');
    if (start < 0) break;
    const end = endOf(rest, start + 2);
    if (end === undefined) return 'has a {{ without its }}';
    if (start > 0) pieces.push(rest.slice(0, start));
    const expr = readValueExpression(rest.slice(start + 2, end).trim(), VARIABLES);
    if (typeof expr === 'string') return `has an expression in {{ }} that ${expr}`;
    pieces.push(compileExpression(expr));
    rest = rest.slice(end + 2);
  }
  if (rest !== '') pieces.push(rest);
  return {
    render(values) {
      let made = '';
      for (const piece of pieces) {
        if (typeof piece === 'string') made += piece;
        else {
          const value = textOf(piece(values));
          made += isUrl ? placed(value, made) : value;
        }
        if (made.length > MAX_TEXT) throw new TemplateFault(`becomes longer than ${MAX_TEXT} characters`);
      }
      return made;
    },
  };
}

/** A condition. @returns why it cannot be used, where it cannot */
export function compileCondition(text: string): ((values: Values) => boolean) | string {
  const expr = readExpression(text, VARIABLES);
  if (typeof expr === 'string') return expr;
  const program = compileExpression(expr);
  // What has no value, such as a label that is not there, is not true.
  return (values) => program(values) === true;
}

/** Where the `}}` of an expression stands: one in a text of CEL is none. */
function endOf(text: string, from: number): number | undefined {
  let quote: string | undefined;
  /** Maps of CEL that are open. */
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== undefined) {
      if (character === '\\') at++;
      else if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '}' && text[at + 1] === '}') return at;
  }
  return undefined;
}

function textOf(value: ReturnType<Program>): string {
  if (isCelError(value)) {
    const words = wordsOf(value.message);
    throw new TemplateFault(
      `has no value${words === undefined ? ': a label is not there, ask for it by has()' : `: ${words}`}`,
    );
  }
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number')
    return String(value);
  if (isCelUint(value)) return String(value.value);
  throw new TemplateFault('gives no text, no number and no truth value');
}

/** A value as it may stand behind this beginning of a URL. */
function placed(value: string, before: string): string {
  if (before === '') return value;
  const isInHost = /^[a-z]+:\/\/[^/?#]*$/i.test(before);
  const hostEnd = isInHost ? value.search(/[/?#]|$/) : 0;
  const host = value.slice(0, hostEnd);
  if (/[@\\\s]/.test(host)) throw new TemplateFault('has a value with a character that no host has');
  return host + encodeURI(value.slice(hostEnd).toWellFormed()).replaceAll('%25', '%');
}
