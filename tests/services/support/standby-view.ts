import type { SystemDefinition } from '../../../src/core/definition.ts';
import { EMPTY_GRAPH, type Graph } from '../../../src/core/graph.ts';
import type { Health } from '../../../src/core/health.ts';
import { compileNext } from '../../../src/core/next-graph.ts';
import { atOnce } from '../../../src/core/steps.ts';
import type { HealthReader } from '../../../src/engine/health-ports.ts';
import { createView } from '../../../src/engine/view.ts';

const healthOf = (component: string, revision: number): Health => ({
  component,
  status: 'HEALTHY',
  sinceMs: 0,
  reason: { code: 'TEST', message: '' },
  causedBy: [],
  revision,
});

/** What an instance shows that stands by: its file is read, and then what the other one has decided. */
export function createStandbyView() {
  const view = createView({ saved: { revision: 0, components: [], removed: [] }, startRevision: 100 });
  const reader: HealthReader = Object.assign(view, { slo: () => undefined });
  let graph: Graph = EMPTY_GRAPH;
  const reload = (next: SystemDefinition) => {
    const compiled = atOnce(compileNext(graph, next));
    if (!compiled.ok) throw new Error('it has faults');
    graph = compiled.graph;
    const fresh = next.components.filter(({ id }) => view.health(id) === undefined);
    view.follow({
      structure: { graph, rootId: next.rootId, changes: compiled.changes },
      healths: fresh.map(({ id }) => healthOf(id, 0)),
      removed: [],
      revision: view.revision,
    });
  };
  const decided = (revision: number, ids: readonly string[], removed: readonly string[] = []) =>
    view.follow({
      structure: undefined,
      healths: ids.map((id, at) => healthOf(id, revision + removed.length + at)),
      removed: removed.map((id, at) => ({ id, revision: revision + at })),
      revision: revision + removed.length + ids.length - 1,
    });
  return { reader, reload, decided };
}
