// An instance that stands by has read its file before the one that decides: what is otherwise by it has no revision yet.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { scopesOf } from '../../src/auth/scope.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { parseSelection } from '../../src/core/selection.ts';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { structureOf } from '../../src/services/structure.ts';
import { createVisibleReaders } from '../../src/services/visible-readers.ts';
import { followFiltered } from '../../src/services/watch-filtered.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createStandbyView } from './support/standby-view.ts';

const teams = (teamOf: Readonly<Record<string, string>>): SystemDefinition =>
  system(group('root', ['stays']), ...Object.entries(teamOf).map(([id, team]) => probe(id, { labels: { team } })));
const BEFORE = teams({ comes: 'blue', goes: 'red', stays: 'red', ends: 'red' });
const AFTER = teams({ comes: 'red', goes: 'blue', stays: 'red', begins: 'red' });

function createStandby() {
  const standby = createStandbyView();
  standby.reload(BEFORE);
  standby.decide(BEFORE);
  return standby;
}

function follow(reader: HealthReader, request: MessageInitShape<typeof WatchHealthRequestSchema>) {
  const follower = followFiltered(reader, create(WatchHealthRequestSchema, request));
  let wakes = 0;
  follower.subscribe(() => {
    wakes += 1;
  });
  return () => {
    const { event } = follower.next();
    if (event.case === undefined || event.case === 'keepAlive') return { is: event.case, wakes };
    const ids = event.value.components.map(({ component }) => component).sort();
    const removed = event.case === 'change' ? event.value.removed.toSorted() : [];
    return { is: event.case, ids, removed, wakes };
  };
}

describe('on an instance that stands by', () => {
  it.each([
    ['its label', { label: ['team=red'] }],
    ['names and its label', { components: ['comes', 'goes', 'stays', 'ends'], label: ['team=red'] }],
  ])('a stream by %s has what came in, and what went out, by its own file', (name, request) => {
    const { reader, reload, decide } = createStandby();
    const next = follow(reader, request);
    expect(next()).toMatchObject({ is: 'snapshot', ids: ['ends', 'goes', 'stays'] });
    reload(AFTER);
    const entered = name === 'its label' ? ['begins', 'comes'] : ['comes'];
    expect(next()).toMatchObject({ is: 'change', ids: entered, removed: ['ends', 'goes'], wakes: 1 });
    decide(AFTER);
    expect(next()).toMatchObject({ is: 'change', ids: entered, removed: [], wakes: 2 });
  });

  it('a stream by a group has its members', () => {
    const { reader, reload } = createStandby();
    const next = follow(reader, { parent: 'root' });
    expect(next()).toMatchObject({ is: 'snapshot', ids: ['stays'] });
    reload(system(group('root', ['comes', 'goes']), ...BEFORE.components.slice(1)));
    expect(next()).toMatchObject({ is: 'change', ids: ['comes', 'goes'], removed: ['stays'] });
  });

  it('somebody who sees a part sees what comes in, and hears that the rest is gone when that is decided', () => {
    const { reader, reload, decide } = createStandby();
    const selection = parseSelection(['team=red'])!;
    const seen = createVisibleReaders(reader)({ scopes: scopesOf(['EXPLAIN']), selection });
    expect(seen.ids()).toEqual(['ends', 'goes', 'stays']);
    const list = seen.ids();
    const { revision } = seen;
    reload(AFTER);
    expect(seen.ids()).toEqual(['begins', 'comes', 'stays']);
    expect(seen.redefinedSince(list)?.toSorted()).toEqual(['begins', 'comes', 'ends', 'goes']);
    decide(AFTER);
    const changes = seen.changesSince(revision);
    expect(changes?.changed.map(({ component }) => component).sort()).toEqual(['begins', 'comes']);
    expect(changes?.removed.toSorted()).toEqual(['ends', 'goes']);
  });

  it('wakes who watches what its own file takes away or defines in another way', () => {
    const { reader, reload } = createStandby();
    const woken: string[] = [];
    for (const id of ['comes', 'goes', 'stays', 'ends', 'root', 'begins']) reader.subscribe([id], () => woken.push(id));
    reload(AFTER);
    expect(woken).toEqual(expect.arrayContaining(['begins', 'comes', 'ends', 'goes']));
  });

  it('somebody who comes back where other definitions were hears of these anew', () => {
    const { reader, reload, decide } = createStandby();
    const revision = BigInt(reader.revision);
    const name = structureOf(reader);
    reload(AFTER);
    expect(follow(reader, { label: ['team=red'], sinceRevision: revision })()).toMatchObject({ is: 'snapshot' });
    expect(structureOf(reader)).not.toBe(name);
    decide(AFTER);
    const request = { label: ['team=red'], sinceRevision: BigInt(reader.revision) };
    expect(follow(reader, request)()).toMatchObject({ is: 'keepAlive' });
  });
});
