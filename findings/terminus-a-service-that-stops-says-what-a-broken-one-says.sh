#!/usr/bin/env bash
# @godaddy/terminus 4.12.1, which answers health checks and ends a server in an orderly way: while a healthy service stops, its health check answers
# the same status and the same bytes as one whose check throws. So nobody who asks can tell a roll-out from an outage, also where checks
# are not asked any more. With `sendFailuresDuringShutdown: false` the stopping one goes on to say that it is ok.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --save-exact @godaddy/terminus@4.12.1
cat >ask.cjs <<'JS'
const http = require('node:http');
const { createTerminus } = require('@godaddy/terminus');

function serve(more) {
  const server = http.createServer((request, response) => response.end());
  const state = { isBroken: false };
  const check = async () => {
    if (state.isBroken) throw new Error('the database is gone');
    return { database: 'up' };
  };
  createTerminus(server, {
    signals: ['SIGUSR2'],
    beforeShutdown: () => new Promise(() => {}),
    healthChecks: { '/health': check, verbatim: true },
    ...more,
  });
  const ask = async (when) => {
    const { port } = server.address();
    const response = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) });
    console.log(`${when}: ${response.status} ${await response.text()}`);
  };
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ state, ask })));
}

async function main() {
  const usual = await serve({});
  const other = await serve({ sendFailuresDuringShutdown: false });
  await usual.ask('healthy');
  usual.state.isBroken = true;
  await usual.ask('broken');
  usual.state.isBroken = false;
  const heard = new Promise((resolve) => process.once('SIGUSR2', resolve));
  process.kill(process.pid, 'SIGUSR2');
  await heard;
  await usual.ask('healthy, and stopping');
  await other.ask('the same, without failures during shutdown');
  process.exit(0);
}
main();
JS
cat >seen.txt <<'TEXT'
healthy: 200 {"status":"ok","database":"up"}
broken: 503 {"status":"error"}
healthy, and stopping: 503 {"status":"error"}
the same, without failures during shutdown: 200 {"status":"ok","database":"up"}
TEXT
node ask.cjs | diff seen.txt - && echo 'as seen'
