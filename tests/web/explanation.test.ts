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

  it('draws those that are alike as one, until each is asked for', () => {
    const other = { ...step('other'), reason: { code: 'TIMEOUT', message: 'timeout' } };
    const causes = [...manyCauses(31), { steps: [step('all'), other] }];
    const graph = causeGraph({ causes });
    expect(graph.nodes.map(({ id, ids, message }) => [id, ids.length, message])).toEqual([
      ['all', 1, 'all refuses'],
      ['member-0', 31, 'CONNECTION_REFUSED'],
      ['other', 1, 'timeout'],
    ]);
    expect(graph.edges.length).toBe(2);
    expect(causeGraph({ causes }, true).nodes.length).toBe(33);
    expect(causeGraph({ causes: manyCauses(3) }).nodes.length).toBe(4);
  });

  it('tells apart what leads to others', () => {
    const causes = manyCauses(8).map(({ steps }, n) => ({ steps: [...steps, step(n < 4 ? 'db' : 'cache')] }));
    const { nodes } = causeGraph({ causes });
    expect(nodes.map(({ ids }) => ids.length)).toEqual([1, 4, 4, 1, 1]);
  });

  it('leaves out what nobody could read, and says how much', () => {
    const graph = causeGraph({ causes: manyCauses() }, true);
    expect(graph.nodes.length + graph.more).toBe(101);
    expect(graph.nodes.length).toBeLessThan(60);
  });
});

function manyCauses(length = 100) {
  return Array.from({ length }, (_, n) => ({ steps: [step('all'), step(`member-${n}`)] }));
}
