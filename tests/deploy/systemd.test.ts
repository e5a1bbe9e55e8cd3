// The unit as systemd reads it, without starting it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const UNIT = readFileSync(new URL('../../deploy/systemd/openk.service', import.meta.url), 'utf8');

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;
const where = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: no systemd-analyze on the PATH)';

/** Of 100: what systemd calls "OK". */
const MOST_EXPOSURE = 20;

where(`systemd-analyze${why}`, () => {
  let files: TemporaryFiles;
  beforeEach(() => {
    files = createTemporaryFiles();
    // It looks for the program too.
    files.write('openk.service', UNIT.replace(/^ExecStart=openk/m, `ExecStart=${process.execPath}`));
  });
  afterEach(() => files.remove());

  it.each([
    { what: 'takes the unit', args: ['verify', './openk.service'] },
    {
      what: 'finds it closed in',
      args: ['security', '--no-pager', '--offline=yes', `--threshold=${MOST_EXPOSURE}`, './openk.service'],
    },
  ])('$what', ({ args }) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { cwd: files.path('.'), encoding: 'utf8' });
    expect({ status, stderr, stdout: status === 0 ? '' : stdout }).toEqual({ status: 0, stderr: '', stdout: '' });
  });
});
