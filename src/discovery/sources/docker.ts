// Containers that run and have a label `openk.…`, by the API of the Docker Engine (Podman answers the same).

import { connect, type Socket } from 'node:net';
import type { DockerDiscovery } from '../../../gen/openk/config/v1/config_pb.ts';
import { parseForeignJson } from '../../core/foreign-json.ts';
import { HINTS, hintLabels } from '../hints.ts';
import { AskFault, createHttpReader } from '../http.ts';
import { sanitized } from '../labels.ts';
import type { Source, SourceContext, Target, TargetFault } from '../source.ts';
import { createRefreshedSource } from './refreshed.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const LABEL = 'openk.';
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

interface Container {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Ports?: readonly { readonly PrivatePort?: number; readonly Type?: string }[];
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };
}

export function createDockerSource(
  { host, network }: Pick<DockerDiscovery, 'host' | 'network'>,
  intervalMs: number,
  context: SourceContext,
): Source {
  const http = createHttpReader(context);
  const where = host === '' ? DEFAULT_HOST : host;
  const path = where.startsWith('unix://') ? where.slice('unix://'.length) : undefined;
  const base = path === undefined ? where.replace(/\/$/, '') : 'http://docker';
  const asked = {
    url: new URL(`${base}/containers/json`),
    ...(path !== undefined && { connect: (signal: AbortSignal) => connectFile(path, signal) }),
  };
  const ask = async (signal: AbortSignal) => {
    const { body } = await http.read(asked, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
    let containers: unknown;
    try {
      containers = parseForeignJson(body.toString('utf8'));
    } catch {}
    if (!Array.isArray(containers)) throw new AskFault('Docker answered no list of containers');
    const targets: Target[] = [];
    const faults: TargetFault[] = [];
    for (const container of containers as readonly Container[]) {
      const said = Object.keys(container.Labels ?? {}).some((label) => label.startsWith(LABEL));
      if (!said || container.Labels?.[`${LABEL}probe`] === 'none') continue;
      const target = toTarget(container, network);
      if (typeof target === 'string') faults.push({ target: nameOf(container), message: target });
      else targets.push(target);
    }
    return { targets, faults };
  };
  return createRefreshedSource({ intervalMs, ask }, context);
}

/** Why there is none, where there is none. */
function toTarget(container: Container, wanted: string): Target | string {
  const { Labels: labels = {}, Ports: ports = [], NetworkSettings: { Networks: networks = {} } = {} } = container;
  const names = Object.keys(networks).filter((name) => networks[name]?.IPAddress);
  const network = wanted === '' ? names.sort()[0] : names.find((name) => name === wanted);
  if (network === undefined) return wanted === '' ? 'has no address' : 'has no address in the network that is wanted';
  const open = ports.filter(({ Type, PrivatePort }) => Type === 'tcp' && PrivatePort !== undefined);
  const port = labels[`${LABEL}port`] ?? open.map(({ PrivatePort }) => PrivatePort!).sort((a, b) => a - b)[0];
  if (port === undefined) return 'has no port: give it a label openk.port';
  if (!/^\d{1,5}$/.test(String(port))) return 'has a label openk.port that is no number';
  const ip = networks[network]!.IPAddress!;
  const meta = Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      `__meta_docker_container_label_${sanitized(name)}`.slice(0, 256),
      value,
    ]),
  );
  const hints = Object.fromEntries(HINTS.map((hint) => [hint, labels[`${LABEL}${hint}`]]));
  return {
    name: nameOf(container),
    address: `${ip}:${port}`,
    labels: {
      ...meta,
      __meta_docker_container_id: container.Id,
      __meta_docker_container_name: nameOf(container),
      __meta_docker_container_network: network,
      __meta_docker_network_ip: ip,
      __meta_docker_port_private: String(port),
      ...hintLabels({ ...hints, port: undefined }),
    },
  };
}

/** Stays the same when a container is made anew, as its id does not. */
function nameOf({ Id, Names }: Container): string {
  return Names?.[0]?.replace(/^\//, '') || Id.slice(0, 12);
}

function connectFile(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const end = () => socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', end);
      resolve(socket);
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
