// Messages of components are kept, so that they are made once, where there are not very many.
import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { ListComponentsRequestSchema, WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { listComponents } from '../../src/services/list-components.ts';
import { followFiltered } from '../../src/services/watch-filtered.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createStandbyView } from './support/standby-view.ts';

it.each([
  [100, true],
  [20_001, false],
])('of %i: %s', (count, isKept) => {
  const ids = Array.from({ length: count }, (_, number) => `c${number}`);
  const { reader, reload } = createStandbyView();
  reload(system(group('root', ids), ...ids.map((id) => probe(id))));
  const first = () => {
    const [listed] = listComponents(reader, create(ListComponentsRequestSchema, {})).components;
    const request = create(WatchHealthRequestSchema, { parent: 'root', summaries: true });
    const { event } = followFiltered(reader, request).next();
    if (event.case !== 'snapshot') throw new Error(`no snapshot: ${event.case}`);
    return [listed, event.value.components[0], event.value.summaries[0]];
  };
  const [before, after] = [first(), first()];
  expect(after).toEqual(before);
  expect(after.map((message, at) => message === before[at])).toEqual([isKept, isKept, isKept]);
});
