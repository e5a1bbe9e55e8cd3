// Whether a key is still in use, and when it expires, so that one can be replaced without guessing.
import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { runOpenk } from '../support/running-openk.ts';

const entry = (secret: string, more = '') =>
  `    - { id: ${secret}, sha256: "${createHash('sha256').update(secret).digest('hex')}", allow: [READ]${more} }\n`;
const COMPONENTS = 'components:\n  - { id: backup, heartbeat: { period: 1h, ping_token: ping-token-of-backup } }\n';

it('is in the metrics, by the name of the key and without its secret', async () => {
  const openk = await runOpenk(`auth:\n  keys:\n${entry('old')}${entry('new', ', expires: 2099-01-01')}${COMPONENTS}`);
  try {
    const scrape = async () => {
      const response = await fetch(`${openk.address}/metrics`, { headers: { 'x-api-key': 'new' } });
      const lines = (await response.text()).split('\n').filter((line) => line.startsWith('openk_key_'));
      return lines.map((line) => line.replace(/\{[^}]*key="([^"]*)"[^}]*\} (\S+).*/, ' $1 $2'));
    };
    const beganS = Date.now() / 1000;
    const lines = await scrape();
    const [name, key, usedS] = lines[0]!.split(' ');
    expect([name, key]).toEqual(['openk_key_last_used_timestamp_seconds', 'key:new']);
    expect(Number(usedS)).toBeGreaterThanOrEqual(Math.floor(beganS));
    expect(lines.slice(1)).toEqual([`openk_key_expiry_timestamp_seconds key:new ${Date.UTC(2099, 0, 1) / 1000}`]);
    const { status } = await fetch(`${openk.address}/v1/health`, { headers: { 'x-api-key': 'old' } });
    expect(status).toBe(200);
    expect(await scrape()).toHaveLength(3);
    await openk.reloadWith(`auth:\n  keys:\n${entry('new')}${COMPONENTS}`);
    expect((await scrape()).map((line) => line.split(' ')[1])).toEqual(['key:new']);
  } finally {
    await openk.close();
  }
});
