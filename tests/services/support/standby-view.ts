import type { SystemDefinition } from '../../../src/core/definition.ts';
import { EMPTY_GRAPH, type Graph } from '../../../src/core/graph.ts';
import type { Health } from '../../../src/core/health.ts';
import { compileNext, type NextGraph } from '../../../src/core/next-graph.ts';
import type { Outcome } from '../../../src/core/status.ts';
import { atOnce } from '../../../src/core/steps.ts';
import type { HealthReader } from '../../../src/engine/health-ports.ts';
import { createView } from '../../../src/engine/view.ts';

const START = 100;

function healthOf(component: string, status: Health['status'], revision: number): Health {
  return { component, status, sinceMs: 0, reason: { code: 'TEST', message: '' }, causedBy: [], revision };
}

function nextOf(from: Graph, definition: SystemDefinition): NextGraph {
  const compiled = atOnce(compileNext(from, definition));
  if (!compiled.ok) throw new Error(`it has faults: ${compiled.faults[0]?.message}`);
  return compiled;
}

/** What an instance shows that stands by: it reads its file, and what the one that decides by another has written. */
export function createStandbyView() {
  const view = createView({ saved: { revision: 0, components: [], removed: [] }, startRevision: START });
  const reader: HealthReader = Object.assign(view, { slo: () => undefined });
  let [own, decided] = [EMPTY_GRAPH, EMPTY_GRAPH];
  let revision = START;
  const rows = new Map<string, Health>();

  const follow = (written: readonly Health[], gone: readonly string[] = []) => {
    const removed = gone.map((id) => ({ id, revision: ++revision }));
    for (const id of gone) rows.delete(id);
    const changed = written.map((health) => ({ ...health, revision: ++revision }));
    for (const health of changed) rows.set(health.component, health);
    const isHere = (id: string) => own.indexOf.has(id);
    const healths = [
      ...gone.filter(isHere).map((id) => healthOf(id, 'UNKNOWN', 0)),
      ...changed.filter(({ component }) => isHere(component)),
    ];
    view.follow({ structure: undefined, healths, removed, revision });
  };
  return {
    reader,
    /** Its own file. */
    reload(definition: SystemDefinition) {
      const { graph, changes } = nextOf(own, definition);
      own = graph;
      const ids = changes.indexes.map((index) => graph.definitions[index]!.id);
      const healths = ids
        .filter((id) => view.health(id) === undefined)
        .map((id) => rows.get(id) ?? healthOf(id, 'UNKNOWN', 0));
      view.follow({ structure: { graph, rootId: definition.rootId, changes }, healths, removed: [], revision });
    },
    /** The file of the one that decides. */
    decide(definition: SystemDefinition) {
      const { graph, changes } = nextOf(decided, definition);
      decided = graph;
      const ids = new Set([...changes.indexes.map((index) => graph.definitions[index]!.id), ...changes.redefined]);
      const written = [...ids].filter((id) => !rows.has(id) || changes.redefined.has(id));
      follow(
        written.map((id) => rows.get(id) ?? healthOf(id, 'HEALTHY', 0)),
        changes.gone,
      );
    },
    /** The one that decides has seen another status. */
    observe(id: string, status: Outcome) {
      if (rows.has(id)) follow([healthOf(id, status, 0)]);
    },
  };
}
