#!/usr/bin/env bash
# croner 11.0.1: `0 0 */1 * 1` runs every day. To cron(8) of Debian and Vixie a field that begins with a star leaves the other of the
# two day fields to decide, so the same line runs on Mondays; `0 0 * * 1` does so here too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund croner@11.0.1
cat >ask.mjs <<'JS'
import { Cron } from 'croner';

for (const pattern of ['0 0 * * 1', '0 0 */1 * 1']) {
  const runs = new Cron(pattern, { timezone: 'UTC' }).nextRuns(3, new Date('2026-11-28T12:00:00Z'));
  console.log(`${pattern}: ${runs.map((run) => run.toUTCString().slice(0, 3)).join(' ')}`);
}
JS
cat >seen.txt <<'TEXT'
0 0 * * 1: Mon Mon Mon
0 0 */1 * 1: Sun Mon Tue
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
