import { describe, expect, it } from '@jest/globals';
import { logText } from '../../src/cli/log-text.ts';
import { createLogger } from '../../src/log-destination.ts';

const TIME = '2026-11-29T21:22:48.123Z';
const text = (record: object, color = false) =>
  logText(`${JSON.stringify({ level: 'info', time: TIME, ...record })}\n`, color);

describe('a line of the log for people', () => {
  it.each<[object, string]>([
    [
      { address: 'http://127.0.0.1:8080', components: 3, msg: 'listening' },
      '21:22:48.123Z INFO  listening  address=http://127.0.0.1:8080 components=3\n',
    ],
    [
      {
        level: 'warn',
        component: 'api',
        to: 'UNHEALTHY',
        reason: { code: 'TIMEOUT', message: 'no answer', evidence: 'came: ""' },
        msg: 'status changed',
      },
      '21:22:48.123Z WARN  status changed  component=api to=UNHEALTHY reason="no answer (came: \\"\\") (TIMEOUT)"\n',
    ],
    [{ keys: ['a', 'b'], none: '', msg: 'x' }, '21:22:48.123Z INFO  x  keys=["a","b"] none=""\n'],
    [
      { level: 'error', err: { message: 'boom', stack: 'Error: boom\n    at f (a.ts:1:2)' }, msg: 'cannot' },
      '21:22:48.123Z ERROR cannot\n  Error: boom\n  at f (a.ts:1:2)\n',
    ],
    [{ msg: 'stopped' }, '21:22:48.123Z INFO  stopped\n'],
  ])('%j', (record, expected) => {
    expect(text(record)).toBe(expected);
  });

  it('moves no cursor, whatever a target has answered', () => {
    const evil = 'a\x1b[2Jb\u202ec\nd\x9b31m';
    const line = text({
      component: evil,
      reason: { code: evil, message: evil },
      [evil]: 1,
      err: { stack: evil },
      msg: evil,
    });
    for (const each of ['\x1b', '\u202e', '\x9b']) expect(line).not.toContain(each);
    // That of the error, and the end.
    expect(line.match(/\n/g)).toHaveLength(3);
  });

  it('has its level in colour', () => {
    expect(text({ level: 'warn', msg: 'x' }, true)).toBe('21:22:48.123Z \x1b[33mWARN \x1b[39m x\n');
  });

  it('leaves what is no JSON as it is', () => {
    expect(logText('what\n', true)).toBe('what\n');
  });

  it.each([
    ['json', /^\{"level":"warn","time":"[^"]+","a":1,"msg":"x"\}\n$/],
    ['text', /^\S+Z WARN {2}x {2}a=1\n$/],
  ] as const)('is what a logger writes as %s', (style, expected) => {
    const lines: string[] = [];
    createLogger('info', { stream: { write: (line) => void lines.push(line) } }, style).warn({ a: 1 }, 'x');
    expect(lines).toEqual([expect.stringMatching(expected)]);
  });
});
