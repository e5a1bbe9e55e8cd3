// The request of the watchdog: one GET by HTTP/1.1, to no address that is denied to channels.
import { request } from 'node:http';
import type { Connections } from './channels/connections.ts';
import { targetOf } from './channels/http-sender.ts';
import { credentialsOf } from './channels/url-secrets.ts';

/** @returns what settles once the answer was one of 2xx. @throws Error, whose message names the host and no more of the address */
export function createWatchdogRequest(connections: Connections, userAgent: string) {
  return async (address: string, signal: AbortSignal): Promise<void> => {
    const url = new URL(address);
    const target = targetOf(url);
    const socket = await (url.protocol === 'https:'
      ? connections.dialTls(target, signal)
      : connections.dial(target, signal)
    ).catch((error: unknown) => {
      throw new Error(signal.aborted ? `${url.host} did not answer in time` : connections.explain(error, url.host));
    });
    const status = await new Promise<number | undefined>((resolve): void => {
      const end = () => socket.destroy();
      let answered: number | undefined;
      socket.once('close', () => {
        signal.removeEventListener('abort', end);
        resolve(answered);
      });
      socket.on('error', () => {});
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const credentials = credentialsOf(url);
      request({
        createConnection: () => socket,
        path: `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          connection: 'close',
          'user-agent': userAgent,
          ...(credentials && { authorization: `Basic ${credentials}` }),
        },
      })
        .on('error', end)
        .on('upgrade', end)
        .on('response', (response) => {
          answered = response.statusCode;
          end();
        })
        .end();
    });
    if (status === undefined) throw new Error(`${url.host} did not answer`);
    if (status < 200 || status > 299) throw new Error(`${url.host} answered ${status}`);
  };
}
