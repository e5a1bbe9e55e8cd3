// What the server under load watches: 1,000 components against real sockets, a tenth of which never answer, so that a
// right answer is not the same for all. The k6 scripts know by the number in the id which status is right.
import { hash } from 'node:crypto';
import type { Targets } from './bench/engine-upstreams.ts';

export const SYSTEM = {
  components: 1000,
  /** `service-9`, `service-19`, … are UNHEALTHY; all others are HEALTHY. */
  unhealthyEvery: 10,
  /** Components that come and go with the reloads. */
  extras: 50,
} as const;

/** The kinds of probes in turn: half HTTP, a quarter each gRPC and TCP. */
const KINDS = ['http', 'grpc', 'http', 'tcp'] as const;

export function isUnhealthy(n: number): boolean {
  return n % SYSTEM.unhealthyEvery === SYSTEM.unhealthyEvery - 1;
}

/** The configuration as YAML; with a token, whoever asks has to show it. Two that differ in `withExtras` only let a reload add or remove the extras and nothing else. */
export function configOf(
  targets: Targets,
  { withExtras, token }: { readonly withExtras: boolean; readonly token: string | undefined },
): string {
  const lines = [
    'listen: 127.0.0.1:0',
    'storage: { url: "memory:" }',
    'defaults: { interval: 10s, timeout: 2s, unhealthy_threshold: 3 }',
    ...(token === undefined
      ? []
      : [`auth: { keys: [{ id: loadtest, sha256: "${hash('sha256', token)}", allow: [READ] }] }`]),
    'components:',
  ];
  for (let n = 0; n < SYSTEM.components; n++) lines.push(`  - { id: service-${n}, ${probeOf(n, targets)} }`);
  if (withExtras) {
    // Never reported, so UNKNOWN; the root is UNHEALTHY with and without them.
    for (let n = 0; n < SYSTEM.extras; n++) lines.push(`  - { id: extra-${n}, heartbeat: { period: 1h } }`);
  }
  return `${lines.join('\n')}\n`;
}

function probeOf(n: number, targets: Targets): string {
  const kind = KINDS[n % KINDS.length]!;
  const hosts = isUnhealthy(n) ? targets.blackHoles : targets[kind];
  const target = hosts[n % hosts.length]!;
  if (kind === 'http') return `http: { url: "http://${target}/" }`;
  if (kind === 'grpc') return `grpc: { target: "${target}" }`;
  return `tcp: { target: "${target}", send: "PING\\n", expect: "^PING" }`;
}
