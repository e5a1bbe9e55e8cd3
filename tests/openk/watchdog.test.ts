// The watchdog of a whole OpenK: it is asked from the start, and where it does not answer, the page that says what is wrong says so.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { runOpenk } from '../support/running-openk.ts';

it('is asked by whatever is configured now, and is in the readiness page while it does not answer', async () => {
  let status = 200;
  const asked: string[] = [];
  let wake = () => {};
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end();
    response.once('close', () => wake());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = (path: string) => `components: []\nalerts: { watchdog: { url: "${base}${path}", every: 1s } }\n`;
  const once = () => new Promise<void>((resolve) => (wake = resolve));
  const first = once();
  const openk = await runOpenk(config('/first'));
  const verbose = async () => (await fetch(`${openk.address}/readyz?verbose`)).text();
  try {
    await first;
    expect(asked).toEqual(['/first']);
    expect(await verbose()).not.toContain('watchdog');
    status = 404;
    const second = once();
    await openk.reloadWith(config('/second-secret'));
    await second;
    while (!(await verbose()).includes('alerts.watchdog does not answer: 127.0.0.1:')) await once();
    expect(await verbose()).not.toContain('secret');
    expect(JSON.stringify(openk.log)).not.toContain('secret');
    await openk.reloadWith('components: []\n');
    expect(await verbose()).not.toContain('watchdog');
  } finally {
    await openk.close();
    server.closeAllConnections();
    server.close();
  }
});
