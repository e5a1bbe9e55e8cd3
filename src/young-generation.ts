// How large the young generation of V8 may become while OpenK starts (ADR 88).
import { setFlagsFromString } from 'node:v8';

/**
 * It grows with what outlives a collection, which at a start is nearly everything, since modules stay: to tens of megabytes that nobody needs
 * afterwards, and that V8 gives back after minutes. So it stays as small as it begins.
 */
export function keepYoungSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** From now on it doubles, as V8 has it, when more outlives: by calls, by probes, and by a file of very many components. */
export function letYoungGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
