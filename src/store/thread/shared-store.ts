// A store that several processes may open: one of them writes, the others follow.
import type { Store } from '../../core/store.ts';
import type { OperationRunner } from './operations.ts';
import { unpackFollowed } from './packed-followed.ts';
import { createPackedStore, type PackedStoreOptions } from './packed-store.ts';

export type SharedStore = Store & Required<Pick<Store, 'claim' | 'follow' | 'renew' | 'holder' | 'announce'>>;

export function createSharedStore(
  runner: OperationRunner,
  { holder, ...options }: PackedStoreOptions & { readonly holder: string },
): SharedStore {
  return {
    ...createPackedStore(runner, options),
    holder,
    announce: async (sharer) => {
      await runner.run('announce', sharer);
    },
    claim: () => runner.run('claim', undefined),
    follow: async (afterBatch) => unpackFollowed(await runner.run('follow', afterBatch)),
    renew: async () => {
      await runner.run('renew', undefined);
    },
  };
}
