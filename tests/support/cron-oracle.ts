// When a cron expression runs, by brute force: minute after minute, with the clocks of Intl. It shares no code with the
// product, and reads numbers, lists, ranges, steps and SUN only.

interface Minute {
  readonly utcMs: number;
  /** What the clocks show, as if it were UTC. */
  readonly wallMs: number;
}

const MINUTE_MS = 60_000;

/** From `fromMs` on, before `untilMs`; both are whole minutes. Reads the clocks once for all expressions. */
export function cronOracle(zone: string, fromMs: number, untilMs: number): (expression: string) => string[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  const wallAt = (utcMs: number): number => {
    const [, month, day, year, hour, minute] = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(format.format(utcMs)) ?? [];
    return Date.UTC(2000 + Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  };
  const minutes: Minute[] = [];
  for (let utcMs = fromMs; utcMs < untilMs; utcMs += MINUTE_MS) minutes.push({ utcMs, wallMs: wallAt(utcMs) });
  const beforeMs = wallAt(fromMs - MINUTE_MS);

  return (expression) => {
    const matches = matcher(expression);
    const [minute = '', hour = ''] = expression.split(' ');
    const isFixed = !minute.includes('*') && !hour.includes('*');
    const runs: string[] = [];
    let latestMs = beforeMs;
    for (const { utcMs, wallMs } of minutes) {
      let isDue = matches(wallMs) && !(isFixed && wallMs <= latestMs);
      // What the clocks skipped is due now.
      for (let skipped = latestMs + MINUTE_MS; isFixed && skipped < wallMs; skipped += MINUTE_MS)
        isDue ||= matches(skipped);
      if (isDue) runs.push(new Date(utcMs).toISOString());
      latestMs = Math.max(latestMs, wallMs);
    }
    return runs;
  };
}

function matcher(expression: string): (wallMs: number) => boolean {
  const [minute, hour, day, month, weekday] = expression.replace('SUN', '0').split(' ').map(setOf);
  return (wallMs) => {
    const wall = new Date(wallMs);
    return (
      minute!(wall.getUTCMinutes()) &&
      hour!(wall.getUTCHours()) &&
      day!(wall.getUTCDate()) &&
      month!(wall.getUTCMonth() + 1) &&
      weekday!(wall.getUTCDay())
    );
  };
}

function setOf(field: string): (value: number) => boolean {
  const parts = field.split(',').map((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to = from] = range.split('-');
    if (from === '*') return (value: number) => value % Number(step) === 0;
    return (value: number) =>
      value >= Number(from) && value <= Number(to) && (value - Number(from)) % Number(step) === 0;
  });
  return (value) => parts.some((part) => part(value));
}
