import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checksum, createApiKey } from '../../src/auth/new-api-key.ts';

describe('a new API key', () => {
  it('has the checksum that scanners know: of the example that GitHub gives for its own', () => {
    expect(checksum('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')).toBe('0mLq17');
  });

  it('is 32 random digits and their checksum behind its name, and its hash is that of the whole', () => {
    const { key, sha256 } = createApiKey('ci.eu-1_a', randomBytes);
    const [, random = '', check] = /^openk_ci\.eu-1_a_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/.exec(key) ?? [];
    expect(check).toBe(checksum(random));
    expect(sha256).toBe(hash('sha256', key));
    expect(createApiKey('ci.eu-1_a', randomBytes).key).not.toBe(key);
  });

  it('takes no byte that would make some digits likelier than others', () => {
    let asked = 0;
    const bytes = (count: number) => new Uint8Array(count).fill(asked++ === 0 ? 248 : 247);
    expect(createApiKey('a', bytes).key).toMatch(/^openk_a_z{32}/);
    expect(asked).toBe(2);
  });
});
