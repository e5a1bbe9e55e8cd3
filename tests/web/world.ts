// Components for the tests of what the page knows.
import fc from 'fast-check';
import { type About, type Health, STATUSES, type Status } from '../../web/src/feed/messages.ts';
import { Components } from '../../web/src/model/components.ts';

export type Each = Partial<Omit<About, 'id'>> & Partial<Omit<Health, 'id'>> & { readonly id: string };

export function update(...all: readonly Each[]) {
  return { type: 'update', about: all.map(aboutOf), health: all.map(healthOf) } as const;
}

export function live(revision = '1', at = 0) {
  return { type: 'live', revision, at } as const;
}

export function componentsOf(...all: readonly Each[]): Components {
  const components = new Components();
  components.receive(update(...all));
  components.receive(live());
  components.takeChanges();
  return components;
}

export function idsOf(components: Components, indexes: Iterable<number>): string[] {
  return [...indexes].map((index) => components.ids[index]!);
}

function aboutOf({ id, displayName = '', kind = 'http', labels = {}, parents = [] }: Each): About {
  return { id, displayName, kind, labels, parents };
}

function healthOf({
  id,
  status = 'HEALTHY',
  since = 0,
  reason = '',
  message = '',
  causedBy = [],
  ...rest
}: Each): Health {
  return { id, status, since, reason, message, causedBy, ...rest };
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** Up to ten components with any edges among them, circles included, and to what there is not. */
export const anyWorld: fc.Arbitrary<readonly Each[]> = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          displayName: fc.constantFrom('', 'Shop', 'shop 10', 'shop 9'),
          kind: fc.constantFrom('http', 'tcp', 'group'),
          labels: fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom('x', 'y')),
          parents: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 }),
          status: fc.constantFrom<Status>(...STATUSES),
          since: fc.integer({ min: 0, max: 5 }),
          message: fc.constantFrom('', 'Connection refused', 'HTTP 503'),
          causedBy: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 }),
        }),
      ),
    ),
  );
