// The dashboard in a browser, as these tests look at it.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';

export type FeedState = 'live' | 'lost';

export interface Visit {
  readonly page: Page;
  /** What the console says at the levels of warnings and errors, and exceptions. */
  readonly complaints: readonly string[];
  /** Settles when the page says that it is so. */
  until(state: FeedState): Promise<void>;
}

export async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    complaints,
    async until(state) {
      await page.waitForSelector(`html[data-feed=${state}]`, { state: 'attached', timeout: 30_000 });
    },
  };
}

/** Freed again, for a server that is to be started more than once at the same address. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface PrefixProxy {
  readonly address: string;
  /** Bytes of bodies that came, of all answers to requests whose path ends so. */
  received(path: string): number;
  /** Ends all connections; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

/** Passes on what is asked below the prefix, without it; nothing else. */
export async function startPrefixProxy(prefix: string, target: string): Promise<PrefixProxy> {
  const received: { readonly path: string; readonly bytes: number }[] = [];
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '';
    if (!path.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const { host: _, ...headers } = incoming.headers;
    const passed = request(
      new URL(path.slice(prefix.length), target),
      { method: incoming.method, headers },
      (answer) => {
        answer.on('data', ({ length }: Buffer) => received.push({ path, bytes: length }));
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: (end) => received.filter(({ path }) => path.endsWith(end)).reduce((sum, { bytes }) => sum + bytes, 0),
    cut: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
