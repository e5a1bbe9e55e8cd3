// Reads a scenario: what happens, line by line, and the YAML that goes with it. README.md has the grammar.

export interface Step {
  /** Number of its line, from 1. */
  readonly line: number;
  /** Seconds since midnight. Left out: now. */
  readonly at: number | undefined;
  /** `probe`, `report`, … */
  readonly action: string;
  /** Its words; a quoted one without its quotes. */
  readonly words: readonly string[];
  /** The indented lines below it, without their indent. */
  readonly block: string;
}

export interface Scenario {
  readonly steps: readonly Step[];
  /** The lines of the file without what is expected. */
  readonly lines: readonly string[];
  /** Index in `lines` of the last line of each step: what it comes to is written below. */
  readonly ends: readonly number[];
}

const TIME = /^(\d\d):(\d\d):(\d\d)\s+/;

/** Lines that begin with `>` say what is expected, and are left out. */
export function parseScenario(text: string): Scenario {
  const lines = text.split('\n').filter((line) => !line.startsWith('>'));
  const steps: Step[] = [];
  const ends: number[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (line.startsWith(' ')) throw new Error(`line '${line}': indented, and nothing above it takes a block`);
    const first = index;
    const block: string[] = [];
    if (line.endsWith(':')) {
      while (lines[index + 1]?.startsWith('  ') === true) block.push(lines[++index]!.slice(2));
    }
    steps.push({ line: first + 1, ...parseLine(line.replace(/:$/, '')), block: block.join('\n') });
    ends.push(index);
  }
  return { steps, lines, ends };
}

function parseLine(line: string): Pick<Step, 'at' | 'action' | 'words'> {
  const [, hours, minutes, seconds] = TIME.exec(line) ?? [];
  const at = hours === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const [action = '', ...words] = [...line.replace(TIME, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word ?? '',
  );
  return { at, action, words };
}
