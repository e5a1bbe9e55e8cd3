// Which hosts can be asked too late at all, without a list of hosts: there may be as many as there are components, and mostly it is none.
import { hash32 } from '../../core/hash.ts';

/** The most numbers that hosts are counted by: with more of them fewer hosts share one. */
const MOST_NUMBERS = 2 ** 16;
/** Sums of the same parts differ by less where they are added in another order. */
const ROUNDING = 1e-9;

export interface RoughRounds {
  /** @param partMs what one more adds to a round of looks at the host @param slackMs how late a look at it may come */
  add(host: string, partMs: number, slackMs: number): void;
  /** Never false of a host whose round takes longer than one of those that were added bears. Left out: of any host. */
  mayBeTooLate(host?: string): boolean;
}

/**
 * Hosts of the same number are taken for one: its round is no shorter than that of each of them, and its slack no longer.
 * @param most hosts that there may be
 */
export function createRoughRounds(most: number): RoughRounds {
  const numbers = Math.min(MOST_NUMBERS, 2 ** (32 - Math.clz32(most)));
  const roundMs = new Float64Array(numbers);
  const slackMs = new Float64Array(numbers).fill(Number.POSITIVE_INFINITY);
  const numberOf = (host: string) => hash32(host) & (numbers - 1);
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
