// `npm run demo`: starts small upstreams, an OpenK that watches them, a job that reports to it, and a live table.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { startUpstreams } from './demo/upstreams.ts';
import { startWebhookReceiver } from './demo/webhook-receiver.ts';

const PING_TOKEN = randomBytes(16).toString('hex');
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
  - { id: nightly-backup, heartbeat: { period: 5s, grace: 2s, ping_token: ${PING_TOKEN} } }
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
const isTaken = process.env.OPENK_LISTEN === undefined && !(await isFree(8080));
const listen = process.env.OPENK_LISTEN ?? (isTaken ? '127.0.0.1:0' : '127.0.0.1:8080');
if (isTaken) console.log('127.0.0.1:8080 is in use: the demo takes a free port.');
const server = spawn(process.execPath, [main, 'serve', '--config', join(folder, 'openk.yaml'), '--listen', listen], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
// Of a Ctrl-C it hears twice, from the terminal and from npm. A second one is nothing: it has to tidy up.
const stop = new AbortController();
const end = () => {
  stop.abort('SIGINT');
  server.kill('SIGTERM');
};
process.on('SIGINT', end).on('SIGTERM', end);
const closed = once(server, 'close').then(([code]) => {
  stop.abort('SIGTERM');
  return code;
});

let watching: Promise<unknown> | undefined;
createInterface({ input: server.stdout }).on('line', (line) => {
  const { msg, address, level } = JSON.parse(line);
  // What ends it stands on stderr.
  if (level === 'error') console.error(line);
  if (msg === 'listening') watching = show(address);
});

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Follows everything in a table, with what to try below it. The backup misses a report now and then. */
async function show(address: string): Promise<void> {
  const hints = [
    '',
    'In another terminal, and at the address above in a browser:',
    `  export OPENK_SERVER=${address}`,
    '  npx openk explain checkout    # or: wait checkout --for 5s; alerts list',
    "  npx openk silence id=shop --for 5m --reason 'we know'",
    '  curl $OPENK_SERVER/healthz/checkout',
    `  tail -f ${received}    # what a webhook is sent`,
    `  $EDITOR ${join(folder, 'openk.yaml')}    # in force once it is saved`,
    'Ctrl-C ends it.',
  ];
  if (!process.stdout.isTTY) console.log(hints.join('\n'));
  const reports = setInterval(() => {
    if (Math.floor(Date.now() / 20_000) % 2 === 0) void report(address);
  }, 3000);
  const below = process.stdout.isTTY ? hints.flatMap((line) => ['--footer', line]) : [];
  const watch = spawn(process.execPath, [main, 'watch', '--server', address, ...below], { stdio: 'inherit' });
  stop.signal.addEventListener('abort', () => watch.kill('SIGTERM'));
  await once(watch, 'close');
  clearInterval(reports);
}

/** A job, which says that it begins and, a second later, that it is done. */
async function report(address: string) {
  const ping = `${address}/ping/${PING_TOKEN}`;
  await fetch(`${ping}/start`)
    .then(() => setTimeout(1000, undefined, { signal: stop.signal }))
    .then(() => fetch(ping, { method: 'POST', body: 'backed up' }))
    .catch((error) => {
      if (!stop.signal.aborted) console.error(`could not report: ${error.message}`);
    });
}

const code = await closed;
await watching;
for (const upstream of [payments, shop, cache, mail, receiver]) upstream.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = code ?? 1;
