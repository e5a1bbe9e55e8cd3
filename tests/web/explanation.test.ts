import { describe, expect, it } from '@jest/globals';
import { causeGraph } from '../../web/src/model/explanation.ts';

const step = (component: string, relation = 'RELATION_MEMBER', status = 'HEALTH_STATUS_UNHEALTHY') => ({
  component,
  relation,
  status,
  reason: { code: 'CONNECTION_REFUSED', message: `${component} refuses` },
});

describe('the graph of causes', () => {
  it('has each component once, its causes to the right of it', () => {
    const graph = causeGraph({
      causes: [
        { steps: [step('shop', 'RELATION_UNSPECIFIED'), step('db')] },
        { steps: [step('shop', 'RELATION_UNSPECIFIED'), step('api'), step('db', 'RELATION_DEPENDENCY')] },
      ],
    });
    const x = new Map(graph.nodes.map((node) => [node.id, node.x]));
    expect([...x.keys()].sort()).toEqual(['api', 'db', 'shop']);
    expect(x.get('shop')!).toBeLessThan(x.get('api')!);
    expect(x.get('api')!).toBeLessThan(x.get('db')!);
    expect(graph.edges.map(({ from, to, relation }) => `${from.id} ${relation} ${to.id}`)).toEqual([
      'shop member db',
      'shop member api',
      'api dependency db',
    ]);
    expect(graph.nodes.filter(({ isRoot }) => isRoot).map(({ id, message }) => [id, message])).toEqual([
      ['db', 'db refuses'],
    ]);
    expect(graph.nodes.every(({ x, y }) => x >= 0 && x < graph.width && y >= 0 && y < graph.height)).toBe(true);
  });

  it('is empty without causes', () => {
    expect(causeGraph({})).toEqual({ nodes: [], edges: [], width: 0, height: 0, more: 0 });
  });

  it('leaves out what nobody could read, and says how much', () => {
    const causes = Array.from({ length: 100 }, (_, n) => ({ steps: [step('all'), step(`member-${n}`)] }));
    const graph = causeGraph({ causes });
    expect(graph.nodes.length + graph.more).toBe(101);
    expect(graph.nodes.length).toBeLessThan(60);
  });
});
