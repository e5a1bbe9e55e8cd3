// The report of an import for people: what is there, what is not, and what says something else than before.
import { styleText } from 'node:util';
import { printable } from '../core/printable.ts';
import type { ImportReport, ReportItem } from './report.ts';

export interface ReportTextOptions {
  readonly color: boolean;
  readonly columns: number;
  /** Name of the program that the source is of. */
  readonly program: string;
}

/** Names that are listed under one text. */
const MAX_NAMES = 6;
/** Of one text. */
const MAX_TEXT = 1000;

export function reportText(report: ImportReport, options: ReportTextOptions): string {
  const { items, unknownKeys, notes } = report;
  const bold = (text: string) => (options.color ? styleText('bold', text, { validateStream: false }) : text);
  const lost = items.filter(({ outcome }) => outcome === 'LOST');
  const inPart = items.filter(({ outcome, losses }) => outcome !== 'LOST' && losses.length > 0);
  const different = items.filter(({ differences, outcome }) => differences.length > 0 && outcome === 'DIFFERENT');
  const off = items.filter(({ outcome }) => outcome === 'OFF');
  return [
    bold(`${report.source}, of ${options.program}`),
    '',
    ...counts(items, options.color),
    ...section(bold('NOT IMPORTED'), texts(lost, 'losses'), options),
    ...section(bold('IMPORTED WITHOUT A PART OF IT'), texts(inPart, 'losses'), options),
    ...section(bold('IMPORTED, WITH A DIFFERENCE'), texts(different, 'differences'), options),
    ...section(
      bold(`SWITCHED OFF IN ${options.program.toUpperCase()}: A COMMENT HERE`),
      texts(off, 'differences'),
      options,
    ),
    ...section(
      bold(`KEYS THAT ${options.program.toUpperCase()} DOES NOT KNOW, AND READS OVER`),
      unknownKeys.map(({ place, key, nearest }) => ({
        text: nearest === undefined ? `${place}  ${key}` : `${place}  ${key}, which may be meant as ${nearest}`,
        names: [],
      })),
      options,
    ),
    ...section(
      bold('FOR ALL OF IT'),
      notes.map((text) => ({ text, names: [] })),
      options,
    ),
    '',
  ].join('\n');
}

function counts(items: readonly ReportItem[], color: boolean): readonly string[] {
  const paint = (text: string, style: 'green' | 'yellow' | 'red' | 'gray') =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const is = (wanted: ReportItem['outcome']) => items.filter(({ outcome }) => outcome === wanted).length;
  const inPart = items.filter(({ outcome, losses }) => outcome === 'DIFFERENT' && losses.length > 0).length;
  const rows: readonly (readonly [count: number, words: string, style: 'green' | 'yellow' | 'red' | 'gray'])[] = [
    [is('EXACT'), 'imported exactly', 'green'],
    [is('DIFFERENT') - inPart, 'imported, with a difference', 'yellow'],
    [inPart, 'imported without a part of it', 'red'],
    [is('LOST'), 'not imported', 'red'],
    [is('OFF'), 'switched off there', 'gray'],
  ];
  return rows
    .filter(([count]) => count > 0)
    .map(([count, words, style]) => `${paint(String(count).padStart(6), style)}  ${words}`);
}

interface Text {
  readonly text: string;
  readonly names: readonly string[];
}

/** Each text once, with the names of those that it is about. */
function texts(items: readonly ReportItem[], key: 'losses' | 'differences'): readonly Text[] {
  const byText = new Map<string, string[]>();
  for (const item of items) {
    const name = `${item.kind} ${item.name}${item.place === '' ? '' : ` (${item.place})`}`;
    for (const text of item[key].length === 0 ? [''] : item[key]) byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  return [...byText].map(([text, names]) => ({ text, names }));
}

function section(title: string, all: readonly Text[], { columns }: ReportTextOptions): readonly string[] {
  if (all.length === 0) return [];
  const lines = all.flatMap(({ text, names }) => {
    const listed = names.slice(0, MAX_NAMES);
    const more = names.length > listed.length ? [`and ${names.length - listed.length} more`] : [];
    return [
      ...(text === '' ? [] : wrap(text, columns, '  ', '    ')),
      ...[...listed, ...more].flatMap((name) => wrap(name, columns, '      ', '        ')),
    ];
  });
  return ['', title, ...lines];
}

function wrap(written: string, columns: number, first: string, rest: string): readonly string[] {
  const text = printable(written, MAX_TEXT);
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isStart = line === first || line === rest;
    if (!isStart && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
    }
    line += line === first || line === rest ? word : ` ${word}`;
  }
  return [...lines, line];
}
