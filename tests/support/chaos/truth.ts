// What really is: an upstream of many components, each of which is well but for some seconds now and then, and who asked for it when.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When a component was not well, in epoch milliseconds. */
export interface Episode {
  readonly component: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Truth {
  readonly port: number;
  /** Those that are over. */
  readonly episodes: readonly Episode[];
  /** By component: when it was asked for, in epoch milliseconds. */
  readonly looks: ReadonlyMap<string, readonly number[]>;
  /** From now on chance makes some of them unwell. */
  begin(): void;
  /** All are well from now on. */
  calm(): void;
  close(): void;
}

export interface TruthOptions {
  readonly components: readonly string[];
  readonly random: (limit: number) => number;
  /** How many become unwell in a second. */
  readonly perSecond: number;
}

/** Longer than an interval: each is seen. */
const [LEAST_MS, MORE_MS] = [3_000, 3_000];

export async function startTruth({ components, random, perSecond }: TruthOptions): Promise<Truth> {
  const looks = new Map<string, number[]>(components.map((id) => [id, []]));
  const unwell = new Map<string, { readonly fromMs: number; readonly timer: NodeJS.Timeout }>();
  const episodes: Episode[] = [];
  let turning: NodeJS.Timeout | undefined;
  const server = createServer((request, response) => {
    const id = (request.url ?? '/').slice(1);
    looks.get(id)?.push(Date.now());
    response.writeHead(unwell.has(id) ? 503 : 200, { 'content-length': 0 }).end();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const recover = (component: string) => {
    const { fromMs, timer } = unwell.get(component)!;
    clearTimeout(timer);
    unwell.delete(component);
    episodes.push({ component, fromMs, untilMs: Date.now() });
  };
  const calm = () => {
    clearInterval(turning);
    for (const component of [...unwell.keys()]) recover(component);
  };
  return {
    port: (server.address() as AddressInfo).port,
    episodes,
    looks,
    begin() {
      turning = setInterval(() => {
        const component = components[random(components.length)]!;
        if (unwell.has(component)) return;
        const timer = setTimeout(() => recover(component), LEAST_MS + random(MORE_MS));
        unwell.set(component, { fromMs: Date.now(), timer });
      }, 1_000 / perSecond);
    },
    calm,
    close() {
      calm();
      server.closeAllConnections();
      server.close();
    },
  };
}
