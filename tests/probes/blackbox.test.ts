// OpenK's probes beside blackbox_exporter, where the machine has one: a difference needs a sentence that decides.
import '../support/one-realm.ts';
import { describe, expect, it } from '@jest/globals';
import { BEHAVIOURS } from '../support/blackbox/behaviours.ts';
import { findBlackbox } from '../support/blackbox/blackbox-exporter.ts';
import { compareWithBlackbox, faultOf } from '../support/blackbox/compare.ts';

const program = findBlackbox();

describe('the table of what targets do', () => {
  it('is large, names each behaviour once, and explains each difference', () => {
    expect(BEHAVIOURS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(BEHAVIOURS.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(BEHAVIOURS.length);
    for (const { name, openkSays, blackboxSays, because } of BEHAVIOURS) {
      expect([name, because !== undefined]).toEqual([name, openkSays !== blackboxSays]);
    }
  });

  const compare = program === undefined ? it.skip : it;
  const where = program === undefined ? ' (skipped: blackbox_exporter is not on the PATH)' : '';
  compare(`is what both say${where}`, async () => {
    const compared = await compareWithBlackbox(program as string, BEHAVIOURS);
    expect(compared.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
    expect(compared).toHaveLength(BEHAVIOURS.length);
  });
});
