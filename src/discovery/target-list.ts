// Lists of targets as Prometheus has them for file_sd and http_sd: [{"targets": [text], "labels": {name: text}}].
// What is no such list is nothing at all; a target in it that cannot be taken is left out alone.
import { isLabelName, labelFault } from './labels.ts';
import type { Target, TargetFault } from './source.ts';

export interface TargetList {
  readonly targets: readonly Target[];
  readonly faults: readonly TargetFault[];
}

const MAX_ADDRESS = 2048;

/** @returns why it is no list of targets, where it is none */
export function readTargetList(value: unknown): TargetList | string {
  if (!Array.isArray(value)) return 'is no list';
  const targets: Target[] = [];
  const faults: TargetFault[] = [];
  for (const [position, group] of value.entries()) {
    const at = `group ${position + 1}`;
    if (!isObject(group)) return `has a ${at} that is no object`;
    const unknown = Object.keys(group).find((key) => key !== 'targets' && key !== 'labels');
    if (unknown !== undefined) return `has a ${at} with a key that is neither targets nor labels`;
    const { targets: addresses, labels = {} } = group;
    if (!Array.isArray(addresses)) return `has a ${at} without a list of targets`;
    if (!isObject(labels)) return `has a ${at} whose labels are no object`;
    const wrong = labelsFault(labels);
    for (const [index, address] of addresses.entries()) {
      const fault = addressFault(address) ?? wrong;
      if (fault === undefined) targets.push({ name: address, address, labels: labels as Record<string, string> });
      else faults.push({ target: nameOf(address) ?? `${at}, target ${index + 1}`, message: fault });
    }
    if (addresses.length === 0) faults.push({ target: at, message: 'has no targets' });
  }
  return { targets, faults };
}

function addressFault(address: unknown): string | undefined {
  if (typeof address !== 'string') return 'is no text';
  if (address === '') return 'is empty';
  if (address.length > MAX_ADDRESS) return `is longer than ${MAX_ADDRESS} characters`;
  return /[\s\p{Cc}]/u.test(address) ? 'has a blank or a control character' : undefined;
}

function nameOf(address: unknown): string | undefined {
  return typeof address === 'string' && addressFault(address) === undefined ? address : undefined;
}

function labelsFault(labels: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value !== 'string') return `has a label ${isLabelName(name) ? name : ''} that is no text`;
    const fault = labelFault(name, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
