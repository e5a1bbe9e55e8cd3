// What V8 is asked for while OpenK starts: little memory (ADR 88, 94). main.ts alone imports it, so that the bundle has it in its first file and
// it holds before any other is loaded.
import { setFlagsFromString } from 'node:v8';

/** All that V8 has beside its interpreter, where it has them all; the last two optimise. */
const COMPILERS = ['x64', 'arm64'].includes(process.arch) ? ['sparkplug', 'maglev', 'turbofan'] : [];
/** Flags that already say what V8 is to compile. */
const OWN_FLAGS = /jitless|lite-mode|-opt|sparkplug|maglev|turbofan/;

/**
 * The young generation grows with what outlives a collection, which at a start is nearly everything, since modules stay: to tens of megabytes
 * that nobody needs afterwards. And what is hot in a start is cold ever after, while what was compiled of it, and a compiler that has worked for
 * one function, stay in memory. So the young generation stays as small as it begins, and compilers wait.
 * @returns ends that: from then on all is as V8 has it, for calls, for probes, and for a file of very many components
 */
export function startSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  const compilers = OWN_FLAGS.test(`${process.execArgv} ${process.env.NODE_OPTIONS}`) ? [] : COMPILERS;
  for (const compiler of compilers) setFlagsFromString(`--no-${compiler}`);
  return () => {
    setFlagsFromString('--semi-space-growth-factor=2');
    for (const compiler of compilers) setFlagsFromString(`--${compiler}`);
  };
}
