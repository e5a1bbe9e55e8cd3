// Sorted lists of names of which there may be very many, and of which few come and go at a time.

/** Another list, without some and with others. @param sorted each once, in the order of code units */
export function withChanges(sorted: readonly string[], gone: readonly string[], come: readonly string[]): string[] {
  const steps = [
    ...gone.map((name) => ({ at: placeIn(sorted, name), name, isGone: true })),
    ...come.map((name) => ({ at: placeIn(sorted, name), name, isGone: false })),
  ].sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  const changed: string[] = [];
  let copied = 0;
  for (const { at, name, isGone } of steps) {
    while (copied < at) changed.push(sorted[copied++]!);
    if (isGone) copied += 1;
    else changed.push(name);
  }
  while (copied < sorted.length) changed.push(sorted[copied++]!);
  return changed;
}

/** Where it is, or would be. */
export function placeIn(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
