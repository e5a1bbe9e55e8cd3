// A status page behind a proxy that keeps answers (RFC 5861): when OpenK is gone, its readers see what was known last, and as of when.
import '../support/one-realm.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { hasNginx, startNginx } from '../browser/nginx.ts';
import { runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components: [ { id: shop, display_name: Shop, heartbeat: { period: 1h } } ]
status_pages:
  - { id: public, title: Acme status, access: PUBLIC, groups: [ { title: Acme, components: [ shop ] } ] }
`;
/** Answers are good for five seconds. */
const TEST_MS = 60_000;

const itBehindNginx = hasNginx ? it : it.skip;
itBehindNginx(
  `shows what was known last when OpenK is gone${hasNginx ? '' : ': not run, nginx is not on the PATH'}`,
  async () => {
    const openk = await runOpenk(CONFIG);
    const nginx = await startNginx(openk.address, true);
    try {
      const pages = ['/status/public', '/status/public/api/v2/summary.json', '/status/public/feed.atom'];
      const read = async (path: string) => {
        const answer = await fetch(`${nginx.address}${path}`);
        return { status: answer.status, from: answer.headers.get('x-cache'), text: await answer.text() };
      };
      const known = await Promise.all(pages.map(read));
      expect(known.map(({ status, from }) => [status, from])).toEqual(pages.map(() => [200, 'MISS']));
      expect(known[0]!.text).toMatch(/<time [^>]*datetime="[^"]+"/i);
      await openk.close();
      for (const [n, path] of pages.entries()) {
        let seen = await read(path);
        for (; seen.from === 'HIT'; seen = await read(path)) await pause(50);
        // `UPDATING`: it asks once more behind the answer, which RFC 5861 calls revalidating while stale.
        expect(['STALE', 'UPDATING']).toContain(seen.from);
        expect(seen).toEqual({ ...known[n], from: seen.from });
      }
    } finally {
      await nginx.close();
    }
  },
  TEST_MS,
);
