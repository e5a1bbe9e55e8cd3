// A component that is written as it was the last time: it has been found to keep the rules, and what it says is known.
import type { ComponentDefinition } from '../../core/definition.ts';
import type { WrittenComponent } from './written-component.ts';

export class KnownComponent {
  /** As it was kept, with the defaults of its kind. */
  readonly written: WrittenComponent;
  /** Left out where it has to be made anew. */
  readonly definition: ComponentDefinition | undefined;

  constructor(written: WrittenComponent, definition: ComponentDefinition | undefined) {
    this.written = written;
    this.definition = definition;
  }
}
