// The file that the bench of compiling reads: components of every usual kind, and groups over them.

/** @param edition goes into every target, so that no component of two editions is the same */
export function configurationOf(components: number, edition: number): string {
  const entries = Array.from({ length: components }, (_, n) => ENTRIES[n % ENTRIES.length]!(n, edition));
  return `components:\n${entries.join('')}`;
}

const common = (n: number) =>
  `    labels: { team: team-${n % 20}, tier: "${n % 3}" }\n    interval: ${10 + (n % 50)}s\n`;
const http = (n: number, edition: number) =>
  `  - id: web-${n}\n    http:\n      url: https://host-${n % 500}.example.com/health/${n}?edition=${edition}\n` +
  `      headers: { accept: application/json }\n      expect: [ 'json.status == "up"' ]\n${common(n)}`;

/** Entries by their number, again and again: the group at the end is over those before it. */
const ENTRIES: readonly ((n: number, edition: number) => string)[] = [
  http,
  http,
  http,
  http,
  (n, edition) =>
    `  - id: grpc-${n}\n    grpc: { target: "host-${n % 500}:50051", service: acme.v${edition}.Service${n} }\n${common(n)}`,
  (n, edition) =>
    `  - id: tcp-${n}\n    tcp: { target: "one.example.com:${1 + ((n + edition) % 60_000)}" }\n${common(n)}`,
  (n, edition) =>
    `  - id: dns-${n}\n    dns: { name: "host-${n}.edition-${edition}.example.com" }\n` +
    '    maintenance: { reason: patches, windows: [ { cron: "0 22 * * SUN", timezone: Europe/Berlin, duration: 2h } ] }\n',
  (n, edition) => `  - id: tls-${n}\n    tls: { target: "host-${n}.edition-${edition}.example.com:443" }\n`,
  (n, edition) => `  - id: job-${n}\n    heartbeat: { cron: "${edition % 60} 3 * * *", grace: 1h }\n`,
  (n, edition) =>
    `  - id: group-${n}\n    group:\n      rule: { quorum: { healthy: ${1 + (edition % 3)} } }\n      members:\n` +
    [9, 8, 7, 6].map((back) => `        - { component: web-${n - back}, impact: DEGRADES }\n`).join('') +
    `    depends_on: [ grpc-${n - 5}, tcp-${n - 4} ]\n`,
];
