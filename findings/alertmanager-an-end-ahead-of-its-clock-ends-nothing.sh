#!/usr/bin/env bash
# Alertmanager 0.28.1, POST /api/v2/alerts: an alert that is posted again with an `endsAt` that is past ends. With one that is two seconds ahead
# of Alertmanager's clock it does not end, not even once that time has come: the later `endsAt` of before stays. So whoever resolves with
# `endsAt` = now, and whose clock is ahead, resolves nothing. Takes Go, or the program in ALERTMANAGER.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
server=
cd "$folder"
program=${ALERTMANAGER:-$folder/alertmanager}
[ -n "${ALERTMANAGER-}" ] || GOBIN=$folder GOFLAGS=-mod=mod go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1
echo '{"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}' >config.yml
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
"$program" --config.file=config.yml --storage.path=. --web.listen-address="127.0.0.1:$port" --cluster.listen-address= >log 2>&1 &
server=$!
timeout 10 bash -c "until curl -sf 127.0.0.1:$port/-/ready >/dev/null; do sleep 0.1; done"
cat >ask.cjs <<'JS'
const url = `http://127.0.0.1:${process.argv[2]}/api/v2/alerts`;
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const post = async (name, endsIn) => {
  const body = JSON.stringify([{ labels: { alertname: name }, startsAt: at(-60), endsAt: at(endsIn) }]);
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};
const open = async () => (await (await fetch(url)).json()).map(({ labels }) => labels.alertname).sort().join(' ') || 'none';

async function ask() {
  for (const name of ['past', 'ahead']) await post(name, 180);
  console.log(`open: ${await open()}`);
  await post('past', -1);
  await post('ahead', 2);
  console.log(`ended, one a second ago and one two seconds ahead: ${await open()}`);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  console.log(`two seconds after both ends: ${await open()}`);
  await post('ahead', -1);
  console.log(`ended again, a second ago: ${await open()}`);
}
ask();
JS
cat >seen.txt <<'TEXT'
open: ahead past
ended, one a second ago and one two seconds ahead: ahead
two seconds after both ends: ahead
ended again, a second ago: none
TEXT
node ask.cjs "$port" >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
