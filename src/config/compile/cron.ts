// Cron expressions: the forms that all cron programs read the same way. It stands alone since each field is read for its
// faults: what two programs read differently is one, and says what to write. When they come, core/calendar.ts works out.
import { nextTimeAfter } from '../../core/calendar.ts';

export type CronResult =
  /** The five fields, without steps from a number on, names and the second name of Sunday. */
  { readonly ok: true; readonly cron: string } | { readonly ok: false; readonly message: string };

interface FieldSpec {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The first of them is `min`. */
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const SPECS: readonly FieldSpec[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  // 7 is Sunday too.
  { name: 'weekday', min: 0, max: 7, names: WEEKDAYS },
];
const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FORM = 'write minute hour day month weekday, for example "0 22 * * SUN"';

/** The message goes on from the name of the key. */
export function parseCron(expression: string): CronResult {
  const fault = (message: string): CronResult => ({ ok: false, message });
  const texts = expression.trim().split(/\s+/);
  const meant = SHORTHANDS[texts[0]!.toLowerCase()];
  if (meant !== undefined && texts.length === 1) return fault(`is no cron expression of five fields: write "${meant}"`);
  if (texts.length !== 5) return fault(`is no cron expression of five fields: ${FORM}`);
  const fields: string[] = [];
  for (const [index, text] of texts.entries()) {
    const field = parseField(text.toUpperCase(), SPECS[index]!);
    if ('fault' in field) return fault(`${field.fault} in the ${SPECS[index]!.name}`);
    fields.push(field.text);
  }
  const [day, weekday] = [fields[2]!, fields[4]!];
  const stepped = [day, weekday].find((text) => text.startsWith('*/'));
  if (stepped !== undefined && day !== '*' && weekday !== '*') {
    const range = stepped === day ? '1-31' : '0-6';
    const instead = stepped === '*/1' ? '*' : `${range}${stepped.slice(1)}`;
    const message = `is read two ways: ${stepped} beside a ${stepped === day ? 'weekday' : 'day of month'} is "and" to some and "or" to others`;
    return fault(`${message}; write ${instead}, with * for the other where only one is to count`);
  }
  const cron = fields.join(' ');
  const comes = nextTimeAfter({ cron, timezone: 'UTC' }, 0) < Number.POSITIVE_INFINITY;
  return comes ? { ok: true, cron } : fault('is a time that never comes');
}

type Field = { readonly text: string } | { readonly fault: string };

function parseField(text: string, spec: FieldSpec): Field {
  if (text === '*') return { text };
  const step = /^\*\/(\d{1,3})$/.exec(text);
  if (step !== null) return stepFault(Number(step[1]), spec) ?? { text: `*/${Number(step[1])}` };
  const values = new Set<string>();
  for (const part of text.split(',')) {
    const read = parsePart(part, spec);
    if ('fault' in read) return read;
    for (const value of read.values) values.add(value);
  }
  return { text: [...values].join(',') };
}

type Part = { readonly values: readonly string[] } | { readonly fault: string };

function parsePart(part: string, spec: FieldSpec): Part {
  const { name, min, max } = spec;
  if (part.includes('*')) return { fault: `has a * in a list: write its values out` };
  if (part === '?') return { fault: 'has a ?, which is no cron but Quartz: write *' };
  if (name === 'day of month' && part === 'L') return { values: [part] };
  if (/[LW#+]/.test(part.replace(/[A-Z]{3,}/g, ''))) return extension(part, spec);
  const form = /^([A-Z]+|\d{1,3})(?:-([A-Z]+|\d{1,3}))?(?:\/(\d{1,3}))?$/.exec(part);
  const from = readValue(form?.[1], spec);
  const to = form?.[2] === undefined ? from : readValue(form[2], spec, true);
  if (form === null || from === undefined || to === undefined) {
    const names = spec.names === undefined ? '' : ` or ${spec.names[0]}-${spec.names.at(-1)}`;
    return {
      fault: `has what is none of ${min}-${max}${names}, a range such as ${min}-${min + 2} or a step such as */2`,
    };
  }
  if (form[3] !== undefined && form[2] === undefined) {
    return {
      fault: `has a step from a number on, which is read two ways: write ${from}-${name === 'weekday' ? 6 : max}/${form[3]}`,
    };
  }
  if (from > to) {
    return {
      fault: `has a range that ends before it starts: write ${from}-${name === 'weekday' ? 6 : max},${min}-${to}`,
    };
  }
  const by = Number(form[3] ?? 1);
  const fault = stepFault(by, spec);
  if (fault !== undefined) return fault;
  const values: string[] = [];
  for (let value = from; value <= to; value += by) values.push(String(name === 'weekday' ? value % 7 : value));
  return { values };
}

/** What cron does not have, croner has, and all who have it read alike: the last and the nth of a weekday in a month. */
function extension(part: string, spec: FieldSpec): Part {
  if (spec.name === 'weekday') {
    const [, day, which] = /^([A-Z]{3}|\d)(L|#[1-5])$/.exec(part) ?? [];
    const value = readValue(day, spec);
    if (value !== undefined) return { values: [`${value % 7}${which}`] };
    return { fault: 'has what is neither a weekday, nor the last (5L) nor the nth (5#2) of a month' };
  }
  if (/^(LW|\d+W)$/.test(part)) return { fault: 'has a W, the nearest weekday, which there is not' };
  return { fault: 'has L, W, # or + where there is none' };
}

function readValue(
  text: string | undefined,
  { min, max, names = [], name }: FieldSpec,
  isEnd = false,
): number | undefined {
  if (text === undefined) return undefined;
  const index = names.indexOf(text);
  // FRI-SUN ends with the week.
  if (index >= 0) return name === 'weekday' && index === 0 && isEnd ? 7 : index + min;
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? value : undefined;
}

function stepFault(step: number, { min, max }: FieldSpec): { readonly fault: string } | undefined {
  if (step >= 1 && step <= max - min) return undefined;
  return { fault: `has a step that is none of 1-${max - min}` };
}
