// Where a process of OpenK runs.
import type { Simulated } from './instance.ts';
import type { Link } from './link.ts';
import type { Machine } from './machine.ts';

/** One place of the world, with whatever process runs there now. */
export interface Place {
  readonly name: string;
  machine: Machine;
  link: Link;
  process: Simulated | undefined;
  /** Of the process that runs, or of the last one. */
  holder: string;
  /** True time from which it has been well without a break; undefined: it is not. */
  wellSinceMs: number | undefined;
}
