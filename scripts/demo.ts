// `npm run demo`: starts small upstreams, an OpenK that watches them, a job that reports to it, and a live table.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startUpstreams } from './demo/upstreams.ts';
import { startWebhookReceiver } from './demo/webhook-receiver.ts';

const main = new URL('../src/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'openk-demo-'));
const upstreams = await startUpstreams();
const { payments, shop, cache, mail } = upstreams;
/** Beside the table, which has the terminal. */
const received = join(folder, 'webhook.log');
writeFileSync(received, '');
const receiver = await startWebhookReceiver((line) => appendFileSync(received, `${line}\n`));
writeFileSync(join(folder, 'ca.pem'), upstreams.mailCa);
// By the first line of the configuration editors complete and check it.
writeFileSync(join(folder, 'openk.schema.json'), execFileSync(process.execPath, [main, 'config', 'schema']));
writeFileSync(
  join(folder, 'openk.yaml'),
  `# yaml-language-server: $schema=openk.schema.json
listen: 127.0.0.1:8080
storage: { url: "memory:" }
defaults: { interval: 2s, timeout: 1s, unhealthy_threshold: 2 }
# On loopback everybody may do everything. On a network say who may do what, with a key that \`openk token new ci\` makes:
# auth: { anonymous: { allow: [READ] }, keys: [{ id: ci, sha256: "…", allow: [REPORT], select: ["id=nightly-*"] }] }
components:
  - { id: payments-api, grpc: { target: "${payments.target}", mode: WATCH } }
  - id: shop
    http: { url: "http://${shop.target}/", health_body: AUTO, expect: ['json.state == "up"'], degraded_above: 200ms }
  - { id: cache, tcp: { target: "${cache.target}", expect: "PONG" } }
  - { id: mail-certificate, tls: { target: "${mail.target}", ca_file: ca.pem, degraded_before: 336h } }
  - { id: nightly-backup, heartbeat: { period: 5s, grace: 2s } }
  - { id: gone, tcp: { target: "127.0.0.1:1" } }
  - id: checkout
    group:
      rule: { quorum: { healthy: 2 } }
      members: [ { component: payments-api }, { component: shop }, { component: cache } ]
  - id: operations
    group:
      members:
        - { component: mail-certificate }
        - { component: nightly-backup, impact: DEGRADES }
        - { component: gone, impact: IGNORED }
alerts:
  channels: [ { id: hook, webhook: { url: "http://${receiver.target}/" } } ]
  routes: [ { id: all, on: [ UNHEALTHY, DEGRADED ], to: [ hook ] } ]
`,
);

// Beside an `npm start` it takes a port of its own.
const listen = process.env.OPENK_LISTEN ?? ((await isFree(8080)) ? '127.0.0.1:8080' : '127.0.0.1:0');
const server = spawn(process.execPath, [main, 'serve', '--config', join(folder, 'openk.yaml'), '--listen', listen], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
// Of a Ctrl-C it hears twice, from the terminal and from npm. A second one is nothing: it has to tidy up.
const end = () => server.kill('SIGTERM');
process.on('SIGINT', end).on('SIGTERM', end);
const closed = once(server, 'close');

let reports: NodeJS.Timeout | undefined;
let watch: ChildProcess | undefined;
createInterface({ input: server.stdout }).on('line', (line) => {
  const { msg, address, level } = JSON.parse(line);
  if (level === 'error' || level === 'fatal') console.error(line);
  if (msg === 'listening') show(address);
});

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Says what to try, then follows everything in a table. The backup misses a report now and then. */
function show(address: string) {
  console.log(`OpenK watches a few small servers, some of them flaky. In another terminal, try:

  curl ${address}/healthz/checkout
  curl -d '{"component":"checkout"}' ${address}/openk.health.v1.HealthService/ExplainHealth
  curl '${address}/v1/components?parent=shop'    # the parts that the shop itself names
  npx openk check operations --server ${address}
  npx openk wait checkout --for 5s --server ${address}
  npx openk alerts list --server ${address}
  npx openk silence id=shop --for 5m --reason 'we know' --server ${address}
  tail -f ${received}    # what a webhook is sent of alerts
  $EDITOR ${join(folder, 'openk.yaml')}    # a change is in force once it is saved
  npx openk token new ci --allow REPORT    # a key: ${join(folder, 'openk.yaml')} says where it would go

Ctrl-C ends it.
`);
  reports = setInterval(() => {
    if (Math.floor(Date.now() / 20_000) % 2 === 0) void report(address);
  }, 3000);
  watch = spawn(process.execPath, [main, 'watch', '--server', address], { stdio: 'inherit' });
}

async function report(address: string) {
  await fetch(`${address}/openk.health.v1.HealthService/ReportHealth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ component: 'nightly-backup', status: 'HEALTH_STATUS_HEALTHY', message: 'backed up' }),
  }).catch((error) => console.error(`could not report: ${error.message}`));
}

const [code] = await closed;
clearInterval(reports);
watch?.kill('SIGTERM');
for (const upstream of [payments, shop, cache, mail, receiver]) upstream.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = code ?? 1;
