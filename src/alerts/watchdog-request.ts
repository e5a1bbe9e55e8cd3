// The request of the watchdog: one GET by HTTP/1.1, to no address that is denied to channels.
import type { Connections } from './channels/connections.ts';
import { dial, exchange } from './channels/http-sender.ts';

/** @returns what settles once the answer was one of 2xx. @throws Error, whose message names the host and no more of the address */
export function createWatchdogRequest(connections: Connections, userAgent: string) {
  return async (address: string, signal: AbortSignal): Promise<void> => {
    const url = new URL(address);
    const socket = await dial(connections, url, signal).catch((error: unknown) => {
      throw new Error(signal.aborted ? `${url.host} did not answer in time` : connections.explain(error, url.host));
    });
    const answer = await exchange(socket, { method: 'GET', url }, userAgent, signal);
    if (answer === undefined) throw new Error(`${url.host} did not answer`);
    if (answer.status < 200 || answer.status > 299) throw new Error(`${url.host} answered ${answer.status}`);
  };
}
