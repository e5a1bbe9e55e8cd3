// The components of a configuration while it is compiled. Of most that were there before, nobody has to know more than what they say, since
// their definition is known: they are filled when somebody looks, and not kept. So a reload that changes little makes little.
import type { Component, Defaults } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';
import { onFirstUse } from '../../core/on-first-use.ts';
import { copyKind, fillWritten } from './defaults.ts';
import type { KnownComponent } from './known-component.ts';
import { isPlainProbe, saidBy, toWritten, type WrittenComponent } from './written-component.ts';

/** Those of the file, and behind them those of sources. */
export class ComponentList {
  /** Those of the file, as they were given but for the defaults of their kinds. Undefined: a probe of which its definition says all. */
  readonly written: (WrittenComponent | undefined)[] = [];
  /** Ids of those whose slo says what it excludes. */
  readonly exclusions = new Set<string>();
  readonly #defaults: Defaults | undefined;
  readonly #excludes: (index: number) => boolean;
  /** Of each, the one or the other. */
  readonly #filled: (Component | undefined)[] = [];
  readonly #definitions: (ComponentDefinition | undefined)[] = [];
  readonly #indexById = onFirstUse(() => new Map(this.#filled.map((_, index) => [this.id(index), index])));

  /** @param excludes whether the slo of the component there says what it excludes, if only that it is nothing */
  constructor(defaults: Defaults | undefined, excludes: (index: number) => boolean) {
    this.#defaults = defaults;
    this.#excludes = excludes;
  }

  get length(): number {
    return this.#filled.length;
  }

  /** One of the file. */
  add(component: Component): void {
    // The options of its kind are kept once, in its definition.
    this.#addWritten(toWritten(component, copyKind(component.kind)));
  }

  addKnown({ written, definition }: KnownComponent): void {
    if (definition === undefined) {
      this.#addWritten(written);
      return;
    }
    this.written.push(written);
    this.#add(undefined, definition);
  }

  /** One of a source; none of the file comes after it. */
  addOfSource(component: Component): void {
    this.#add(this.#fill(toWritten(component, copyKind(component.kind))), undefined);
  }

  /** What it says, without asking for more. */
  says(index: number): WrittenComponent {
    return this.#filled[index] ?? this.written[index] ?? saidBy(this.#definitions[index]!);
  }

  *said(): Generator<WrittenComponent> {
    for (let index = 0; index < this.length; index++) yield this.says(index);
  }

  id(index: number): string {
    return this.#definitions[index]?.id ?? this.says(index).id;
  }

  /** With every default filled in. */
  at(index: number): Component {
    return this.#filled[index] ?? fillWritten(this.says(index), this.#defaults, false);
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

  #addWritten(written: WrittenComponent): void {
    const filled = this.#fill(written);
    this.written.push(isPlainProbe(written) ? undefined : written);
    this.#add(filled, undefined);
  }

  #fill(written: WrittenComponent): Component {
    const excludesNothing = written.slo !== undefined && this.#excludes(this.length);
    if (excludesNothing) this.exclusions.add(written.id);
    return fillWritten(written, this.#defaults, excludesNothing);
  }

  #add(filled: Component | undefined, definition: ComponentDefinition | undefined): void {
    this.#filled.push(filled);
    this.#definitions.push(definition);
  }
}
