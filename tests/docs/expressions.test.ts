// Each line of docs/expressions.md in a block of expressions is what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRedactor } from '../../src/core/redactor.ts';
import { compileExpectations, expressionFault } from '../../src/probes/expectation.ts';

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

describe('the guide to expressions', () => {
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
