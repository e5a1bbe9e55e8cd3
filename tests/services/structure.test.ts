// The name of what all components are goes on from one definition to the next by what is otherwise, and is what it would be at once.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { kindOf } from '../../src/core/redefined.ts';
import { structureOf } from '../../src/services/structure.ts';
import { systems } from '../support/arbitraries.ts';
import { createStandbyView } from './support/standby-view.ts';

const teams = fc.array(fc.constantFrom('red', 'blue'), { minLength: 10, maxLength: 10 });
const labelled: fc.Arbitrary<SystemDefinition> = fc.tuple(systems(), teams).map(([{ rootId, components }, team]) => ({
  rootId,
  components: components.map((component, at) => ({ ...component, labels: { team: team[at % 10]! } })),
}));

it('names the same as one that has seen nothing before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(labelled, fc.boolean()), { minLength: 1, maxLength: 6 }), (definitions) => {
      const { reader, reload } = createStandbyView();
      const names = new Map<string, string>();
      for (const [definition, isAsked] of definitions) {
        reload(definition);
        if (!isAsked) continue;
        const fresh = createStandbyView();
        fresh.reload(definition);
        expect(structureOf(reader)).toBe(structureOf(fresh.reader));
        const what = JSON.stringify(
          reader
            .ids()
            .map((id) => [id, reader.definition(id)?.labels, kindOf(reader.definition(id)!), reader.parents(id)]),
        );
        expect(names.get(what) ?? structureOf(reader)).toBe(structureOf(reader));
        names.set(what, structureOf(reader));
      }
      expect(new Set(names.values()).size).toBe(names.size);
    }),
  );
});
