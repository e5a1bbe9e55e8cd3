import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATUSES } from '../../web/src/feed/messages.ts';
import { LAYOUTS, readAddress, THEMES, writeAddress } from '../../web/src/model/address.ts';
import { SORTS } from '../../web/src/model/selection.ts';

describe('the address of the page', () => {
  it.each([
    { title: 'nothing', query: '' },
    { title: 'a search', query: '?q=connection+refused' },
    { title: 'filters', query: '?label=team%3Dpayments&status=UNHEALTHY&status=DEGRADED&kind=tcp&group=shop' },
    { title: 'a component at a past time', query: '?c=payments-db&at=2026-11-29T03:00:00.000Z' },
    { title: 'the tree', query: '?view=tree&open=system&open=system/shop' },
    { title: 'all rows on the wall', query: '?sort=since&all&theme=wall' },
  ])('says $title as $query', ({ query }) => {
    expect(writeAddress(readAddress(query))).toBe(query);
  });

  it.each(['?status=BAD', '?sort=up', '?view=cards', '?at=yesterday', '?theme=pink', '?label=', '?other=1'])(
    'leaves out what it does not know: %s',
    (query) => {
      expect(writeAddress(readAddress(query))).toBe('');
    },
  );

  it('comes back as it was written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const list = fc.uniqueArray(text.filter(Boolean), { maxLength: 3 });
    const any = fc.record(
      {
        text,
        labels: list,
        statuses: fc.subarray([...STATUSES]),
        kinds: list,
        group: text,
        sort: fc.constantFrom(...SORTS),
        isReversed: fc.boolean(),
        layout: fc.constantFrom(...LAYOUTS),
        open: list,
        all: fc.boolean(),
        alerts: fc.boolean(),
        component: text,
        at: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        theme: fc.constantFrom(...THEMES),
      },
      {
        requiredKeys: [
          'text',
          'labels',
          'statuses',
          'kinds',
          'group',
          'sort',
          'isReversed',
          'layout',
          'all',
          'alerts',
          'component',
        ],
      },
    );
    fc.assert(fc.property(any, (address) => expect(readAddress(writeAddress(address))).toEqual(address)));
  });
});
