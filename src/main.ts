// The first moment of the process: signals are heard from here on. All else is loaded after that, and takes half a second.
import { createProcessSignals } from './cli/process-signals.ts';
import { openCompileCache } from './compile-cache.ts';
import { startSmall } from './small-start.ts';

const serves = process.argv[2] === 'serve' || process.argv.includes('--serve');
const signals = createProcessSignals({ keepsHangups: serves });
// An import that is served has more work before it than a start.
const runAtFull = process.argv[2] === 'serve' ? startSmall() : () => {};
openCompileCache(process.env);
const { runProgram } = await import('./program.ts');
await runProgram(process.argv.slice(2), { signals, runAtFull });
