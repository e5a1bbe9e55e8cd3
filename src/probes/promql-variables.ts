// The variables of the expressions of `promql`, which are checked at the start and run much later.
import type { Variable } from '../cel/types.ts';

/** What expressions see of a series. */
export const SERIES_VARIABLES: ReadonlyMap<string, Variable> = new Map([
  ['value', { type: 'double' }],
  ['labels', { type: 'map', item: 'string' }],
]);
