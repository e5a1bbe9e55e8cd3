// A store that several processes may open: one of them writes, the others follow.
import type { Store } from '../../core/store.ts';
import type { OperationRunner } from './operations.ts';
import { unpackFollowed } from './packed-followed.ts';
import { createPackedStore, type PackedStoreOptions } from './packed-store.ts';

export type SharedStore = Store & Required<Pick<Store, 'claim' | 'follow' | 'renew'>>;

export function createSharedStore(runner: OperationRunner, options: PackedStoreOptions): SharedStore {
  return {
    ...createPackedStore(runner, options),
    claim: () => runner.run('claim', undefined),
    follow: async (afterBatch) => unpackFollowed(await runner.run('follow', afterBatch)),
    renew: async () => {
      await runner.run('renew', undefined);
    },
  };
}
