// Which index leads to which, in flat columns. Of a hundred thousand components each has such lists: as arrays of objects they would be
// several hundred thousand things that every collection of garbage looks at.
import type { Steps } from './steps.ts';

/** By each index the ones that it leads to: its targets. An edge is a number, in the order of the sources and of the targets of each. */
export class Adjacency {
  /** By edge: where it leads to. */
  readonly targets: Int32Array;
  /** By index: the first of its edges; one more at the end. */
  readonly #starts: Int32Array;

  constructor(starts: Int32Array, targets: Int32Array) {
    this.#starts = starts;
    this.targets = targets;
  }

  /** The first edge of an index. */
  start(index: number): number {
    return this.#starts[index]!;
  }

  /** Behind the last edge of an index. */
  end(index: number): number {
    return this.#starts[index + 1]!;
  }

  /** How many targets an index has. */
  count(index: number): number {
    return this.end(index) - this.start(index);
  }

  /** The targets of an index. Makes an object where there are any: what runs all the time goes from `start` to `end`. */
  of(index: number): Int32Array {
    return this.count(index) === 0 ? NONE : this.targets.subarray(this.start(index), this.end(index));
  }

  /** What is made of each target of an index. */
  map<Made>(index: number, make: (target: number) => Made): Made[] {
    const made: Made[] = [];
    for (let edge = this.start(index); edge < this.end(index); edge++) made.push(make(this.targets[edge]!));
    return made;
  }

  /** The other way round. A step for every thousand edges. */
  *reversed(): Steps<ReverseAdjacency> {
    const size = this.#starts.length - 1;
    const starts = new Int32Array(size + 1);
    for (const target of this.targets) starts[target + 1]! += 1;
    accumulate(starts);
    const free = starts.slice();
    const sources = new Int32Array(this.targets.length);
    const edges = new Int32Array(this.targets.length);
    for (let source = 0; source < size; source++) {
      for (let edge = this.start(source); edge < this.end(source); edge++) {
        if (edge % EDGES_A_STEP === 0) yield;
        const place = free[this.targets[edge]!]!++;
        sources[place] = source;
        edges[place] = edge;
      }
    }
    return new ReverseAdjacency(starts, sources, edges);
  }
}

/** From targets to sources. */
export class ReverseAdjacency extends Adjacency {
  /** By edge: the number that it has the other way round. */
  readonly edges: Int32Array;

  constructor(starts: Int32Array, targets: Int32Array, edges: Int32Array) {
    super(starts, targets);
    this.edges = edges;
  }
}

/** Takes edges in, sources in ascending order. */
export class AdjacencyBuilder {
  readonly #starts: Int32Array;
  readonly #targets: Int32Array;
  #count = 0;

  /** @param most edges that there may be */
  constructor(size: number, most: number) {
    this.#starts = new Int32Array(size + 1);
    this.#targets = new Int32Array(most);
  }

  /** @returns the number of the edge */
  add(source: number, target: number): number {
    this.#starts[source + 1]! += 1;
    this.#targets[this.#count] = target;
    return this.#count++;
  }

  /** Once, and nothing is added afterwards. */
  build(): Adjacency {
    accumulate(this.#starts);
    return new Adjacency(this.#starts, this.#targets.subarray(0, this.#count));
  }
}

const NONE = new Int32Array();
const EDGES_A_STEP = 1_000;

/** From how many there are behind each place to where each begins. */
function accumulate(counts: Int32Array): void {
  for (let at = 1; at < counts.length; at++) counts[at]! += counts[at - 1]!;
}
