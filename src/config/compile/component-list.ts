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
  /** Filled, or only defined where that is known from before. */
  readonly #all: (Component | ComponentDefinition)[] = [];
  readonly #indexById = onFirstUse(() => new Map(this.#all.map(({ id }, index) => [id, index])));

  /** @param excludes whether the slo of the component there says what it excludes, if only that it is nothing */
  constructor(defaults: Defaults | undefined, excludes: (index: number) => boolean) {
    this.#defaults = defaults;
    this.#excludes = excludes;
  }

  get length(): number {
    return this.#all.length;
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
    this.#all.push(definition);
  }

  /** One of a source; none of the file comes after it. */
  addOfSource(component: Component): void {
    this.#all.push(this.#fill(toWritten(component, copyKind(component.kind))));
  }

  /** What it says, without asking for more. */
  says(index: number): WrittenComponent {
    const one = this.#all[index]!;
    return isDefinition(one) ? (this.written[index] ?? saidBy(one)) : one;
  }

  *said(): Generator<WrittenComponent> {
    for (let index = 0; index < this.length; index++) yield this.says(index);
  }

  id(index: number): string {
    return this.#all[index]!.id;
  }

  /** With every default filled in. */
  at(index: number): Component {
    const one = this.#all[index]!;
    return isDefinition(one) ? fillWritten(this.says(index), this.#defaults, false) : one;
  }

  /** Of one that is as it was before: it has been found to have no faults. */
  definition(index: number): ComponentDefinition | undefined {
    const one = this.#all[index]!;
    return isDefinition(one) ? one : undefined;
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
    this.#all.push(filled);
  }

  #fill(written: WrittenComponent): Component {
    const excludesNothing = written.slo !== undefined && this.#excludes(this.length);
    if (excludesNothing) this.exclusions.add(written.id);
    return fillWritten(written, this.#defaults, excludesNothing);
  }
}

function isDefinition(one: Component | ComponentDefinition): one is ComponentDefinition {
  return 'subject' in one;
}
