#!/usr/bin/env bash
# Alertmanager 0.28.1, a webhook with `max_alerts: 1`: `status` and `commonLabels` of its body are those of the alerts that were left in, not of
# the group. So a group of one alert that has ended and one that fires is posted as `"status": "resolved"`, with `truncatedAlerts: 1` as the only
# sign that something may fire, and with labels in common that the one left out does not have. Takes Go, or the program in ALERTMANAGER.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
server=
cd "$folder"
program=${ALERTMANAGER:-$folder/alertmanager}
[ -n "${ALERTMANAGER-}" ] || GOBIN=$folder GOFLAGS=-mod=mod go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1
free='const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
port=$(node -e "$free") hook=$(node -e "$free")
cat >config.yml <<YAML
route: { receiver: hook, group_by: [cluster], group_wait: 100ms, group_interval: 1s }
receivers: [{ name: hook, webhook_configs: [{ url: "http://127.0.0.1:$hook/", max_alerts: 1 }] }]
YAML
"$program" --config.file=config.yml --storage.path=. --web.listen-address="127.0.0.1:$port" --cluster.listen-address= >log 2>&1 &
server=$!
timeout 10 bash -c "until curl -sf 127.0.0.1:$port/-/ready >/dev/null; do sleep 0.1; done"
cat >ask.cjs <<'JS'
const { createServer } = require('node:http');
const [port, hook] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}/api/v2/alerts`;
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const post = (...alerts) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(
      alerts.map(([instance, zone, endsIn]) => ({
        labels: { alertname: 'Down', cluster: 'one', instance, zone },
        startsAt: at(-60),
        endsAt: at(endsIn),
      })),
    ),
  });
let heard = 0;
createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  response.end();
  const { status, alerts, commonLabels, truncatedAlerts } = JSON.parse(text);
  const left = alerts.map((alert) => `${alert.labels.instance} ${alert.status}`);
  console.log(`status ${status}, alerts ${left}, zone in common ${commonLabels.zone}, left out ${truncatedAlerts}`);
  heard += 1;
  // The first of two ends; the other one fires.
  if (heard === 1) await post(['first', 'north', -1]);
  else process.exit();
}).listen(Number(hook), '127.0.0.1', () => post(['first', 'north', 180], ['second', 'south', 180]));
JS
cat >seen.txt <<'TEXT'
status firing, alerts first firing, zone in common north, left out 1
status resolved, alerts first resolved, zone in common north, left out 1
TEXT
timeout 30 node ask.cjs "$port" "$hook" >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
