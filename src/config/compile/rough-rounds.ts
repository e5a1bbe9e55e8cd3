// Which hosts can be asked too late at all, without a list of hosts: there may be as many as there are components, and mostly it is none.
/** Numbers that hosts are counted by. */
const NUMBERS = 2 ** 16;
/** Sums of the same parts differ by less where they are added in another order. */
const ROUNDING = 1e-9;

export interface RoughRounds {
  /** @param partMs what one more adds to a round of looks at the host @param slackMs how late a look at it may come */
  add(host: string, partMs: number, slackMs: number): void;
  /** Never false of a host whose round takes longer than one of those that were added bears. Left out: of any host. */
  mayBeTooLate(host?: string): boolean;
}

/** Hosts of the same number are taken for one: its round is no shorter than that of each of them, and its slack no longer. */
export function createRoughRounds(): RoughRounds {
  const roundMs = new Float64Array(NUMBERS);
  const slackMs = new Float64Array(NUMBERS).fill(Number.POSITIVE_INFINITY);
  const isLate = (number: number) => roundMs[number]! * (1 + ROUNDING) > slackMs[number]!;
  return {
    add(host, part, slack) {
      const number = numberOf(host);
      roundMs[number]! += part;
      slackMs[number] = Math.min(slackMs[number]!, slack);
    },
    mayBeTooLate: (host) => (host === undefined ? roundMs.some((_, number) => isLate(number)) : isLate(numberOf(host))),
  };
}

function numberOf(host: string): number {
  let number = 0;
  for (let at = 0; at < host.length; at++) number = (Math.imul(number, 31) + host.charCodeAt(at)) | 0;
  return (number ^ (number >>> 16)) & (NUMBERS - 1);
}
