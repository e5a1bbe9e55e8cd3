// Sets of HTTP statuses as `expected_status` writes them.

export const FIRST_STATUS = 100;
export const LAST_STATUS = 599;

/** `["200-299", "304"]` for the statuses that are taken; undefined for none. */
export function statusRanges(isTaken: (status: number) => boolean): readonly string[] | undefined {
  const ranges: string[] = [];
  for (let from = FIRST_STATUS; from <= LAST_STATUS; from++) {
    if (!isTaken(from)) continue;
    let to = from;
    while (to < LAST_STATUS && isTaken(to + 1)) to++;
    ranges.push(from === to ? String(from) : `${from}-${to}`);
    from = to;
  }
  return ranges.length === 0 ? undefined : ranges;
}

export function isStatusIn(ranges: readonly string[], status: number): boolean {
  return ranges.some((range) => {
    const [from = range, to = from] = range.split('-');
    return status >= Number(from) && status <= Number(to);
  });
}
