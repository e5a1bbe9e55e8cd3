// Labels of targets. Those that begin with two underscores are for the template alone, as in Prometheus; the others become labels of the component.

/** A name that a component may have as well. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
const HIDDEN = /^__[A-Za-z0-9_]{1,254}$/;
const MAX_VALUE = 256;
const MAX_HIDDEN_VALUE = 16_384;

export function isLabelName(name: string): boolean {
  return NAME.test(name) || HIDDEN.test(name);
}

export function isHidden(name: string): boolean {
  return name.startsWith('__');
}

export function labelFault(name: string, value: string): string | undefined {
  if (!isLabelName(name)) return 'has a label whose name is none';
  if (value.length > (isHidden(name) ? MAX_HIDDEN_VALUE : MAX_VALUE)) return `has a label ${name} that is too long`;
  return undefined;
}

/** A part of a label's name of something that may have any characters, as Prometheus makes it. */
export function sanitized(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}
