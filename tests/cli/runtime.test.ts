import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const RUNTIME = new URL('../../src/runtime.ts', import.meta.url).href;
/** Makes many objects that last, from one literal, and prints whether one more of them is allocated among the young. */
const PROGRAM = `
const { settleRuntime } = await import(${JSON.stringify(RUNTIME)});
settleRuntime();
class Stream { constructor() { this.state = { id: 1 }; } }
const lasting = [];
for (let n = 0; n < 400_000; n++) lasting.push(new Stream());
console.log(%InYoungGeneration(new Stream().state));
`;

it('makes V8 allocate all objects among the young, whatever lasted before', async () => {
  // The smaller the young generation, the sooner V8 would make up its mind to allocate them among the old.
  const flags = ['--allow-natives-syntax', '--max-semi-space-size=1', '--input-type=module', '--eval', PROGRAM];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags);
  // V8 complains of flags that it does not know, and goes on.
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('true');
});
