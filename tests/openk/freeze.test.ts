// A process that was stopped, for real: seconds here, 75 of them in `npm run freeze`.
import '../support/one-realm.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { freezeFaults, freezeOnce } from '../support/freeze/freeze-round.ts';

it('is UNKNOWN from when what was seen ran out, and blames nobody for what it missed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openk-freeze-'));
  try {
    const storage = `sqlite:${join(folder, 'openk.db')}`;
    const options = { frozenMs: 5_000, staleAfterMs: 2_000, periodMs: 4_000, storage };
    const report = await freezeOnce(options);
    expect({ report, faults: freezeFaults(report, options) }).toMatchObject({ faults: [] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
