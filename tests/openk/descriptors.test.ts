// A whole OpenK that may have few files open, and strangers who take all connections that they get.
import { expect, test } from '@jest/globals';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

test('400 idle connections under ulimit -n 256 keep nobody from an answer, and are said', async () => {
  const openk = await spawnOpenk('components: []', { descriptors: 256 });
  const idle: RawSocket[] = [];
  try {
    for (let index = 0; index < 400; index++) {
      idle.push(await openRawSocket(openk.address));
      if (index % 20 === 0) expect((await fetch(`${openk.address}/livez`)).status).toBe(200);
    }
    for (let index = 0; index < 50; index++) {
      const answer = await fetch(`${openk.address}/v1/health`, { headers: { connection: 'close' } });
      expect(answer.status).toBe(200);
    }
    const line = await openk.logged('connections or streams were ended because of a limit');
    expect(line).toMatchObject({ level: 'error', limit: 'connections', connections: 96 });
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="connections".*\} [1-9]/m);
  } finally {
    for (const { destroy } of idle) destroy();
    await openk.dispose();
  }
}, 60_000);

const FEWER = 'the limit of open files (ulimit -n) leaves room for fewer connections than limits.connections';
const DECIDES = 'the limit of open files (ulimit -n) decides how many connections there may be';

test.each([
  ['no number', '{}', { level: 'info', msg: DECIDES, connections: 96 }],
  [
    'a number that does not fit',
    '{ connections: 1000 }',
    { level: 'warn', msg: FEWER, connections: 96, configured: 1000 },
  ],
  [
    'the default as a number',
    '{ connections: 20000 }',
    { level: 'warn', msg: FEWER, connections: 96, configured: 20_000 },
  ],
  ['a number that fits', '{ connections: 10 }', undefined],
])('ulimit -n 256 and %s', async (_what, limits, said) => {
  const openk = await spawnOpenk(`limits: ${limits}\ncomponents: []`, { descriptors: 256 });
  try {
    const lines = openk.log.filter(({ msg }) => msg === FEWER || msg === DECIDES);
    expect(lines).toEqual(said === undefined ? [] : [expect.objectContaining(said)]);
  } finally {
    await openk.dispose();
  }
});
