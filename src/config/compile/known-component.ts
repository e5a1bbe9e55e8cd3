// A component that is written as it was the last time: it has been found to keep the rules, and what it says is known.
import type { ComponentDefinition } from '../../core/definition.ts';
import type { WrittenComponent } from './written-component.ts';

export type KnownComponent =
  /** It is what it was. `written` is left out where the definition says all of it. */
  | { readonly definition: ComponentDefinition; readonly written: WrittenComponent | undefined }
  /** It has to be made anew of what it says, which has the defaults of its kind. */
  | { readonly definition: undefined; readonly written: WrittenComponent };
