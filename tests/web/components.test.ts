import { describe, expect, it } from '@jest/globals';
import { effect } from '@preact/signals-core';
import { Components } from '../../web/src/model/components.ts';
import { componentsOf, idsOf, live, update } from './world.ts';

describe('components', () => {
  it('are counted by status, through changes and removals', () => {
    const components = componentsOf({ id: 'a' }, { id: 'b', status: 'UNHEALTHY' }, { id: 'c', status: 'UNKNOWN' });
    components.receive(update({ id: 'a', status: 'DEGRADED' }));
    components.receive({ type: 'removed', ids: ['b', 'never-there'] });
    expect(components.counts).toEqual({ UNHEALTHY: 0, DEGRADED: 1, UNKNOWN: 1, MAINTENANCE: 0, HEALTHY: 0 });
    expect(idsOf(components, components.bad)).toEqual(['a']);
    expect(components.size).toBe(2);
  });

  it('take the place of what was removed', () => {
    const components = componentsOf({ id: 'a', status: 'UNHEALTHY' }, { id: 'b' });
    components.receive({ type: 'removed', ids: ['a'] });
    components.receive(update({ id: 'c', parents: ['b'] }));
    expect(components.indexOf('c')).toBe(0);
    expect(components.indexOf('a')).toBeUndefined();
    expect(idsOf(components, components.byName())).toEqual(['b', 'c']);
    expect(idsOf(components, components.membersOf(components.indexOf('b')!))).toEqual(['c']);
    expect(components.bad.size).toBe(0);
  });

  it('are forgotten at a reset', () => {
    const components = componentsOf({ id: 'a', status: 'UNHEALTHY' });
    components.receive({ type: 'reset' });
    components.receive(update({ id: 'b' }));
    components.receive(live());
    expect(idsOf(components, components.byName())).toEqual(['b']);
    expect(components.counts.UNHEALTHY).toBe(0);
    expect(components.bad.size).toBe(0);
  });

  it('have a health before anybody has said what they are', () => {
    const components = new Components();
    components.receive({ type: 'update', about: [], health: update({ id: 'a', status: 'DEGRADED' }).health });
    expect(components.statusOf('a')).toBe('DEGRADED');
    expect(components.nameOf('a')).toBe('a');
  });

  it('say which changed, and how those did that were there before', () => {
    const components = componentsOf({ id: 'a' }, { id: 'b' });
    components.receive(update({ id: 'a', status: 'UNHEALTHY' }, { id: 'b', message: 'slower' }));
    const { rows, statuses } = components.takeChanges();
    expect(idsOf(components, rows)).toEqual(['a', 'b']);
    expect(statuses).toEqual([{ index: 0, from: 'HEALTHY', to: 'UNHEALTHY' }]);
    expect(components.takeChanges().rows.size).toBe(0);
  });

  it('wake only who reads the row that changed', () => {
    const components = componentsOf({ id: 'a' }, { id: 'b' });
    const drawn: string[] = [];
    const ends = ['a', 'b'].map((id, index) =>
      effect(() => {
        components.watch(index).value;
        drawn.push(id);
      }),
    );
    components.announce(new Set([1]));
    expect(drawn).toEqual(['a', 'b', 'b']);
    for (const end of ends) end();
  });
});
