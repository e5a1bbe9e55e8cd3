// OpenK for the RPC benches: a real process with a configuration of 1,000 components, one of which has reported itself
// healthy.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ServerSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { end, SERVER_CORE, spawnPinned } from './pinned.ts';

export const COMPONENTS = 1_000;
export const COMPONENT = 'component-500';

/** Whether calls can go by Connect's own handlers instead of the pipeline. */
export const HAS_PIPELINE_SWITCH = ServerSchema.fields.some(({ name }) => name === 'pipeline');

export interface OpenkProcess {
  readonly port: number;
  readonly pid: number;
  end(): Promise<void>;
}

export interface OpenkSettings {
  /** Default: true. */
  readonly pipeline?: boolean;
  /** The key `auth`, as a line of YAML. */
  readonly auth?: string;
  /** The key `status_pages`, as a line of YAML. */
  readonly statusPages?: string;
  /** An origin of web pages that may call. */
  readonly origin?: string;
  /** Default: 1,000. */
  readonly components?: number;
  /** Beside the PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of PEM files. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** @param folder for its configuration; the caller's to remove */
export function startOpenkProcess(folder: string, settings: OpenkSettings): Promise<OpenkProcess> {
  return startConfigured(folder, configText(settings), settings);
}

/** @param config openk.yaml @param storage default: `memory:` */
export async function startConfigured(
  folder: string,
  config: string,
  { env, storage = 'memory:' }: Pick<OpenkSettings, 'env'> & { readonly storage?: string } = {},
): Promise<OpenkProcess> {
  const path = join(folder, `openk-${randomUUID()}.yaml`);
  await writeFile(path, config);
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const args = ['serve', '--config', path, '--listen', '127.0.0.1:0', '--storage', storage];
  const child = spawnPinned(SERVER_CORE, [process.execPath, main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(env && { env: { PATH: process.env.PATH, ...env } }),
  });
  const address = await listening(child);
  return { port: Number(new URL(address).port), pid: child.pid!, end: () => end(child) };
}

function configText({
  pipeline = true,
  auth,
  statusPages,
  origin,
  tls,
  components = COMPONENTS,
}: OpenkSettings): string {
  const ids = Array.from({ length: components }, (_, n) => `component-${n}`);
  const lines = ids.map((id) => `  - { id: ${id}, labels: { team: bench }, heartbeat: { period: 24h, grace: 1h } }`);
  const files = tls && `tls: { cert_file: "${tls.certFile}", key_file: "${tls.keyFile}" }`;
  const keys = [
    HAS_PIPELINE_SWITCH && `server: { pipeline: ${pipeline} }`,
    auth,
    statusPages,
    // A bench reports as fast as it can.
    'limits: { reports_per_second: 100000, reports_per_second_per_client: 100000 }',
    origin && `cors: { allowed_origins: ["${origin}"] }`,
    files,
  ];
  return [...keys.filter(Boolean), 'components:', ...lines].join('\n');
}

async function listening(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') {
      child.stdout?.resume();
      return address;
    }
  }
  throw new Error('OpenK ended before it listened');
}
