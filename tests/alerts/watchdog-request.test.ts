import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { createWatchdogRequest } from '../../src/alerts/watchdog-request.ts';
import { createChannelConnections } from '../../src/compose/channel-connections.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';

let server: Server | undefined;
const requests: IncomingMessage[] = [];
const lookup = createLookup();
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  requests.length = 0;
});

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  server = createServer((request, response) => {
    requests.push(request);
    answer(response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ask(url: string, { signal = new AbortController().signal, denied = [] as string[] } = {}) {
  const connections = createChannelConnections({ clock: systemClock, lookup, denied: () => blockListOf(denied) });
  return createWatchdogRequest(connections, 'openk/1.2.3')(url, signal);
}

it('is a GET with the credentials of the address', async () => {
  const host = await serve((response) => response.writeHead(204).end());
  await ask(`http://me:secret@${host}/ping?a=1`);
  expect(requests).toMatchObject([
    {
      method: 'GET',
      url: '/ping?a=1',
      headers: { host, 'user-agent': 'openk/1.2.3', authorization: `Basic ${btoa('me:secret')}` },
    },
  ]);
});

it.each<[string, (response: ServerResponse) => void, string]>([
  ['another answer', (response) => response.writeHead(404).end(), 'answered 404'],
  ['a redirect', (response) => response.writeHead(302, { location: '/other' }).end(), 'answered 302'],
  ['no answer', (response) => response.destroy(), 'did not answer'],
])('fails for %s, and says nothing of the address but its host', async (_what, answer, words) => {
  const host = await serve(answer);
  await expect(ask(`http://${host}/secret-token`)).rejects.toThrow(new Error(`${host} ${words}`));
  expect(requests).toHaveLength(1);
});

it('ends with its signal', async () => {
  const controller = new AbortController();
  const host = await serve(() => controller.abort());
  await expect(ask(`http://${host}/`, { signal: controller.signal })).rejects.toThrow('did not answer');
  await expect(ask(`http://${host}/`, { signal: controller.signal })).rejects.toThrow('did not answer in time');
});

it('connects to no address that is denied, and says so', async () => {
  const host = await serve((response) => response.end());
  await expect(ask(`http://${host}/`, { denied: ['127.0.0.0/8'] })).rejects.toThrow('is in alerts.deny_addresses');
  expect(requests).toEqual([]);
});
