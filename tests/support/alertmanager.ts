// A running Alertmanager (https://github.com/prometheus/alertmanager), where the machine has one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unusedPort } from './upstreams/tcp.ts';

/** Debian's name, and that of its authors. */
const NAMES = ['prometheus-alertmanager', 'alertmanager'];
const READY_MS = 10_000;

/** The program, or undefined where there is none that starts. */
export function findAlertmanager(): string | undefined {
  return [process.env.ALERTMANAGER, ...NAMES].find(
    (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
  );
}

export interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: 'unprocessed' | 'active' | 'suppressed' };
}

export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly endsAt?: string;
}

export interface Alertmanager {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Those that are not over, by component. */
  alerts(): Promise<ReadonlyMap<string, ListedAlert>>;
  silence(component: string): Promise<void>;
  /** As Prometheus sends them. */
  send(alerts: readonly SentAlert[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param webhookUrl is told of each group of alerts, as soon as it changes
 * @param groupBy the labels of a group
 */
export async function startAlertmanager(
  program: string,
  webhookUrl: string,
  groupBy: readonly string[] = ['route'],
): Promise<Alertmanager> {
  const directory = await mkdtemp(join(tmpdir(), 'openk-alertmanager-'));
  const file = join(directory, 'alertmanager.yml');
  // JSON is YAML.
  const config = {
    route: { receiver: 'test', group_by: groupBy, group_wait: '1ms', group_interval: '1s', repeat_interval: '1h' },
    receivers: [{ name: 'test', webhook_configs: [{ url: webhookUrl, send_resolved: true }] }],
  };
  await writeFile(file, JSON.stringify(config));
  const address = `127.0.0.1:${await unusedPort()}`;
  const url = `http://${address}`;
  const args = [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=${address}`];
  const child = spawn(program, [...args, '--cluster.listen-address='], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const close = async () => {
    child.kill();
    await exited;
    await rm(directory, { recursive: true });
  };
  try {
    const signal = AbortSignal.timeout(READY_MS);
    while (!/msg="?Listening/.test(said))
      await Promise.race([once(child.stderr, 'data', { signal }), exited.then(failed)]);
    const { ok } = await fetch(`${url}/-/ready`, { signal });
    if (!ok) failed();
  } catch (error) {
    await close();
    throw error;
  }
  function failed(): never {
    throw new Error(`Alertmanager does not start: ${said.slice(-500)}`);
  }
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`);
  };
  return {
    url,
    async alerts() {
      const listed = (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly ListedAlert[];
      const byComponent = new Map(listed.map((alert) => [alert.labels.component ?? '', alert]));
      if (byComponent.size !== listed.length) throw new Error('there is more than one alert of a component');
      return byComponent;
    },
    send: (alerts) => post('/api/v2/alerts', alerts),
    silence: (component) =>
      post('/api/v2/silences', {
        matchers: [{ name: 'component', value: component, isRegex: false, isEqual: true }],
        startsAt: new Date(Date.now() - 1000).toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'test',
        comment: 'test',
      }),
    close,
  };
}
