// A line of the log for a person at a terminal. Programs get JSON.
import { styleText } from 'node:util';
import { printable } from './text.ts';

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};

/** What needs no quotes. */
const PLAIN = /^[^\s"={}[\]\ufffd]+$/u;

/**
 * `21:22:48.123Z WARN  status changed  component=api from=HEALTHY to=UNHEALTHY reason="refused (REFUSED)"`, and the stack of an error on
 * lines of its own. Nothing in it moves the cursor.
 * @param line one line of JSON, as pino writes it. What is none stays as it is.
 */
export function logText(line: string, color: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, msg = '', err, ...fields } = record;
  const name = String(level);
  const head = [
    String(time).slice(11),
    inStyle(STYLES[name], name.toUpperCase().padEnd(5), color),
    printable(String(msg)),
  ].join(' ');
  const said = Object.entries(fields).map(
    ([key, value]) => `${inStyle('gray', `${printable(key)}=`, color)}${valueText(value)}`,
  );
  const first = said.length === 0 ? head : `${head}  ${said.join(' ')}`;
  return `${[first, ...errorLines(err)].join('\n')}\n`;
}

function inStyle(style: Style | undefined, text: string, color: boolean): string {
  return color && style !== undefined ? styleText(style, text, { validateStream: false }) : text;
}

/** A reason as everywhere else, `refused (REFUSED)`; anything else that is no plain word as JSON. */
function valueText(value: unknown): string {
  const text = isReason(value) ? reasonText(value) : value;
  if (typeof text !== 'string') return printable(JSON.stringify(text));
  const safe = printable(text);
  return PLAIN.test(safe) ? safe : JSON.stringify(safe);
}

interface LoggedReason {
  readonly code: string;
  readonly message: string;
  readonly evidence?: string;
}

function isReason(value: unknown): value is LoggedReason {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}

function reasonText({ code, message, evidence }: LoggedReason): string {
  return `${message}${evidence === undefined ? '' : ` (${evidence})`} (${code})`;
}

function errorLines(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return error === undefined ? [] : [`  ${printable(String(error))}`];
  const { stack, message = '' } = error as { readonly stack?: string; readonly message?: string };
  return (stack ?? message).split('\n').map((each) => `  ${printable(each)}`);
}
