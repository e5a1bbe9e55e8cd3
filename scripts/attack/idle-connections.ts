// Connections that say nothing, more than are good for anybody.
import type { Attack } from './attack.ts';
import { closed, connect, repeat } from './connection.ts';

function hold(count: number) {
  return async (target: Parameters<Attack['run']>[0]): Promise<string> => {
    let [open, most] = [0, 0];
    const opened = await repeat(target, count, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      open += 1;
      most = Math.max(most, open);
      await closed(socket);
      open -= 1;
    });
    return `${opened} tries, ${most} of ${count} open at once`;
  };
}

export const idleConnections: Attack = { title: '10,000 idle connections', run: hold(10_000) };

export const descriptors: Attack = {
  title: '400 idle connections, ulimit -n 256',
  short: true,
  openFiles: 256,
  run: hold(400),
};
