// What a whole OpenK sends of alerts, to a receiver that does as the test says.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/kill/scripted-receiver.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

let receiver: ScriptedReceiver;
let openk: RunningOpenk | undefined;
let client: HealthClient | undefined;
beforeEach(async () => {
  receiver = await startScriptedReceiver();
});
afterEach(async () => {
  client?.close();
  await openk?.close();
  receiver.close();
});

const config = (channels: readonly string[], to = channels) => `
components: [ { id: job, heartbeat: { period: 24h } } ]
alerts:
  channels:
${channels.map((id) => `    - { id: ${id}, webhook: { url: "http://127.0.0.1:${receiver.port}/${id}" } }\n`).join('')}  routes:
    - { id: all, to: [ ${to.join(', ')} ] }
`;

/** Settles once so many requests came. */
async function received(count: number) {
  while (receiver.received.length < count) {
    await new Promise<void>((resolve) => {
      receiver.onReceived = resolve;
    });
  }
  return receiver.received.map(({ channel, type }) => `${channel} ${type}`).toSorted();
}

async function start(text: string) {
  openk = await runOpenk(text);
  client = connectHealthClient(openk.address);
  const { address } = openk;
  return {
    openk,
    say: (status: HealthStatus) => client!.reportHealth({ component: 'job', status, message: 'as the test says' }),
    page: async (path: string) => (await fetch(`${address}${path}`)).text(),
  };
}

it('is a message to each channel of the route when it opens and when it is over, which the metric counts', async () => {
  const { say, page } = await start(config(['a', 'b']));
  await say(HealthStatus.UNHEALTHY);
  expect(await received(2)).toEqual(['a alert.opened', 'b alert.opened']);
  await say(HealthStatus.HEALTHY);
  expect(await received(4)).toEqual(['a alert.opened', 'a alert.resolved', 'b alert.opened', 'b alert.resolved']);
  const ids = receiver.received.map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  const isCounted = async () =>
    /openk_alert_deliveries_total\{channel="a",outcome="accepted"\} 2/.test(await page('/metrics'));
  while (!(await isCounted()));
});

it('is on the readiness page and in another channel where a channel refuses it', async () => {
  receiver.behave = (channel) => (channel === 'a' ? 'refuse' : 'accept');
  const { say, page, openk: running } = await start(config(['a', 'b'], ['a']));
  await say(HealthStatus.UNHEALTHY);
  expect(await received(2)).toEqual(['a alert.opened', 'b openk.notice']);
  expect(await page('/readyz?verbose')).toContain('alerts cannot be sent to channel a: 127.0.0.1:');
  expect(running.log.filter(({ msg }) => msg === 'alerts cannot be sent to a channel')).toHaveLength(1);
  receiver.behave = () => 'accept';
  await say(HealthStatus.HEALTHY);
  await received(3);
  while ((await page('/readyz?verbose')).includes('channel a'));
});

it('ends through the channel that it began with, when a reload takes its route and that away', async () => {
  const { say, openk: running } = await start(config(['a']));
  await say(HealthStatus.UNHEALTHY);
  await received(1);
  expect(await running.reloadWith('components: [ { id: job, heartbeat: { period: 24h } } ]')).toBe(true);
  expect(await received(2)).toEqual(['a alert.opened', 'a alert.resolved']);
  expect(running.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
