// The components of a configuration while it is compiled. Of most that were there before, nobody has to know more than what they say, since
// their definition is known: they are filled when somebody looks, and not kept. So a reload that changes little makes little.
import type { Component, Defaults } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';
import { onFirstUse } from '../../core/on-first-use.ts';
import { fillComponent, fillWritten } from './defaults.ts';
import type { KnownComponent } from './known-component.ts';
import { toWritten, type WrittenComponent } from './written-component.ts';

/** Those of the file, and behind them those of sources. */
export class ComponentList {
  /** Those of the file, as they were given but for the defaults of their kinds. */
  readonly written: WrittenComponent[] = [];
  /** Ids of those whose slo says what it excludes. */
  readonly exclusions = new Set<string>();
  readonly #defaults: Defaults | undefined;
  readonly #excludes: (index: number) => boolean;
  readonly #filled: (Component | undefined)[] = [];
  readonly #definitions: (ComponentDefinition | undefined)[] = [];
  readonly #indexById = onFirstUse(() => new Map(Array.from(this.#filled, (_, index) => [this.says(index).id, index])));

  /** @param excludes whether the slo of the component there says what it excludes, if only that it is nothing */
  constructor(defaults: Defaults | undefined, excludes: (index: number) => boolean) {
    this.#defaults = defaults;
    this.#excludes = excludes;
  }

  get length(): number {
    return this.#filled.length;
  }

  /** All of those of the file come before the first of a source. */
  add(component: Component, isOfSource = false): void {
    const filled = fillComponent(component, this.#defaults, this.#excludesNothing(component));
    // The options of its kind are kept once, in its definition.
    if (!isOfSource) this.written.push(toWritten(component, filled.kind));
    this.#add(filled, undefined);
  }

  addKnown({ written, definition }: KnownComponent): void {
    const isDone = definition !== undefined;
    const filled = isDone ? undefined : fillWritten(written, this.#defaults, this.#excludesNothing(written));
    this.written.push(written);
    this.#add(filled, definition);
  }

  /** What it says, without asking for more. */
  says(index: number): WrittenComponent {
    return this.#filled[index] ?? this.written[index]!;
  }

  said(): WrittenComponent[] {
    return Array.from(this.#filled, (_, index) => this.says(index));
  }

  /** With every default filled in. */
  at(index: number): Component {
    return this.#filled[index] ?? fillWritten(this.written[index]!, this.#defaults, false);
  }

  /** Of one that is as it was before: it has been found to have no faults. */
  definition(index: number): ComponentDefinition | undefined {
    return this.#definitions[index];
  }

  /** As `at`. */
  find(id: string): Component | undefined {
    const index = this.#indexById().get(id);
    return index === undefined ? undefined : this.at(index);
  }

  ids(): Iterable<string> {
    return this.#indexById().keys();
  }

  *[Symbol.iterator](): Generator<Component> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  #add(filled: Component | undefined, definition: ComponentDefinition | undefined): void {
    this.#filled.push(filled);
    this.#definitions.push(definition);
  }

  #excludesNothing({ id, slo }: Pick<WrittenComponent, 'id' | 'slo'>): boolean {
    if (slo === undefined || !this.#excludes(this.length)) return false;
    this.exclusions.add(id);
    return true;
  }
}
