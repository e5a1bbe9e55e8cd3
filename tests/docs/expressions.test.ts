// Each line of docs/expressions.md in a block of expressions is what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRedactor } from '../../src/core/redactor.ts';
import { type Answer, compileExpectations, expressionFault } from '../../src/probes/expectation.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/expressions.md'), 'utf8');

/** Expression and what stands behind it. */
function lines(language: string): [string, string][] {
  const blocks = [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))];
  return blocks.flatMap(([, block = '']) => {
    const rows = block.trimEnd().split('\n');
    return rows.map((row): [string, string] => {
      const at = row.lastIndexOf(' // ');
      return [row.slice(0, at).trim(), row.slice(at + 4)];
    });
  });
}

function verdict(expression: string): string {
  const [, head = '', body = ''] = /^```http\n(.*?)\n\n(.*?)\n```$/ms.exec(PAGE) ?? [];
  const [, ...rows] = head.split('\n');
  const headers = new Map(
    rows.map((row): [string, string] => [row.split(':')[0]!, row.slice(row.indexOf(':') + 1).trim()]),
  );
  const judge = compileExpectations([expression], { ...createRedactor([]), showBody: false });
  const answer = { status: 200, headers, body: Buffer.from(body), latencyMs: 1 };
  return /^[^:(]*[^:( ]/.exec(judge(answer)?.message ?? 'true')?.[0] ?? '';
}

/** What a line of a recipe says of an answer: its status where it is not 200, then one thing more. */
function answerOf(said: string): Answer {
  const [, status = '200', rest = ''] = /^(?:(\d{3}) )?(.*)$/.exec(said) ?? [];
  const [, header, value = ''] = /^([a-z-]+): (.*)$/.exec(rest) ?? [];
  const [, hours] = /^certificate for (\d+)h$/.exec(rest) ?? [];
  const [, firstByte] = /^first byte after (\d+)ms$/.exec(rest) ?? [];
  const isBody = header === undefined && hours === undefined && firstByte === undefined;
  return {
    status: Number(status),
    headers: new Map(header === undefined ? [] : [[header, value]]),
    body: Buffer.from(isBody ? rest.replaceAll('\\n', '\n') : ''),
    latencyMs: 1,
    ...(hours && { certificateExpiresInMs: Number(hours) * 3_600_000 }),
    ...(firstByte && { phases: { firstByteMs: Number(firstByte) } }),
  };
}

/** Name, expression, and whether it is met by which answer. */
function recipes(): [string, string, [boolean, string][]][] {
  const [, block = ''] = /^```recipes\n(.*?)^```$/ms.exec(PAGE) ?? [];
  return block
    .trim()
    .split('\n\n')
    .map((recipe) => {
      const [name = '', expression = '', ...answers] = recipe.split('\n');
      return [name, expression, answers.map((line): [boolean, string] => [line.startsWith('+ '), line.slice(2)])];
    });
}

describe('the guide to expressions', () => {
  it('has twenty recipes, each with answers of both kinds', () => {
    expect(recipes().length).toBeGreaterThanOrEqual(20);
    for (const [, , answers] of recipes()) expect(new Set(answers.map(([isMet]) => isMet)).size).toBe(2);
  });

  it.each(recipes())('%s', (_name, expression, answers) => {
    const judge = compileExpectations([expression], { ...createRedactor([]), showBody: false });
    expect(answers.map(([, said]) => [judge(answerOf(said)) === undefined, said])).toEqual(answers);
  });

  it('has examples', () => {
    expect([lines('cel').length > 25, lines('refused').length > 5]).toEqual([true, true]);
  });

  it.each(lines('cel'))('%s', (expression, said) => {
    expect(verdict(expression)).toBe(said === 'false' ? 'not true' : said);
  });

  it.each(lines('refused'))('refuses %s', (expression, said) => {
    expect(expressionFault(expression)).toBe(said);
  });
});
