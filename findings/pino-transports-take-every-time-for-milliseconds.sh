#!/usr/bin/env bash
# pino-opentelemetry-transport 4.0.2 and pino-loki 3.0.0, transports of pino 10.4.0: both take the `time` of a line for milliseconds since 1970, though pino itself
# has three other clocks. With `unixTime` the first sends every line as one of some twenty days ahead: seconds, taken for time since the
# process began. With `isoTime` the second sends the time NaN, which is no number for Loki. Neither says a word about it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund pino@10.4.0 pino-opentelemetry-transport@4.0.2 pino-loki@3.0.0 @opentelemetry/api@1.9.1
cat >log.cjs <<'JS'
const http = require('node:http');
const pino = require('pino');

const days = (nanoseconds) => `${Math.round((Number(nanoseconds) / 1e6 - Date.now()) / 86_400_000)} days ahead`;
const readers = {
  'pino-opentelemetry-transport': (body) => days(body.resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano),
  'pino-loki': (body) => {
    const [time] = body.streams[0].values[0];
    return Number.isFinite(Number(time)) ? days(time) : `"${time}"`;
  },
};

async function ask(target, clock) {
  const heard = new Promise((resolve) => {
    http
      .createServer(async (request, response) => {
        let text = '';
        for await (const chunk of request) text += chunk;
        response.setHeader('content-type', 'application/json').end('{}');
        resolve(readers[target](JSON.parse(text)));
      })
      .listen(0, '127.0.0.1', function () {
        const host = `http://127.0.0.1:${this.address().port}`;
        process.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT = `${host}/v1/logs`;
        process.env.OTEL_EXPORTER_OTLP_LOGS_PROTOCOL = 'http/json';
        const transport = pino.transport({ target, options: { host, batching: false, loggerName: 'example', serviceVersion: '1' } });
        pino({ timestamp: pino.stdTimeFunctions[clock] }, transport).info('a line');
      });
  });
  console.log(`${target}, ${clock}: ${await heard}`);
}

async function main() {
  await ask('pino-opentelemetry-transport', 'epochTime');
  await ask('pino-opentelemetry-transport', 'unixTime');
  await ask('pino-loki', 'epochTime');
  await ask('pino-loki', 'isoTime');
  process.exit();
}
main();
JS
cat >seen.txt <<'TEXT'
pino-opentelemetry-transport, epochTime: 0 days ahead
pino-opentelemetry-transport, unixTime: 21 days ahead
pino-loki, epochTime: 0 days ahead
pino-loki, isoTime: "NaN"
TEXT
timeout 60 node log.cjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
